import { describe, expect, it } from 'vitest';
import { afterPause, betterSide, compareSides } from '../../../../core/judgement/compare-sides.ts';
import type { Reading } from '../../../../core/judgement/reading.ts';

const objectives = [
  { name: 'errors', max: 0.01 },
  { name: 'latency', max: 2 },
];
type Health = 'healthy' | 'unhealthy' | 'gone';
const healthOf = (health: Health) => ({ serves: health !== 'gone', healthy: health === 'healthy' });
const side = (errors: number | null, latency: number, health: Health = 'healthy') => ({
  ...healthOf(health),
  readings: {
    errors: (errors === null ? { kind: 'no-data' } : { kind: 'value', value: errors }) as Reading,
    latency: { kind: 'value', value: latency } as Reading,
  },
});

const withoutTraffic = (health: Health) => ({ ...healthOf(health), readings: null });

describe('comparing both sides', () => {
  it.each([
    ['neither is bad', side(0, 1), side(0, 1), 'none-bad', null],
    ['only one is bad', side(0, 1), side(0.5, 1), 'one-bad', 'blue'],
    ['both are bad, one in fewer ways', side(0.5, 1), side(0.5, 9), 'both-bad', 'blue'],
    ['both are bad in the same way, one less', side(0.5, 1), side(0.2, 1), 'both-bad', 'green'],
    ['both are equally bad', side(0.5, 1), side(0.5, 1), 'both-bad', null],
    ['both are bad, one not even healthy', side(0.9, 9), side(0.2, 1, 'unhealthy'), 'both-bad', 'blue'],
    ['one is bad and of the other something is unknown (I7)', side(null, 1), side(0.5, 1), 'inconclusive', null],
    ['one is bad, the other healthy without traffic', withoutTraffic('healthy'), side(0.5, 1), 'one-bad', 'blue'],
    ['one is bad, the other unhealthy without traffic', withoutTraffic('unhealthy'), side(0.5, 1), 'both-bad', 'green'],
    ['both are bad, the better one without a pod', side(0.5, 1, 'unhealthy'), side(0.2, 1, 'gone'), 'both-bad', 'blue'],
    ['neither has a pod', side(0.5, 1, 'gone'), side(0.2, 1, 'gone'), 'both-bad', null],
    [
      'both are unhealthy, one never measured',
      withoutTraffic('unhealthy'),
      side(0.5, 1, 'unhealthy'),
      'both-bad',
      null,
    ],
    ['both are bad, the one that looks better partly unknown', side(null, 3), side(0.5, 4), 'both-bad', null],
  ] as const)('when %s', (_name, blue, green, kind, better) => {
    const comparison = compareSides(objectives, { blue, green });

    expect(comparison.kind).toBe(kind);
    expect(betterSide(comparison)).toBe(better);
  });
});

it.each([
  ['neither side is bad', { kind: 'none-bad' }, 'return'],
  ['the target is bad', { kind: 'one-bad', bad: 'green', reasons: [] }, 'return'],
  ['the origin is bad', { kind: 'one-bad', bad: 'blue', reasons: [] }, 'freeze'],
  ['both are bad', { kind: 'both-bad', lessBad: 'blue', reasons: [] }, 'freeze'],
  ['it cannot be said', { kind: 'inconclusive', reasons: [] }, 'freeze'],
] as const)('a pause of which nobody decided, when %s, raises no side blindly (I7)', (_, comparison, decided) => {
  expect(afterPause(comparison, 'green')).toBe(decided);
});
