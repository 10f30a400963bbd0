import type { Fence, FencePause } from '../../contracts/fence.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import type { EnvironmentName, Weights } from '../../contracts/names.ts';
import { areWeights, assertWeights, largerSide, sameWeights, soleEnvironment } from './weights.ts';

/** The route object as it was just read. */
export interface RouteState {
  readonly weights: Weights;
  /** Null when the annotation is missing or damaged. */
  readonly fence: Fence | null;
  /** For the precondition of the write that follows. */
  readonly resourceVersion: string;
}

/** `return` sends the traffic back and may overwrite what would stop a `shift` (DESIGN §5, the fence). */
export type WritePurpose = 'shift' | 'return';

/** Who claims the route, and what for. */
export interface Claim {
  /** The epoch that the lock gave to this operation. */
  epoch: number;
  operation: string;
  /** Whether Sluice is known to have written this route before. */
  adopted: 'never' | 'before';
  purpose: WritePurpose;
}

export type ClaimDecision =
  | { kind: 'claim'; fence: Fence }
  | { kind: 'already-claimed'; fence: Fence }
  | { kind: 'stale-holder'; epoch: number }
  | { kind: 'fence-lost' }
  | { kind: 'invalid-weights'; live: Weights };

/**
 * Decides how to take over a route: a claim writes the new epoch and leaves the weights alone, after which every older holder
 * is stale (I12). Claiming again with the same epoch and operation changes nothing (I10).
 */
export function decideClaim(live: RouteState, { epoch, operation, adopted, purpose }: Claim): ClaimDecision {
  const { fence } = live;
  if (fence === null && adopted === 'before' && purpose === 'shift') return { kind: 'fence-lost' };
  if (fence !== null && fence.epoch >= epoch) {
    const mine = fence.epoch === epoch && fence.operation === operation;
    return mine ? { kind: 'already-claimed', fence } : { kind: 'stale-holder', epoch: fence.epoch };
  }
  if (!areWeights(live.weights) && purpose === 'shift') return { kind: 'invalid-weights', live: live.weights };
  const weights = areWeights(live.weights) ? live.weights : (fence?.weights ?? repaired(live.weights));
  const origin = originOf(live, purpose);
  return { kind: 'claim', fence: { epoch, seq: (fence?.seq ?? 0) + 1, operation, origin, weights } };
}

/** A return keeps the origin on record, since it may be repeated after its claim and must still know where to go. */
function originOf({ weights, fence }: RouteState, purpose: WritePurpose): EnvironmentName {
  if (purpose === 'return' && fence !== null) return fence.origin;
  return soleEnvironment(weights) ?? fence?.origin ?? largerSide(weights);
}

const repaired = (weights: Weights): Weights =>
  largerSide(weights) === 'blue' ? { blue: 100, green: 0 } : { blue: 0, green: 100 };

/** The epoch for a return that the table cannot give one: one above the route's own (rule 6). */
export const epochFromRoute = ({ fence }: Pick<RouteState, 'fence'>): number => (fence?.epoch ?? 0) + 1;

/** A write of both weights by the holder of the claim. */
export interface WeightWrite {
  epoch: number;
  operation: string;
  /** The number that this write will have: more than the claim's and than every write before it. */
  seq: number;
  wanted: Weights;
  purpose: WritePurpose;
  /** Up to when pauses were ended, by a person or by the end of the alert. */
  resumedAt?: Instant | null;
}

/** Whether a pause on the route was ended since it was demanded. */
const isOver = ({ at }: FencePause, resumedAt: Instant | null): boolean =>
  resumedAt !== null && resumedAt >= parseInstant(at);

/** The pause on the route of this operation that nobody has ended; null when there is none. */
export function openPause(
  { fence }: Pick<RouteState, 'fence'>,
  operation: string,
  resumedAt: Instant | null,
): FencePause | null {
  if (fence?.paused === undefined || fence.operation !== operation) return null;
  return isOver(fence.paused, resumedAt) ? null : fence.paused;
}

/** Somebody else changed the weights: what is there, and what Sluice wrote last. */
export interface Drift {
  live: Weights;
  expected: Weights;
}

export type WriteDecision =
  /** `overwrites`: the drift that a return goes over, to be reported. */
  | { kind: 'write'; fence: Fence; weights: Weights; overwrites: Drift | null }
  | { kind: 'already-written'; fence: Fence }
  | { kind: 'stale-holder'; epoch: number }
  | { kind: 'stale-command'; seq: number }
  | { kind: 'not-claimed'; epoch: number }
  /** An alert paused the shift, on the route itself (I7). */
  | { kind: 'paused'; reason: string }
  | ({ kind: 'drift' } & Drift)
  | { kind: 'fence-lost' };

/**
 * Decides whether a write may be sent, with `live.resourceVersion` as its precondition. Refuses holders that lost the lock
 * (I12), commands that come twice or late (I10), and going over somebody else's change (rule 8), except for a return of all
 * the traffic to one side.
 *
 * @throws InvalidInput when `wanted` breaks I1.
 */
export function decideWrite(live: RouteState, command: WeightWrite): WriteDecision {
  const { epoch, operation, seq, wanted, purpose, resumedAt = null } = command;
  assertWeights(wanted);
  const { fence } = live;
  const rescue = purpose === 'return' && soleEnvironment(wanted) !== null;
  if (fence === null) {
    if (!rescue) return { kind: 'fence-lost' };
    const next = { epoch, seq, operation, origin: largerSide(live.weights), weights: wanted };
    return { kind: 'write', fence: next, weights: wanted, overwrites: null };
  }
  if (fence.epoch < epoch) return { kind: 'not-claimed', epoch: fence.epoch };
  if (fence.epoch > epoch || fence.operation !== operation) return { kind: 'stale-holder', epoch: fence.epoch };
  const repeated = seq === fence.seq && sameWeights(wanted, fence.weights);
  if (seq <= fence.seq && !repeated) return { kind: 'stale-command', seq: fence.seq };
  const drift = sameWeights(live.weights, fence.weights) ? null : { live: live.weights, expected: fence.weights };
  if (drift !== null && !rescue) return { kind: 'drift', ...drift };
  if (drift === null && repeated) return { kind: 'already-written', fence };
  const { paused, ...unpaused } = fence;
  if (paused !== undefined && purpose === 'shift' && !isOver(paused, resumedAt)) {
    return { kind: 'paused', reason: paused.reason };
  }
  return { kind: 'write', fence: { ...unpaused, seq, weights: wanted }, weights: wanted, overwrites: drift };
}
