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

describe('comparing both sides by a lower bound', () => {
  const measured = (name: string, value: number) => ({
    ...healthOf('healthy'),
    readings: { [name]: { kind: 'value', value } as Reading },
  });
  const compared = (objective: Parameters<typeof compareSides>[0][number], blue: number, green: number) => {
    const comparison = compareSides([objective], {
      blue: measured(objective.name, blue),
      green: measured(objective.name, green),
    });
    return [comparison.kind, betterSide(comparison)];
  };
  const throughput = { name: 'throughput', min: 10 };
  const success = { name: 'success', min: 0.99, unit: 'ratio' as const };

  it.each([
    ['only one is below it', throughput, 12, 3, 'one-bad', 'blue'],
    ['one is on it', throughput, 10, 9, 'one-bad', 'blue'],
    ['both are below it, one less', throughput, 3, 5, 'both-bad', 'green'],
    ['both are below it, one has nothing at all', throughput, 0, 0.1, 'both-bad', 'green'],
    ['neither has anything', throughput, 0, 0, 'both-bad', null],
    ['both are below a share, one less', success, 0.98, 0.9, 'both-bad', 'blue'],
    ['both are below a bound of 0, one less', { name: 'balance', min: 0 }, -5, -2, 'both-bad', 'green'],
    ['both are below a negative bound, one less', { name: 'balance', min: -1 }, -5, -2, 'both-bad', 'green'],
  ] as const)('when %s', (_name, objective, blue, green, kind, better) => {
    expect(compared(objective, blue, green)).toEqual([kind, better]);
  });

  it('counts a share of good answers like the share of bad ones that it is the rest of', () => {
    const slow = { name: 'latency', max: 1 };
    const both = (share: number, latency: number) => ({
      ...healthOf('healthy'),
      readings: {
        success: { kind: 'value', value: share } as Reading,
        latency: { kind: 'value', value: latency } as Reading,
      },
    });
    // Five times the bad answers that are allowed, beside three times the time.
    const comparison = compareSides([success, slow], { blue: both(0.95, 0.1), green: both(1, 3) });

    expect(betterSide(comparison)).toBe('green');
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
