import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fence } from '../../../../contracts/fence.ts';
import { allOn, type EnvironmentName, type Weights } from '../../../../contracts/names.ts';
import { decideClaim, decideWrite, epochFromRoute, type RouteState } from '../../../../core/traffic/fence.ts';
import { areWeights } from '../../../../core/traffic/weights.ts';

const half: Weights = { blue: 50, green: 50 };

const fence = (changes: Partial<Fence> = {}): Fence => ({
  epoch: 7,
  seq: 3,
  operation: 'deploy-1',
  origin: 'blue',
  weights: half,
  ...changes,
});

const route = (changes: Partial<RouteState> = {}): RouteState => ({
  weights: half,
  fence: fence(),
  resourceVersion: '41',
  ...changes,
});

const claim = { epoch: 8, operation: 'rollback-1', adopted: 'before', purpose: 'shift' } as const;
const write = { epoch: 7, operation: 'deploy-1', seq: 4, wanted: { blue: 0, green: 100 }, purpose: 'shift' } as const;

describe('claiming the route', () => {
  it('writes the new epoch and leaves the weights alone', () => {
    expect(decideClaim(route(), claim)).toEqual({
      kind: 'claim',
      fence: { epoch: 8, seq: 4, operation: 'rollback-1', origin: 'blue', weights: half },
    });
  });

  it('calls the side with all the traffic the origin of what begins now', () => {
    const settled = route({ weights: allOn('green'), fence: fence({ weights: allOn('green') }) });

    expect(decideClaim(settled, claim)).toMatchObject({ kind: 'claim', fence: { origin: 'green' } });
  });

  it('for a return keeps the origin on record, so that a repeated return still knows where to go', () => {
    const baking = route({ weights: allOn('green'), fence: fence({ weights: allOn('green') }) });

    expect(decideClaim(baking, { ...claim, purpose: 'return' })).toMatchObject({
      kind: 'claim',
      fence: { origin: 'blue' },
    });
  });

  it('twice is claimed once (I10)', () => {
    expect(decideClaim(route(), { ...claim, epoch: 7, operation: 'deploy-1' })).toMatchObject({
      kind: 'already-claimed',
    });
  });

  it('with an epoch below the live one, or the same of another operation, finds itself stale (I12)', () => {
    expect(decideClaim(route(), { ...claim, epoch: 6 })).toEqual({ kind: 'stale-holder', epoch: 7 });
    expect(decideClaim(route(), { ...claim, epoch: 7 })).toEqual({ kind: 'stale-holder', epoch: 7 });
  });

  it('adopts a route that Sluice never wrote', () => {
    const fresh = route({ fence: null, weights: { blue: 20, green: 80 } });

    expect(decideClaim(fresh, { ...claim, adopted: 'never' })).toMatchObject({
      kind: 'claim',
      fence: { seq: 1, origin: 'green', weights: { blue: 20, green: 80 } },
    });
  });

  it('stops a shift, but no return, when the annotation was lost', () => {
    const lost = route({ fence: null });

    expect(decideClaim(lost, claim)).toEqual({ kind: 'fence-lost' });
    expect(decideClaim(lost, { ...claim, purpose: 'return' })).toMatchObject({ kind: 'claim' });
  });

  it('does not adopt weights that are none, and a return claims with the last good ones', () => {
    const odd = route({ weights: { blue: 50, green: 60 } });

    expect(decideClaim(odd, claim)).toEqual({ kind: 'invalid-weights', live: { blue: 50, green: 60 } });
    expect(decideClaim(odd, { ...claim, purpose: 'return' })).toMatchObject({ fence: { weights: half } });
  });

  it('without the table takes the epoch above the live one', () => {
    expect(epochFromRoute(route())).toBe(8);
    expect(epochFromRoute({ fence: null })).toBe(1);
  });
});

