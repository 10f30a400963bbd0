import { durationWords } from '../../contracts/words.ts';
import { afterPause } from '../../core/judgement/compare-sides.ts';
import { measuredSince } from '../../core/judgement/look-back.ts';
import { note, sluice } from '../operation/audited.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { inWords, lookAtSides } from './compare-sides.ts';

/** What a pause comes to in which nobody decided: the traffic goes back, or stays where it is with the service frozen. */
export type PauseOver =
  | { outcome: 'failed'; cause: 'expired'; reason: string }
  | { outcome: 'undecided'; cause: 'undecided'; reason: string };

/** Ends a pause at its deadline (I11), never blindly: both sides are compared once more (I7). Null while people still have time. */
export async function pauseOver(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
): Promise<PauseOver | null> {
  const { pausedBecause, pausedAt, stateSince, target } = operation;
  if (pausedBecause === null || target === null) return null;
  if (deps.now() - Date.parse(pausedAt ?? stateSince) < service.deadlines.pause) return null;
  const comparison = await lookAtSides(deps, service, { operation: operation.id, since: measuredSince(operation) });
  const decided = afterPause(comparison, target);
  const reason = `Paused (${pausedBecause}); nobody decided within ${durationWords(service.deadlines.pause)}; ${inWords(comparison)}`;
  await note(deps, { operation: operation.id, action: 'end-pause', actor: sluice, reason, details: comparison });
  return decided === 'return'
    ? { outcome: 'failed', cause: 'expired', reason }
    : { outcome: 'undecided', cause: 'undecided', reason };
}
