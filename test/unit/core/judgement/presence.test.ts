import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgePresence } from '../../../../core/judgement/presence.ts';

const list = [
  { name: 'error-rate', max: 0.01, unit: 'ratio' as const },
  { name: 'latency-p95', max: 2, unit: 'seconds' as const },
];
const value = (number: number) => ({ kind: 'value' as const, value: number });

it('says what is measured now, also where a bound is broken: whoever approves should know', () => {
  const readings = { 'error-rate': value(0.02), 'latency-p95': value(0.3) };

  expect(judgePresence(list, { readings, samples: value(3) })).toEqual({
    verdict: 'pass',
    reason: 'Error rate 2 %, limit 1 %; Latency p95 0.3 s, limit 2 s',
  });
});

it('passes exactly when nothing is missing, and never fails', () => {
  const reading = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(value),
    fc.constant({ kind: 'no-data' as const }),
    fc.constant({ kind: 'unreachable' as const, reason: 'refused' }),
  );
  fc.assert(
    fc.property(reading, reading, fc.option(reading, { nil: null }), (errors, latency, samples) => {
      const all = [errors, latency, ...(samples === null ? [] : [samples])];
      const found = judgePresence(list, { readings: { 'error-rate': errors, 'latency-p95': latency }, samples });
      expect(found.verdict).toBe(all.every(({ kind }) => kind === 'value') ? 'pass' : 'inconclusive');
    }),
  );
});
