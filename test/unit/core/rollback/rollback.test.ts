import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Fence } from '../../../../contracts/fence.ts';
import { instant } from '../../../../contracts/instant.ts';
import { allOn, type EnvironmentName, otherEnvironment, type Weights } from '../../../../contracts/names.ts';
import { planReturn, returnSpeed } from '../../../../core/rollback/plan.ts';
import { resolveTarget } from '../../../../core/rollback/resolve-target.ts';
import { soleEnvironment } from '../../../../core/traffic/weights.ts';

const fence = (origin: EnvironmentName): Fence => ({
  epoch: 1,
  seq: 1,
  operation: 'o',
  origin,
  weights: allOn(origin),
});

describe('a return', () => {
  it('goes away from the side that failed, whatever the record says', () => {
    expect(planReturn({ weights: allOn('green'), fence: fence('green') }, 'green')).toEqual({
      kind: 'return',
      to: 'blue',
      wanted: allOn('blue'),
    });
  });

  it('goes to the origin on record when no side is blamed', () => {
    expect(planReturn({ weights: { blue: 10, green: 90 }, fence: fence('blue') }, null)).toMatchObject({ to: 'blue' });
  });

  it('without a record ends the split where most of the traffic is', () => {
    expect(planReturn({ weights: { blue: 10, green: 90 }, fence: null }, null)).toMatchObject({ to: 'green' });
  });

  it('has nothing to do when the traffic is there', () => {
    expect(planReturn({ weights: allOn('blue'), fence: fence('blue') }, 'green')).toEqual({
      kind: 'nothing-to-return',
      at: 'blue',
    });
  });

  it('always ends with everything on one side, never on the failed one, and is then done', () => {
    const side = fc.constantFrom<EnvironmentName>('blue', 'green');
    const weights = fc.integer({ min: 0, max: 100 }).map((blue): Weights => ({ blue, green: 100 - blue }));
    fc.assert(
      fc.property(weights, fc.option(side.map(fence)), fc.option(side), (live, record, failed) => {
        const plan = planReturn({ weights: live, fence: record }, failed);
        const end = plan.kind === 'return' ? plan.wanted : live;

        expect(soleEnvironment(end)).not.toBeNull();
        if (failed) expect(soleEnvironment(end)).toBe(otherEnvironment(failed));
        expect(planReturn({ weights: end, fence: record }, failed).kind).toBe('nothing-to-return');
      }),
    );
  });

  it('is warm when the destination can take everything now', () => {
    const bounds = { min: 3, max: 10, minAvailable: 2 };

    expect(returnSpeed({ readyReplicas: 3, servingReplicas: 3, bounds })).toBe('warm');
    expect(returnSpeed({ readyReplicas: 3, servingReplicas: 9, bounds })).toBe('warm');
    expect(returnSpeed({ readyReplicas: 1, servingReplicas: 3, bounds })).toBe('cold');
    expect(returnSpeed({ readyReplicas: 0, servingReplicas: 0, bounds })).toBe('cold');
  });
});

describe('the release to go back to', () => {
  const release = (version: string, succeededAt: number) => ({
    version,
    digest: `d-${version}`,
    succeededAt: instant(succeededAt),
  });
  const history = [release('v1', 1), release('v3', 3), release('v2', 2)];
  const hold = { digest: 'd-v2', reason: 'failed with traffic' };

  it('last known good is the newest that is not live and not on hold', () => {
    expect(resolveTarget('last-known-good', history, [], 'd-v3')).toMatchObject({ release: { version: 'v2' } });
    expect(resolveTarget('last-known-good', history, [hold], 'd-v3')).toMatchObject({ release: { version: 'v1' } });
    expect(resolveTarget('last-known-good', [release('v3', 3)], [], 'd-v3')).toEqual({ kind: 'unknown', known: [] });
  });

  it('by version must have been good, not be live, and not be on hold (I6)', () => {
    expect(resolveTarget('v1', history, [hold], 'd-v3')).toMatchObject({ kind: 'found', release: { version: 'v1' } });
    expect(resolveTarget('v2', history, [hold], 'd-v3')).toEqual({ kind: 'held', reason: 'failed with traffic' });
    expect(resolveTarget('v3', history, [], 'd-v3')).toEqual({ kind: 'already-live' });
    expect(resolveTarget('v9', history, [], 'd-v3')).toEqual({ kind: 'unknown', known: ['v2', 'v1'] });
  });
});
