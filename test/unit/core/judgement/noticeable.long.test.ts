import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../bench/judge/random.ts';
import { objectivesSchema } from '../../../../contracts/configuration/objectives.ts';
import { trafficSchema } from '../../../../contracts/configuration/traffic.ts';
import { compareCounts, falseReturnOf } from '../../../../core/judgement/compare-counts.ts';
import { blindSteps, isBlind, noticeableBySteps, noticeableWords } from '../../../../core/judgement/noticeable.ts';

const counts = { total: 'increase(all[{{window}}])', bad: 'increase(bad[{{window}}])' };

function serviceWith({
  traffic = {},
  objectives = {},
  list = [{}],
}: {
  traffic?: object;
  objectives?: object;
  list?: object[];
}) {
  const parsed = objectivesSchema.parse({
    source: { prometheus: 'https://prometheus.example.com' },
    ...objectives,
    list: list.map((one, index) => ({
      ...{ name: index === 0 ? 'error-rate' : `other-${index}`, query: 'errors', max: 0.01, unit: 'ratio' },
      compare: { tolerate: 0.005, ...counts },
      ...one,
    })),
  });
  return {
    traffic: trafficSchema.parse({
      ...{ router: 'istio', route: { namespace: 'production', name: 'shop' } },
      ...traffic,
    }),
    objectives: { ...parsed, samples: parsed.samples, fast: null },
  };
}

const shares = (service: ReturnType<typeof serviceWith>, rate: number) =>
  noticeableBySteps(service, rate).map(({ share }) => share);

