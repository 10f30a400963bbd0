import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PerformanceMeasurement } from '../../../../contracts/configuration/performance.ts';
import type { Measured } from '../../../../contracts/records/measured.ts';
import { performanceChecks } from '../../../../core/release/performance.ts';

const until = '2026-11-30T12:15:00.000Z';
const rule = (over: Partial<PerformanceMeasurement>): PerformanceMeasurement => ({
  name: 'latency-p95',
  query: 'latency',
  unit: 'seconds',
  ...over,
});
const of = (version: string, reading: Measured['readings'][number]['reading'] | null): Measured => ({
  version,
  until,
  readings: reading === null ? [] : [{ name: 'latency-p95', asked: 'latency', reading }],
});
const value = (number: number) => ({ kind: 'value' as const, value: number });
const judge = (over: Partial<PerformanceMeasurement>, release: Measured, live: Measured | null = null) =>
  performanceChecks(rule(over), { release, live }, 'staging');

describe('what a release has measured on staging', () => {
  it.each([
    ['within its bound', { max: 0.5 }, 0.2123, 'pass', '0.212 s, at most 0.5 s'],
    ['just at it', { max: 0.5 }, 0.5, 'pass', '0.5 s, at most 0.5 s'],
    ['a little above it', { max: 0.5 }, 0.50001, 'fail', '0.50001 s is above 0.5 s'],
    ['below the least', { min: 40, unit: 'per-second' as const }, 31.4, 'fail', '31.4 /s is below 40 /s'],
    ['between both', { min: 1, max: 3 }, 2, 'pass', '2 s, at least 1 s, at most 3 s'],
    ['too much memory', { max: 2 ** 30, unit: 'bytes' as const }, 1.2 * 2 ** 30, 'fail', '1.2 GiB is above 1 GiB'],
  ])('%s: %o of %d is %s', (_, over, reading, result, reason) => {
    expect(judge(over, of('v2', value(reading)))).toEqual([{ name: 'latency-p95 on staging', result, reason }]);
  });

  it.each([
    ['while its window lasts', of('v2', null), 'it is measured until 2026-11-30 12:15:00Z'],
    ['without a deployment', { ...of('v2', null), until: null }, 'since when it is there is not known'],
    ['without a series', of('v2', { kind: 'no-data' }), 'no data'],
    ['of 0/0', of('v2', { kind: 'no-data', reason: 'no data: the answer is NaN, as of 0/0' }), /NaN/],
    ['of many series', of('v2', { kind: 'unreachable', reason: 'the query answers 2 series' }), /answers 2 series/],
  ])('is waited for, and compared with nothing, %s', (_, release, reason) => {
    const checks = judge({ max: 1, atMost: 1.2 }, release, of('v1', value(0.1)));

    expect(checks).toEqual([
      { name: 'latency-p95 on staging', result: 'inconclusive', reason: expect.stringMatching(reason) },
    ]);
  });

  it('is waited for until somebody has looked', () => {
    expect(performanceChecks(rule({ max: 1 }), null, 'staging')).toMatchObject([{ result: 'inconclusive' }]);
  });
});

describe('beside what the live release had measured there', () => {
  const beside = (over: Partial<PerformanceMeasurement>, own: number, live: Measured | null) =>
    judge(over, of('v2.1.0', value(own)), live)[1];
  const live = of('v2.0.5', value(0.2));

  it.each([
    ['no more than the margin', { atMost: 1.2 }, 0.21, 'pass', '0.21 s, at most 0.24 s; 0.2 s with v2.0.5'],
    [
      'more than the margin',
      { atMost: 1.2 },
      0.25,
      'fail',
      '0.25 s, 0.2 s with v2.0.5: at most 1.2 times that, 0.24 s, is allowed',
    ],
    [
      'too little',
      { atLeast: 0.9 },
      0.1,
      'fail',
      '0.1 s, 0.2 s with v2.0.5: at least 0.9 times that, 0.18 s, is needed',
    ],
  ])('%s', (_, over, own, result, reason) => {
    expect(beside(over, own, live)).toEqual({
      name: 'latency-p95 beside the live release',
      ...{ result, reason, besideLive: true },
    });
  });

  it.each([
    ['nothing is live', null, 'nothing is live to compare it with'],
    ['the live one never was on staging', { ...of('v2.0.5', null), until: null }, /nothing to compare it with; v2.0.5/],
    ['nobody measured it there', of('v2.0.5', { kind: 'no-data' }), /v2.0.5: no data/],
    ['it had none', of('v2.0.5', value(0)), '0 s with v2.0.5, of which nothing can be a multiple'],
  ])('it is shown and neither passes nor is waited for where %s', (_, other, reason) => {
    expect(beside({ atMost: 1.2 }, 0.2, other)).toMatchObject({
      ...{ result: 'inconclusive', advisory: true, reason: expect.stringMatching(reason) },
    });
  });

  it('it is waited for while the source does not answer', () => {
    const away = of('v2.0.5', { kind: 'unreachable', reason: 'connection refused' });

    const check = beside({ atMost: 1.2 }, 0.2, away);

    expect(check).toMatchObject({ result: 'inconclusive', reason: expect.stringContaining('connection refused') });
    expect(check).not.toHaveProperty('advisory');
  });
});

describe('whatever was measured', () => {
  const number = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  const reading = fc.oneof(
    { weight: 4, arbitrary: number.map(value) },
    fc.constantFrom({ kind: 'no-data' as const }, { kind: 'unreachable' as const, reason: 'away' }, null),
  );
  const measurements = fc.record({
    bounds: fc.record(
      {
        min: number,
        max: number,
        atMost: fc.double({ min: 1, max: 10, noNaN: true }),
        atLeast: fc.double({ min: 0.01, max: 1, noNaN: true }),
      },
      { requiredKeys: [] },
    ),
    own: reading,
    live: fc.option(reading, { nil: undefined }),
  });

  const expectedResults = (
    { min = -Infinity, max = Infinity, atMost, atLeast }: Partial<PerformanceMeasurement>,
    own: Measured['readings'][number]['reading'] | null,
    live: Measured['readings'][number]['reading'] | null,
  ) => {
    if (own?.kind !== 'value') return ['inconclusive'];
    const bounded = own.value >= min && own.value <= max ? 'pass' : 'fail';
    if (atMost === undefined && atLeast === undefined) return [bounded];
    if (live?.kind !== 'value' || live.value <= 0) return [bounded, 'inconclusive'];
    const most = live.value * (atMost ?? Infinity);
    return [bounded, own.value <= most && own.value >= live.value * (atLeast ?? -Infinity) ? 'pass' : 'fail'];
  };

  it('it passes only by numbers that keep every bound, and is never passed for want of them', () => {
    fc.assert(
      fc.property(measurements, ({ bounds, own, live }) => {
        const checks = judge(bounds, of('v2', own), live === undefined ? null : of('v1', live));

        expect(checks.map(({ result }) => result)).toEqual(expectedResults(bounds, own, live ?? null));
      }),
    );
  });

  it('a better number never turns a pass into a failure', () => {
    const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(positive, positive, positive, positive, (max, live, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const results = (own: number) =>
          judge({ max, atMost: 1.2 }, of('v2', value(own)), of('v1', value(live))).map(({ result }) => result);

        for (const [index, result] of results(more).entries()) {
          if (result === 'pass') expect(results(less)[index]).toBe('pass');
        }
      }),
    );
  });
});
