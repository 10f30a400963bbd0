import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smoothWeightedRoundRobin } from '../../../../sandbox/router/smooth-weighted-round-robin.ts';

const split = (weights: number[], turns: number): (number | undefined)[] => {
  const next = smoothWeightedRoundRobin(weights.map((weight, value) => ({ value, weight })));
  return Array.from({ length: turns }, () => next());
};

const anyWeights = fc
  .array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 5 })
  .filter((weights) => weights.some((weight) => weight > 0));

describe('smooth weighted round robin', () => {
  it('gives each candidate exactly its weight over every window of as many turns as the weights sum to', () => {
    fc.assert(
      fc.property(anyWeights, fc.nat(200), (weights, offset) => {
        const sum = weights.reduce((total, weight) => total + weight, 0);

        const window = split(weights, offset + sum).slice(offset);

        for (const [value, weight] of weights.entries()) {
          expect(window.filter((chosen) => chosen === value)).toHaveLength(weight);
        }
      }),
    );
  });

  it('is at no moment a whole turn away from the wanted share, with two candidates', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (blue) => {
        let seen = 0;

        for (const [index, chosen] of split([blue, 100 - blue], 300).entries()) {
          if (chosen === 0) seen += 1;
          expect(Math.abs(seen - ((index + 1) * blue) / 100)).toBeLessThan(1);
        }
      }),
    );
  });

  it('never takes a candidate of weight 0', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const chosen = new Set(split([0, ...weights], 500));

        expect(chosen.has(0)).toBe(false);
      }),
    );
  });

  it('takes nothing when no candidate has a weight', () => {
    expect(split([0, 0], 3)).toEqual([undefined, undefined, undefined]);
  });
});
