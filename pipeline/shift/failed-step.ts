import { DependencyUnavailable } from '../../contracts/errors.ts';
import { longestReason } from '../../contracts/failure-reason.ts';
import { because, type Reason, shortReason, withMore } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { measuredSince } from '../../core/judgement/look-back.ts';
import { note, sluice } from '../operation/audited.ts';
import { type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { inWords, lookAtSides } from './compare-sides.ts';

/** What becomes of a step whose target is bad. */
export type StepFailed =
  /** The traffic goes back; with `origin-worse` to the target, since both sides are bad and the origin is the worse one (I2's exception). */
  | { outcome: 'failed'; cause?: 'origin-worse'; reason: Reason }
  /** A person has to decide, since the release cannot be taken back. */
  | { outcome: 'paused'; reason: Reason };

/**
 * Decides how a failure is answered. A release that cannot be taken back is paused, and both sides are compared (DESIGN §5, Data). Everything
 * else goes back to the origin at once, unless that was judged for as long and has failed as well: only then are the sides compared, so that
 * no ordinary return waits for it.
 *
 * @param originFailed whether the origin, judged by the same objectives, was beyond a bound for as long as it may be.
 */
export async function afterFailure(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  { reason, originFailed }: { reason: Reason; originFailed: boolean },
): Promise<StepFailed> {
  if (await isIrreversible(deps, operation)) {
    // A pause of its own: the end of an alert that paused it before does not end this one.
    const pausedAt = timestamp(deps);
    const told = `${operation.release?.version ?? 'The release'} failed and cannot be rolled back without a person: ${reason}`;
    const why = because('IrreversibleRelease', told);
    await note(deps, { operation: operation.id, action: 'pause', actor: sluice, reason: why });
    await deps.store.operations.update(operation.id, { pausedBecause: shortReason(why, longestReason), pausedAt });
    const comparison = await compareNow(deps, { operation, service }, why);
    return {
      outcome: 'paused',
      reason: withMore(why, `; ${comparison === null ? 'could not be compared' : inWords(comparison)}`),
    };
  }
  // A planned way back goes where it came from (I7).
  const comparison =
    originFailed && operation.kind !== 'rollback' ? await compareNow(deps, { operation, service }, reason) : null;
  await note(deps, { operation: operation.id, action: 'judge', actor: sluice, reason });
  if (comparison === null) return { outcome: 'failed', reason };
  const told = withMore(reason, `; ${inWords(comparison)}`);
  return comparison.kind === 'both-bad' && comparison.lessBad === operation.target
    ? { outcome: 'failed', cause: 'origin-worse', reason: because('BothSidesBad', told) }
    : { outcome: 'failed', reason: told };
}

/** Null when the cluster does not answer: what is known already has to do, and no return waits for more. */
async function compareNow(deps: ObserveDeps, { operation, service }: OperationContext, reason: string) {
  try {
    const look = { operation: operation.id, since: measuredSince(operation) };
    const comparison = await lookAtSides(deps, service, look);
    await note(deps, { operation: operation.id, action: 'compare-sides', actor: sluice, reason, details: comparison });
    return comparison;
  } catch (error) {
    if (error instanceof DependencyUnavailable) return null;
    throw error;
  }
}

async function isIrreversible(deps: ObserveDeps, { kind, service, release }: OperationRecord): Promise<boolean> {
  if (kind !== 'deployment' || release === null) return false;
  const known = await deps.store.releases.read(service, release.digest);
  return known?.release.reversible === false;
}