describe('how bad a release the steps can notice', () => {
  it('is what the comparison finds in at least 95 of 100 simulated steps, and not much less', () => {
    const service = serviceWith({ list: [{ unit: 'seconds', max: 2 }] });
    const [first] = noticeableBySteps(service, 50);
    const share = first?.share ?? 0;
    const random = createRandom(20261129);
    const falseReturn = falseReturnOf({ isFirst: true, steps: 4, objectives: 1 });
    const found = (bad: number) => {
      let hits = 0;
      for (let run = 0; run < 400; run += 1) {
        const target = { total: 750, bad: random.binomial(750, bad) };
        const origin = { total: 14_250, bad: random.binomial(14_250, 0.005) };
        if (compareCounts({ tolerate: 0.005, notice: null, falseReturn }, target, origin) === 'worse') hits += 1;
      }
      return hits / 400;
    };

    expect(first).toMatchObject({ weight: 5, objective: 'error-rate', bound: 0.005, by: 'comparison' });
    expect(found(share * 1.1)).toBeGreaterThan(0.95);
    expect(found(share * 0.6)).toBeLessThan(0.8);
  });

  it('is what the bound finds in at least 95 of 100 simulated steps, and not much less', () => {
    const [first] = noticeableBySteps(serviceWith({ list: [{ compare: null }] }), 50);
    const share = first?.share ?? 0;
    const random = createRandom(20261129);
    /** 2.5 answers a second: whether every reading of the last five minutes is above 1 % from the end of the step on, for five minutes. */
    const staysAbove = (bad: number) => {
      const looks = Array.from({ length: 41 }, () => {
        const total = random.poisson(37.5);
        return { total, bad: random.binomial(total, bad) };
      });
      return Array.from({ length: 21 }, (_, at) => looks.slice(at, at + 20)).every((window) => {
        const sum = (of: 'total' | 'bad') => window.reduce((all, one) => all + one[of], 0);
        return sum('bad') / sum('total') > 0.01;
      });
    };
    const found = (bad: number) => Array.from({ length: 1_000 }, () => staysAbove(bad)).filter(Boolean).length / 1_000;

    expect(first).toMatchObject({ weight: 5, bound: 0.01, by: 'bound' });
    expect(found(share)).toBeGreaterThan(0.95);
    expect(found(share * 0.6)).toBeLessThan(0.8);
  });

  it('tells it in words that people can act on', () => {
    const service = serviceWith({});
    const [first] = noticeableBySteps(service, 50);

    expect(first && noticeableWords(first, service, 50)).toMatch(
      /^at 2\.5 requests\/s a step of 5 min finds \d(\.\d)? % error rate in 95 of 100 cases$/,
    );
  });

  it('finds less bad releases with more traffic, with longer steps and at higher weights beside an origin', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 500, noNaN: true }), fc.integer({ min: 2, max: 5 }), (rate, times) => {
        const steps = { traffic: { steps: [5, 100] } };
        const [share] = shares(serviceWith(steps), rate);
        const [withMore] = shares(serviceWith(steps), rate * times);
        const [forLonger] = shares(
          serviceWith({ ...steps, traffic: { ...steps.traffic, interval: `${5 * times}m` } }),
          rate,
        );
        // A whole number of answers decides: a little to either side is no contradiction.
        expect(withMore ?? 1).toBeLessThanOrEqual((share ?? 1) * 1.1);
        expect(forLonger ?? 1).toBeLessThanOrEqual((share ?? 1) * 1.1);
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  it('has only the bound where nothing is left on the origin, or nothing is compared', () => {
    const both = noticeableBySteps(serviceWith({ traffic: { steps: [100] } }), 10);
    const alone = noticeableBySteps(serviceWith({ list: [{ compare: null }] }), 10);

    expect(both).toMatchObject([{ by: 'bound', share: expect.any(Number) }]);
    expect(alone.map(({ by }) => by)).toEqual(['bound', 'bound', 'bound', 'bound']);
    expect(alone.every(({ share }) => share !== null && share > 0.01)).toBe(true);
  });

  it('says nothing of shares where the objective is about none', () => {
    const found = noticeableBySteps(serviceWith({ list: [{ unit: 'seconds', max: 2, compare: null }] }), 10);

    expect(found.map(({ share, bound }) => [share, bound])).toEqual(Array(4).fill([null, null]));
    expect(found.some(isBlind)).toBe(false);
  });

  it('leaves out what is bad below its bound, of which no share of bad answers is known', () => {
    const throughput = { name: 'throughput', max: undefined, min: 10, unit: 'per-second', compare: null };

    const found = noticeableBySteps(serviceWith({ list: [{}, throughput] }), 50);

    expect([...new Set(found.map(({ objective }) => objective))]).toEqual(['error-rate']);
  });

  it('tells of what is bad below its bound the bad answers that its comparison finds', () => {
    const service = serviceWith({ list: [{ name: 'success-rate', max: undefined, min: 0.99 }] });

    const [first] = noticeableBySteps(service, 50);

    expect(first).toMatchObject({ by: 'comparison', bound: 0.005 });
    expect(first && noticeableWords(first, service, 50)).toMatch(
      / finds [\d.]+ % bad answers by the comparison of success rate in 95 of 100 cases$/,
    );
  });

  it('says that a reading with fewer samples than wanted stays inconclusive', () => {
    const service = serviceWith({
      objectives: { window: '1m', samples: 'requests', minSamples: 100 },
      list: [{ compare: null }],
    });
    const [first, second] = noticeableBySteps(service, 20);

    expect(first).toMatchObject({ weight: 5, tooFewSamples: 60, share: null });
    expect(second).toMatchObject({ weight: 25, tooFewSamples: null });
    expect(first && noticeableWords(first, service, 20)).toContain('about 60 of 100 samples');
  });

  it('without any traffic finds nothing', () => {
    expect(shares(serviceWith({}), 0.0001)).toEqual([null, null, null, null]);
    const [first] = noticeableBySteps(serviceWith({}), 0.0001);
    expect(first && noticeableWords(first, serviceWith({}), 0.0001)).toMatch(
      / cannot notice a worse error rate, however bad it is/,
    );
  });
});

describe('steps that find only what is worse than the bound', () => {
  it('are named, with what they find and what to do', () => {
    expect(blindSteps(serviceWith({}), 300)).toEqual([
      expect.stringMatching(
        /^traffic: the step of 5 % cannot notice what error-rate forbids: at 15 requests\/s a step of 5 min finds .* % error rate in 95 of 100 cases; its bound is 1 %\. Lengthen traffic\.interval, or begin with a higher step\.$/,
      ),
    ]);
  });

  it('are none where there is traffic enough', () => {
    expect(blindSteps(serviceWith({}), 2_000)).toEqual([]);
  });
});
