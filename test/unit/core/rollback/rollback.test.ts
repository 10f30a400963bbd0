import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fence } from '../../../../contracts/fence.ts';
import { instant } from '../../../../contracts/instant.ts';
import { allOn, type EnvironmentName, type Weights } from '../../../../contracts/names.ts';
import { returnDestination } from '../../../../core/rollback/destination.ts';
import { possibleTargets, resolveTarget } from '../../../../core/rollback/resolve-target.ts';

const fenced = (operation: string, origin: EnvironmentName, weights: Weights = allOn(origin)): Fence => ({
  epoch: 1,
  seq: 1,
  operation,
  origin,
  weights,
});

describe('a return', () => {
  const split: Weights = { blue: 75, green: 25 };
  const mine = { operation: 'mine', originWorse: false };

  it('goes to the origin that the operation recorded when it claimed the route, also from 100 % on the target', () => {
    const returned = { ...mine, origin: null };

    expect(returnDestination({ weights: split, fence: fenced('mine', 'blue', split) }, returned)).toBe('blue');
    expect(returnDestination({ weights: allOn('green'), fence: fenced('mine', 'blue') }, returned)).toBe('blue');
  });

  it('goes to the target when the origin was proven to be the worse of two bad sides (I2), but never on another one’s word', () => {
    const worse = { ...mine, origin: null, originWorse: true };

    expect(returnDestination({ weights: split, fence: fenced('mine', 'blue', split) }, worse)).toBe('green');
    expect(returnDestination({ weights: allOn('blue'), fence: fenced('older', 'blue') }, worse)).toBe('blue');
  });

  it('leaves the traffic where it is when the operation never claimed the route, whatever an older fence names', () => {
    const returned = { ...mine, origin: null };

    expect(returnDestination({ weights: allOn('green'), fence: fenced('older', 'blue') }, returned)).toBe('green');
  });

  it('falls back on the record when the fence of a split route was lost, and on nobody without one', () => {
    expect(returnDestination({ weights: split, fence: null }, { ...mine, origin: 'green' })).toBe('green');
    expect(returnDestination({ weights: split, fence: null }, { ...mine, origin: null })).toBeNull();
  });

  it('never moves traffic for an operation that did not claim a route with everything on one side', () => {
    const side = fc.constantFrom<EnvironmentName>('blue', 'green');
    fc.assert(
      fc.property(side, side, fc.option(side), (active, older, record) => {
        const live = { weights: allOn(active), fence: fenced('older', older) };

        expect(returnDestination(live, { ...mine, origin: record })).toBe(active);
      }),
    );
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
    expect(resolveTarget('last-known-good', [release('v3', 3)], [], 'd-v3')).toEqual({ kind: 'unknown' });
  });

  it('may be another image of the same version, when the newest one is on hold', () => {
    const rebuilt = { ...release('v2', 4), digest: 'd-v2-again' };
    const held = { ...hold, digest: 'd-v2-again' };

    expect(resolveTarget('v2', [...history, rebuilt], [held], 'd-v3')).toMatchObject({ release: { digest: 'd-v2' } });
    expect(possibleTargets(history, [hold], 'd-v3').map(({ version }) => version)).toEqual(['v1']);
  });

  it('by version must have been good, not be live, and not be on hold (I6)', () => {
    expect(resolveTarget('v1', history, [hold], 'd-v3')).toMatchObject({ kind: 'found', release: { version: 'v1' } });
    expect(resolveTarget('v2', history, [hold], 'd-v3')).toEqual({ kind: 'held', reason: 'failed with traffic' });
    expect(resolveTarget('v3', history, [], 'd-v3')).toEqual({ kind: 'already-live' });
    expect(resolveTarget('v9', history, [], 'd-v3')).toEqual({ kind: 'unknown' });
  });
});
