import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fence } from '../../../../contracts/fence.ts';
import type { Weights } from '../../../../contracts/names.ts';
import { needsOfReturn, usualReplicas } from '../../../../core/rollback/return-needs.ts';

const bounds = { min: 3, max: 10, minAvailable: 1 };
const route = (weights: Weights) => ({
  weights,
  fence: { epoch: 7, seq: 3, operation: 'deployment-1', origin: 'blue', weights } satisfies Fence,
});

describe('what a return needs at its destination', () => {
  it('is nothing where all the traffic is already', () => {
    const live = route({ blue: 100, green: 0 });

    expect(needsOfReturn({ live, destination: 'blue', release: null, bounds }).needed).toBe(0);
  });

  it('is one pod of whatever serves at the origin of a shift, which carried everything with what it has (I8)', () => {
    const live = route({ blue: 5, green: 95 });

    expect(needsOfReturn({ live, destination: 'blue', release: null, bounds })).toEqual({
      digest: null,
      needed: 1,
    });
  });

  it('is what all the traffic needs on a side without any, of whatever is ready there', () => {
    const live = route({ blue: 0, green: 100 });

    expect(needsOfReturn({ live, destination: 'blue', release: null, bounds })).toEqual({
      digest: null,
      needed: 3,
    });
  });

  it('is exactly a release that has to run there first, also where the side serves', () => {
    const live = route({ blue: 5, green: 95 });

    expect(needsOfReturn({ live, destination: 'blue', release: { digest: 'sha256:old' }, bounds })).toEqual({
      digest: 'sha256:old',
      needed: 3,
    });
  });

  it('is for all the traffic never less than either minimum, and never more than there may be', () => {
    const count = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(count, count, count, (min, max, minAvailable) => {
        const needed = usualReplicas({ min, max, minAvailable });

        expect(needed).toBe(Math.min(max, Math.max(min, minAvailable)));
      }),
    );
  });
});