describe('writing weights', () => {
  it('by the holder is sent with the next number', () => {
    expect(decideWrite(route(), write)).toEqual({
      kind: 'write',
      weights: allOn('green'),
      fence: fence({ seq: 4, weights: allOn('green') }),
      overwrites: null,
    });
  });

  it('by a holder that lost the lock is refused, however late it arrives (I12)', () => {
    expect(decideWrite(route({ fence: fence({ epoch: 8 }) }), write)).toEqual({ kind: 'stale-holder', epoch: 8 });
    expect(decideWrite(route({ fence: fence({ operation: 'other' }) }), write)).toEqual({
      kind: 'stale-holder',
      epoch: 7,
    });
  });

  it('before the claim is refused', () => {
    expect(decideWrite(route(), { ...write, epoch: 8 })).toEqual({ kind: 'not-claimed', epoch: 7 });
  });

  it('redelivered is already written, and an older one or another of the same number is stale (I10)', () => {
    expect(decideWrite(route(), { ...write, seq: 3, wanted: half })).toMatchObject({ kind: 'already-written' });
    expect(decideWrite(route(), { ...write, seq: 3 })).toEqual({ kind: 'stale-command', seq: 3 });
    expect(decideWrite(route(), { ...write, seq: 2 })).toEqual({ kind: 'stale-command', seq: 3 });
  });

  it('stops at drift, which only a return to one side goes over, and reports', () => {
    const drifted = route({ weights: { blue: 10, green: 90 } });
    const drift = { live: { blue: 10, green: 90 }, expected: half };

    expect(decideWrite(drifted, write)).toEqual({ kind: 'drift', ...drift });
    expect(decideWrite(drifted, { ...write, purpose: 'return', wanted: { blue: 70, green: 30 } })).toMatchObject({
      kind: 'drift',
    });
    expect(decideWrite(drifted, { ...write, purpose: 'return', wanted: allOn('blue') })).toMatchObject({
      kind: 'write',
      overwrites: drift,
    });
  });

  it('without a fence is refused to a shift and granted to a return', () => {
    expect(decideWrite(route({ fence: null }), write)).toEqual({ kind: 'fence-lost' });
    expect(decideWrite(route({ fence: null }), { ...write, purpose: 'return' })).toMatchObject({ kind: 'write' });
  });

  it('of weights that do not sum to 100 is a fault (I1)', () => {
    expect(() => decideWrite(route(), { ...write, wanted: { blue: 50, green: 49 } })).toThrow(/sum to 100/);
  });
});

describe('for any two operations racing with any delays and repetitions', () => {
  const environment = fc.constantFrom<EnvironmentName>('blue', 'green');
  const weights = fc.integer({ min: 0, max: 100 }).map((blue): Weights => ({ blue, green: 100 - blue }));
  const purpose = fc.constantFrom('shift' as const, 'return' as const);
  const holder = fc.integer({ min: 1, max: 3 }).map((epoch) => ({ epoch, operation: `operation-${epoch}` }));
  const message = fc.oneof(
    fc.record({ kind: fc.constant('claim' as const), holder, purpose }),
    fc.record({
      kind: fc.constant('write' as const),
      holder,
      purpose,
      seq: fc.integer({ min: 1, max: 9 }),
      wanted: weights,
    }),
    fc.record({ kind: fc.constant('somebody' as const), weights }),
  );

  it('I1 holds, the epoch and the number never go back, and no stale holder writes (I12)', () => {
    fc.assert(
      fc.property(environment, fc.array(message, { maxLength: 30 }), (active, messages) => {
        let live: RouteState = { weights: allOn(active), fence: null, resourceVersion: '1' };
        let adopted: 'never' | 'before' = 'never';
        for (const one of messages) {
          const before: Fence | null = live.fence;
          if (one.kind === 'somebody') {
            live = { ...live, weights: one.weights };
          } else if (one.kind === 'claim') {
            const decision = decideClaim(live, { ...one.holder, adopted, purpose: one.purpose });
            if (decision.kind !== 'claim') continue;
            expect(decision.fence.weights).toEqual(live.weights);
            live = { ...live, fence: decision.fence };
            adopted = 'before';
          } else {
            const decision = decideWrite(live, {
              ...one.holder,
              seq: one.seq,
              wanted: one.wanted,
              purpose: one.purpose,
            });
            if (decision.kind !== 'write') continue;
            if (before) expect(one.holder.epoch).toBe(before.epoch);
            live = { ...live, weights: decision.weights, fence: decision.fence };
          }
          expect(areWeights(live.weights)).toBe(true);
          if (before) {
            expect(live.fence?.epoch).toBeGreaterThanOrEqual(before.epoch);
            expect(live.fence?.seq).toBeGreaterThanOrEqual(before.seq);
          }
        }
      }),
    );
  });

  it('a write that was made is not made again', () => {
    fc.assert(
      fc.property(weights, weights, purpose, (now, wanted, why) => {
        const live = route({ weights: now, fence: fence({ weights: now }) });
        const command = { ...write, wanted, purpose: why };
        const first = decideWrite(live, command);
        if (first.kind !== 'write') throw new Error(`expected a write, got ${first.kind}`);

        const second = decideWrite({ ...live, weights: first.weights, fence: first.fence }, command);

        expect(second.kind).toBe('already-written');
      }),
    );
  });
});
