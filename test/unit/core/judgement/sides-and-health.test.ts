import { describe, expect, it } from '@jest/globals';
import { milliseconds, minutes, seconds } from '../../../../contracts/duration.ts';
import { instant, later } from '../../../../contracts/instant.ts';
import { betterSide, compareSides } from '../../../../core/judgement/compare-sides.ts';
import { evaluateCheck, evaluateHealth, type ProbeResult } from '../../../../core/judgement/health.ts';
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

describe('health', () => {
  const check = { name: 'ready', status: 200, within: seconds(2), consecutive: 3 };
  const good: ProbeResult = { kind: 'answer', status: 200, took: milliseconds(20) };
  const bad: ProbeResult = { kind: 'answer', status: 503, took: milliseconds(20) };
  const slow: ProbeResult = { kind: 'answer', status: 200, took: milliseconds(2_001) };
  const refused: ProbeResult = { kind: 'error', reason: 'connection refused' };

  it('wants the latest probes to be good in a row', () => {
    expect(evaluateCheck(check, [bad, good, good, good]).kind).toBe('pass');
    expect(evaluateCheck(check, [good, good, good, bad]).kind).toBe('not-yet');
    expect(evaluateCheck(check, [good, good]).kind).toBe('not-yet');
    expect(evaluateCheck(check, []).kind).toBe('not-yet');
  });

  it.each([
    [bad, /503/],
    [slow, /longer than 2 s/],
    [refused, /refused/],
  ] as const)('says why a probe does not count', (probe, words) => {
    expect(evaluateCheck(check, [good, probe]).reason).toMatch(words);
  });

  it('passes when every check does and fails at the deadline', () => {
    const start = instant(0);
    const health = { checks: [check, { ...check, name: 'predict', consecutive: 1 }], deadline: minutes(10) };
    const probes = { ready: [good, good, good], predict: [bad] };

    expect(evaluateHealth(health, { ...probes, predict: [good] }, start, start).kind).toBe('pass');
    expect(evaluateHealth(health, probes, start, later(start, minutes(9))).kind).toBe('not-yet');
    expect(evaluateHealth(health, probes, start, later(start, minutes(10)))).toMatchObject({
      kind: 'fail',
      checks: [
        { name: 'ready', result: 'pass' },
        { name: 'predict', result: 'fail' },
      ],
    });
  });
});
