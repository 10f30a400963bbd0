import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ComparisonRules,
  type Counts,
  compareCounts,
  errorProbabilities,
  falseReturnOf,
} from '../../../../core/judgement/compare-counts.ts';
import { comparisonWords } from '../../../../core/judgement/comparison-words.ts';

const rules: ComparisonRules = { tolerate: 0.01, notice: null, falseReturn: 0.001 };
const of = (bad: number, total: number): Counts => ({ bad, total });
const compare = (target: Counts, origin: Counts | null, changes: Partial<ComparisonRules> = {}) =>
  compareCounts({ ...rules, ...changes }, target, origin);
const counts = fc
  .tuple(fc.integer({ min: 0, max: 20_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([total, share]) => of(Math.round(total * share ** 3), total));

describe('a target beside its origin', () => {
  it('is worse as soon as that is certain, and not before', () => {
    expect(compare(of(3, 10), of(3, 2_300))).toBe('open');
    expect(compare(of(12, 240), of(3, 2_300))).toBe('worse');
    expect(compare(of(5, 10), of(1, 190))).toBe('worse');
  });

  it('is not blamed for a night that is bad for both', () => {
    expect(compare(of(50, 1_000), of(950, 19_000))).toBe('open');
    expect(compare(of(5_000, 10_000), of(9_500, 19_000))).toBe('open');
  });

  it('is worse in a bad night, too, when it is worse than that', () => {
    expect(compare(of(300, 1_000), of(950, 19_000))).toBe('worse');
  });

  it('may have what is tolerated, however good the origin is', () => {
    expect(compare(of(100, 10_000), of(0, 190_000))).toBe('open');
    expect(compare(of(100, 10_000), of(0, 190_000), { tolerate: 0.002 })).toBe('worse');
  });

  it('is never worse without an origin that says what would be better', () => {
    expect(compare(of(1_000, 1_000), null)).toBe('open');
    expect(compare(of(1_000, 1_000), of(0, 0))).toBe('open');
  });

  it('is good once the share that has to be noticed is ruled out, and in a bad night never by comparison', () => {
    const notice = { notice: 0.05 };

    expect(compare(of(0, 50), of(2, 950), notice)).toBe('open');
    expect(compare(of(0, 200), of(2, 950), notice)).toBe('good');
    expect(compare(of(0, 200), null, notice)).toBe('good');
    expect(compare(of(8, 200), of(38, 950), notice)).toBe('open');
    expect(compare(of(0, 2_000), of(114, 1_900), notice)).toBe('open');
    expect(compare(of(0, 0), of(0, 0), notice)).toBe('open');
  });
});

describe('any counts', () => {
  it('an origin that is as bad or worse, on as much traffic, blames nobody', () => {
    fc.assert(
      fc.property(counts, fc.nat(500), ({ bad, total }, more) => {
        expect(compare(of(bad, total), of(Math.min(total, bad + more), total))).toBe('open');
      }),
    );
  });

  it('what is worse stays worse with more bad answers, and with a smaller share tolerated', () => {
    fc.assert(
      fc.property(counts, counts, fc.nat(100), ({ bad, total }, origin, more) => {
        fc.pre(compare(of(bad, total), origin) === 'worse');

        expect(compare(of(bad + more, total + more), origin)).toBe('worse');
        expect(compare(of(bad, total), origin, { tolerate: 0.005 })).toBe('worse');
      }),
    );
  });

  it('the stricter test says worse only where the other does', () => {
    fc.assert(
      fc.property(counts, counts, (target, origin) => {
        fc.pre(compare(target, origin, { falseReturn: 0.0001 }) === 'worse');

        expect(compare(target, origin)).toBe('worse');
      }),
    );
  });

  it('what is good has a smaller share than what has to be noticed, however much there is of it', () => {
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 1_000_000 }), (target, origin, times) => {
        const many = of(target.bad * times, target.total * times);

        fc.pre(compare(many, origin, { notice: 0.05 }) === 'good');

        expect(target.bad / target.total).toBeLessThan(0.05);
      }),
    );
  });
});

/** Park and Miller: the same numbers on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

it('looks after every answer and still calls hardly any good release worse: at most so many as is said', () => {
  const random = randomFrom(20_261_129);
  const hits = (answers: number, share: number) =>
    Array.from({ length: answers }, random).filter((one) => one < share).length;
  let returned = 0;
  const runs = 300;
  // Just what is tolerated on both sides is the worst case. With 1 of 20, 15 of 300 would be called worse.
  for (let run = 0; run < runs; run += 1) {
    let [target, origin] = [of(0, 0), of(0, 0)];
    for (let answer = 0; answer < 1_000; answer += 1) {
      target = of(target.bad + hits(1, 0.01), target.total + 1);
      origin = of(origin.bad + hits(3, 0.01), origin.total + 3);
      if (compare(target, origin, { falseReturn: 0.05 }) !== 'worse') continue;
      returned += 1;
      break;
    }
  }

  expect(returned).toBeLessThanOrEqual(15);
});

it('a whole deployment uses up no more than its false returns', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 10 }), (steps, objectives) => {
      const first = falseReturnOf({ isFirst: true, steps, objectives });
      const later = falseReturnOf({ isFirst: false, steps, objectives });

      // Every step, and the bake.
      expect((first + steps * later) * objectives).toBeCloseTo(errorProbabilities.falseReturn, 12);
    }),
  );
});

it('is told with the counts of both sides, and how certain it is', () => {
  const green = { environment: 'green', counts: of(12, 240) } as const;
  const blue = { environment: 'blue', counts: of(3, 2_300) } as const;
  const told = (comparison: 'worse' | 'good' | 'open', notice: number | null) =>
    comparisonWords('error-rate', { tolerate: 0.01, notice }, comparison, green, blue);
  const seen = 'Error rate: 12 of 240 answers on green, 3 of 2,300 answers on blue';

  expect(told('worse', null)).toBe(`${seen}: worse than blue and than 1 % with 99.9 % certainty`);
  expect(told('good', 0.2)).toBe(`${seen}: below 20 % with 99 % certainty`);
  expect(told('open', null)).toBe(`${seen}: not known to be worse`);
  // What nobody has looked at is not called passed.
  const none = { environment: 'green', counts: of(0, 0) } as const;
  expect(comparisonWords('error-rate', { tolerate: 0.01, notice: null }, 'open', none, blue)).toMatch(
    /^not decided yet: Error rate: 0 of 0 answers on green.*: nothing to compare yet$/,
  );
  expect(told('open', 0.2)).toBe(`not decided yet: ${seen}: too few to tell whether it is below 20 %`);
});
