import type { LiveRoute, TrafficRouter } from '../../adapters/traffic/traffic-router.ts';
import { FenceLost, StaleHolder, WeightsDrifted, WriteConflict } from '../../contracts/errors.ts';
import type { Fence } from '../../contracts/fence.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { Weights } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { weightWords } from '../../contracts/words.ts';
import { decideClaim, decideWrite } from '../../core/traffic/fence.ts';
import type { Holder } from '../operation/holder.ts';
import type { ServiceCluster } from '../ports.ts';

/** Why the route is written: a return may do what a shift may not (DESIGN §5, the fence). */
export type Purpose = 'shift' | 'return';

/**
 * The route as an operation may see it: a rollback, a planned one too, is a way back, which stops at no shape of the route, while anything
 * else is refused where the weights do not decide about all of the traffic (rule 6).
 */
export function routerFor(
  { router }: Pick<ServiceCluster, 'router'>,
  { kind }: Pick<OperationRecord, 'kind'>,
): TrafficRouter {
  if (kind !== 'rollback') return router;
  return {
    ...router,
    read: (asked) => router.read({ ...asked, purpose: 'return' }),
    write: (write, asked) => router.write(write, { ...asked, purpose: 'return' }),
  };
}

export interface Claimed {
  readonly live: LiveRoute;
  readonly fence: Fence;
}

/** Others may write the route between our read and our write; each attempt decides anew on what is there. */
const ATTEMPTS = 6;

/**
 * Takes the route over for the lock's holder: writes its epoch, weights untouched.
 *
 * @throws {StaleHolder} when a later holder was here.
 * @throws {FenceLost} when a shift finds the fence removed.
 */
export async function claimRoute(router: TrafficRouter, holder: Holder, purpose: Purpose): Promise<Claimed> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const live = await router.read({ purpose });
    const decision = decideClaim(live, { ...holder, purpose });
    switch (decision.kind) {
      case 'already-claimed':
        return { live, fence: decision.fence };
      case 'stale-holder':
        throw staleHolder(holder, decision.epoch);
      case 'fence-lost':
        throw fenceLost(live);
      case 'invalid-weights':
        throw new WeightsDrifted(`The route's weights are ${weightWords(decision.live)}; they must sum to 100.`);
      case 'claim': {
        const { fence } = decision;
        const written = await router.write(
          { weights: fence.weights, fence, resourceVersion: live.resourceVersion },
          { purpose },
        );
        if (written.kind === 'written')
          return { live: { ...live, fence, resourceVersion: written.resourceVersion }, fence };
      }
    }
  }
  throw new WriteConflict('The route changed under every attempt to claim it.');
}

export type RouteWritten =
  | { kind: 'set'; weights: Weights }
  | { kind: 'drift'; live: Weights; expected: Weights }
  /** An alert paused the shift, on the route itself (I7). */
  | { kind: 'paused'; reason: string };

/**
 * Sets both weights as the `seq`-th write of the holder's epoch. A repetition of the same write changes nothing (I10).
 *
 * @throws {StaleHolder} when a later holder, or a later write of this one, was here (I12).
 * @throws {FenceLost} when a shift finds the fence removed.
 */
export async function writeRoute(
  router: TrafficRouter,
  holder: Holder,
  command: { seq: number; wanted: Weights; purpose: Purpose; resumedAt?: Instant | null },
): Promise<RouteWritten> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { purpose } = command;
    const live = await router.read({ purpose });
    const decision = decideWrite(live, { epoch: holder.epoch, operation: holder.operation, ...command });
    switch (decision.kind) {
      case 'already-written':
        return { kind: 'set', weights: live.weights };
      case 'stale-holder':
        throw staleHolder(holder, decision.epoch);
      case 'stale-command':
        throw new StaleHolder(
          `Write ${command.seq} of operation ${holder.operation} came after a later one.`,
          holder.epoch,
        );
      case 'not-claimed':
        throw new WeightsDrifted(
          `The route carries the older epoch ${decision.epoch}: it was replaced after it had been claimed.`,
        );
      case 'fence-lost':
        throw fenceLost(live);
      case 'drift':
        return { kind: 'drift', live: decision.live, expected: decision.expected };
      case 'paused':
        return decision;
      case 'write': {
        const { fence, weights } = decision;
        const written = await router.write({ weights, fence, resourceVersion: live.resourceVersion }, { purpose });
        if (written.kind === 'written') return { kind: 'set', weights };
      }
    }
  }
  throw new WriteConflict('The route changed under every attempt to write it.');
}

const staleHolder = (holder: Holder, epoch: number) =>
  new StaleHolder(
    `Operation ${holder.operation} has epoch ${holder.epoch}, but the route carries epoch ${epoch}: another operation took over.`,
    epoch,
  );

const fenceLost = (live: LiveRoute) =>
  new FenceLost(
    live.damaged === null
      ? 'The fence annotation of the route was removed; nothing is written until a person has looked.'
      : 'The fence annotation of the route cannot be read; nothing is written until a person has looked.',
  );
