import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours, milliseconds, seconds } from '../../../../contracts/duration.ts';
import { instant, parseInstant } from '../../../../contracts/instant.ts';
import {
  besideFormer,
  judgeAlertmanagers,
  judgeBackup,
  judgeRules,
  judgeTargets,
} from '../../../../core/judgement/post-deployment.ts';

const value = (number: number) => ({ kind: 'value' as const, value: number });
const noData = { kind: 'no-data' as const };
const at = parseInstant('2026-11-22T10:00:00Z');
const errors = { name: 'error-rate', max: 0.01, unit: 'ratio' as const };

/** One objective, `max` of which is 1 %, beside what it was with v2.0.5. */
function compare(now: number | null, before: number | null, { margin = 0.1, samples = 500 } = {}) {
  const side = (reading: number | null) => ({
    readings: { 'error-rate': reading === null ? noData : value(reading) },
    samples: value(samples),
  });
  const former = { version: 'v2.0.5', at, observed: side(before) };
  return besideFormer({ margin }, { list: [errors], minSamples: 100 }, side(now), former);
}

describe('a release beside the one before, at the same hour of an earlier day', () => {
  it('fails where it is worse by more than the margin, though no bound is broken', () => {
    expect(compare(0.008, 0.004)).toEqual({
      verdict: 'fail',
      reason:
        'Error rate 0.8 %, 0.4 % with v2.0.5, at most 0.44 % is allowed; v2.0.5 was measured at 2026-11-22 10:00:00Z',
    });
    expect(compare(0.0043, 0.004).verdict).toBe('pass');
  });

  it('is not worse for a little where there was nothing: below the margin of its bound', () => {
    expect(compare(0.0009, 0).verdict).toBe('pass');
    expect(compare(0.0011, 0).verdict).toBe('fail');
  });

  it('is inconclusive where either side was not measured, or too little', () => {
    expect(compare(0.001, null)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('of v2.0.5: no data'),
    });
    expect(compare(null, 0.001).verdict).toBe('inconclusive');
    expect(compare(0.5, 0.001, { samples: 99 })).toEqual({
      verdict: 'inconclusive',
      reason: 'too few samples: 99 of 100',
    });
  });

  describe('where less is worse', () => {
    const beside = (objective: object, now: number, before: number, margin = 0.1) => {
      const side = (reading: number) => ({ readings: { own: value(reading) }, samples: null });
      const former = { version: 'v2.0.5', at, observed: side(before) };
      return besideFormer({ margin }, { list: [{ name: 'own', ...objective }], minSamples: 0 }, side(now), former);
    };
    const throughput = { min: 10, unit: 'per-second' as const };
    const success = { min: 0.99, unit: 'ratio' as const };

    it('fails for a throughput that the former one is above by more than the margin', () => {
      expect(beside(throughput, 40, 55)).toEqual({
        verdict: 'fail',
        reason: 'Own 40 /s, 55 /s with v2.0.5, at least 50 /s is needed; v2.0.5 was measured at 2026-11-22 10:00:00Z',
      });
      expect(beside(throughput, 50.1, 55).verdict).toBe('pass');
      expect(beside(throughput, 5_000, 55).verdict).toBe('pass');
    });

    it('compares a share of good answers by the bad ones, as an error rate is', () => {
      expect(beside(success, 0.9988, 0.999)).toMatchObject({
        verdict: 'fail',
        reason: expect.stringContaining('Own 99.88 %, 99.9 % with v2.0.5, at least 99.89 % is needed'),
      });
      expect(beside(success, 0.99895, 0.999).verdict).toBe('pass');
      // A tenth of what the bound allows is nothing.
      expect(beside(success, 0.9991, 1).verdict).toBe('pass');
      expect(beside(success, 0.9989, 1).verdict).toBe('fail');
    });

    it('looks at both bounds where there are both', () => {
      const both = { min: 10, max: 100 };
      expect([30, 50, 54, 60].map((now) => beside(both, now, 50).verdict)).toEqual(['fail', 'pass', 'pass', 'fail']);
    });
  });

  it('never fails for a reading that is no worse, and fails the more readily the worse it is', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, share, fc.double({ min: 0.01, max: 10, noNaN: true }), (a, b, before, margin) => {
        const [better, worse] = [Math.min(a, b), Math.max(a, b)];
        if (better <= before) expect(compare(better, before, { margin }).verdict).toBe('pass');
        if (compare(better, before, { margin }).verdict === 'fail') {
          expect(compare(worse, before, { margin }).verdict).toBe('fail');
        }
        expect(compare(better, null, { margin }).verdict).toBe('inconclusive');
      }),
    );
  });
});

describe('what watches the release', () => {
  it('has every target up', () => {
    expect(judgeTargets({ all: value(3), up: value(3) })).toEqual({ verdict: 'pass', reason: '3 of 3 targets are up' });
    expect(judgeTargets({ all: value(3), up: value(2) })).toEqual({ verdict: 'fail', reason: '2 of 3 targets are up' });
    expect(judgeTargets({ all: value(0), up: value(0) }).verdict).toBe('inconclusive');
    expect(judgeTargets({ all: { kind: 'unreachable', reason: 'refused' }, up: value(1) }).reason).toContain('refused');
  });

  it('has the wanted alerts loaded, and they work', () => {
    const good = { name: 'HighErrorRate', failure: null };
    const bad = { name: 'Latency', failure: 'many-to-many matching' };
    expect(judgeRules(['HighErrorRate'], [good, bad]).verdict).toBe('pass');
    expect(judgeRules(['HighErrorRate', 'Gone'], [good])).toEqual({ verdict: 'fail', reason: 'not loaded: Gone' });
    expect(judgeRules([], [good, bad])).toEqual({ verdict: 'fail', reason: 'Latency: many-to-many matching' });
    expect(judgeRules([], []).verdict).toBe('fail');
  });

  it('has an Alertmanager that takes alerts', () => {
    expect(judgeAlertmanagers(1, noData).verdict).toBe('pass');
    expect(judgeAlertmanagers(0, noData).verdict).toBe('fail');
    expect(judgeAlertmanagers(2, value(4)).reason).toBe('Prometheus could not deliver 4 alerts within 10 min');
  });
});

describe('a backup', () => {
  const now = instant(at);
  const rule = { measures: 'age' as const, maxAge: hours(26) };

  it('is told by its age or by its time', () => {
    const atTime = (ago: number) => judgeBackup({ ...rule, measures: 'timestamp' }, value((now - ago) / 1_000), now);
    expect(judgeBackup(rule, value(25 * 3_600), now)).toEqual({
      verdict: 'pass',
      reason: 'the newest is 25 h old, at most 26 h is allowed',
    });
    expect(atTime(hours(25)).verdict).toBe('pass');
    expect(atTime(hours(27)).verdict).toBe('fail');
  });

  it('proves nothing when it is from the future, as milliseconds are, or was not measured', () => {
    expect(judgeBackup({ ...rule, measures: 'timestamp' }, value(now), now).verdict).toBe('inconclusive');
    expect(judgeBackup(rule, noData, now).verdict).toBe('inconclusive');
  });

  it('passes exactly when its age is within the bound, however that is measured', () => {
    const ages = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(ages, ages, (age, most) => {
        const expected = age <= most ? 'pass' : 'fail';
        const maxAge = seconds(most);
        expect(judgeBackup({ measures: 'age', maxAge }, value(age), now).verdict).toBe(expected);
        const then = value((now - milliseconds(age * 1_000)) / 1_000);
        expect(judgeBackup({ measures: 'timestamp', maxAge }, then, now).verdict).toBe(expected);
      }),
    );
  });
});
