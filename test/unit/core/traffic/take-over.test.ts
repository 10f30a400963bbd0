import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fence } from '../../../../contracts/fence.ts';
import { allOn, type EnvironmentName, otherEnvironment, type Weights } from '../../../../contracts/names.ts';
import { decideTakeOver } from '../../../../core/traffic/take-over.ts';

const side = fc.constantFrom<EnvironmentName>('blue', 'green');
const weights = fc.integer({ min: 0, max: 100 }).map((blue): Weights => ({ blue, green: 100 - blue }));
const fence = (epoch: number, operation: string, written: Weights): Fence => ({
  epoch,
  seq: 4,
  operation,
  origin: 'blue',
  weights: written,
});

describe('the first write of a return', () => {
  it('puts everything on the destination, over a split, a drift and a lost fence alike (I1)', () => {
    fc.assert(
      fc.property(weights, fc.option(weights), side, (live, written, destination) => {
        const route = { weights: live, fence: written && fence(6, 'deployment', written) };

        const decision = decideTakeOver(route, { epoch: 7, operation: 'rollback', destination });

        expect(decision).toMatchObject({
          kind: 'write',
          fence: { epoch: 7, operation: 'rollback', weights: allOn(destination) },
        });
      }),
    );
  });

  it('is refused once a later operation has written (I12), and by another holder of the same epoch', () => {
    const live = { weights: allOn('green'), fence: fence(7, 'later', allOn('green')) };

    expect(decideTakeOver(live, { epoch: 6, operation: 'rollback', destination: 'blue' })).toEqual({
      kind: 'stale-holder',
      epoch: 7,
    });
    expect(decideTakeOver(live, { epoch: 7, operation: 'rollback', destination: 'blue' })).toEqual({
      kind: 'stale-holder',
      epoch: 7,
    });
  });

  it('changes nothing when it is repeated (I10)', () => {
    fc.assert(
      fc.property(side, (destination) => {
        const mine = { epoch: 7, operation: 'rollback', destination };
        const before = { weights: allOn(otherEnvironment(destination)), fence: fence(6, 'deployment', allOn('blue')) };
        const first = decideTakeOver(before, mine);
        if (first.kind !== 'write') throw new Error(`expected a write, not ${first.kind}`);

        const again = decideTakeOver({ weights: first.fence.weights, fence: first.fence }, mine);

        expect(again).toEqual({ kind: 'already-written' });
      }),
    );
  });

  it('counts on from the write before it, so that no older command can be taken for it', () => {
    const live = { weights: { blue: 50, green: 50 }, fence: fence(6, 'deployment', { blue: 50, green: 50 }) };

    const decision = decideTakeOver(live, { epoch: 7, operation: 'rollback', destination: 'blue' });

    expect(decision).toMatchObject({ fence: { seq: 5 }, moves: 'traffic' });
  });
});
