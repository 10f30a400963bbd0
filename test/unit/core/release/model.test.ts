import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelChecks, modelChecksBesideLive, modelMetrics } from '../../../../core/release/model.ts';

const live = (metrics: Record<string, number> | null) => ({ version: 'v2.0.5', metrics });
const beside = (bounds: object, own: number, former: ReturnType<typeof live> | null) =>
  modelChecksBesideLive({ accuracy: own }, { accuracy: bounds }, former);

describe('a model beside that of the live release', () => {
  it.each([
    ['no worse than the margin', { atLeast: 0.98 }, 0.93, 'pass', '0.93, at least 0.921; 0.94 with v2.0.5'],
    ['just at it', { atLeast: 1 }, 0.94, 'pass', '0.94, at least 0.94; 0.94 with v2.0.5'],
    ['better', { atLeast: 1 }, 0.99, 'pass', '0.99, at least 0.94; 0.94 with v2.0.5'],
    ['worse', { atLeast: 0.98 }, 0.92, 'fail', '0.92, 0.94 with v2.0.5: at least 0.98 times that, 0.921, is needed'],
    ['more of it than is allowed', { atMost: 1.1 }, 1.04, 'fail', /at most 1.1 times that, 1.03, is allowed/],
  ])('%s', (_, bounds, own, result, reason) => {
    expect(beside(bounds, own, live({ accuracy: 0.94 }))).toEqual([
      {
        name: 'model accuracy beside the live release',
        ...{ result, reason: expect.stringMatching(reason), besideLive: true },
      },
    ]);
  });

  it.each([
    ['nothing is live', null, 'nothing is live to compare it with'],
    ['nothing is known of the live model', live(null), 'v2.0.5 has no accuracy on record'],
    ['the live model has no such metric', live({ recall: 1 }), 'v2.0.5 has no accuracy on record'],
    ['the live one has no number', live({ accuracy: Number.NaN }), 'v2.0.5 has no accuracy on record'],
    ['the live one has none of it', live({ accuracy: 0 }), 'of which nothing can be a multiple'],
  ])('is shown, neither passes nor is waited for, where %s', (_, former, reason) => {
    expect(beside({ atLeast: 0.98 }, 0.5, former)).toEqual([
      expect.objectContaining({ result: 'inconclusive', advisory: true, reason: expect.stringContaining(reason) }),
    ]);
  });

  it('is compared only where that is asked for, and where there is a number of its own', () => {
    expect(beside({ min: 0.9 }, 0.94, live({ accuracy: 0.99 }))).toEqual([]);
    expect(beside({ atLeast: 1 }, Number.NaN, live({ accuracy: 0.99 }))).toEqual([]);
    expect(modelChecksBesideLive(null, { accuracy: { atLeast: 1 } }, live({ accuracy: 0.99 }))).toEqual([]);
  });

  it('passes exactly where it keeps both margins, whatever the numbers are', () => {
    const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    const margin = {
      atMost: fc.double({ min: 1, max: 10, noNaN: true }),
      atLeast: fc.double({ min: 0.01, max: 1, noNaN: true }),
    };
    fc.assert(
      fc.property(positive, positive, fc.record(margin), (own, former, { atMost, atLeast }) => {
        const keeps = own <= former * atMost && own >= former * atLeast;

        const [check] = beside({ atMost, atLeast }, own, live({ accuracy: former }));

        expect(check?.result).toBe(keeps ? 'pass' : 'fail');
      }),
    );
  });
});

describe('a model by itself', () => {
  it('has to have a metric that is only compared, too', () => {
    const rules = { accuracy: { atLeast: 0.98 } };

    expect(modelChecks({ accuracy: 0.9 }, rules)).toEqual([{ name: 'model accuracy', result: 'pass', reason: '0.9' }]);
    for (const metrics of [null, {}, { accuracy: Number.POSITIVE_INFINITY }]) {
      expect(modelChecks(metrics, rules)).toEqual([
        { name: 'model accuracy', result: 'fail', reason: 'was not measured' },
      ]);
    }
  });

  it('is what a later run has measured of it, where one has', () => {
    const of = (accuracy: number) => ({ name: 'm', metrics: { accuracy } });

    expect(modelMetrics({ evidence: { model: of(0.8) }, release: { model: of(0.9) } })).toEqual({ accuracy: 0.8 });
    expect(modelMetrics({ evidence: { model: null }, release: { model: of(0.9) } })).toEqual({ accuracy: 0.9 });
    expect(modelMetrics({ evidence: { model: null }, release: { model: null } })).toBeNull();
  });
});
