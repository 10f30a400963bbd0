import { because, type Reason } from '../../contracts/reason.ts';
import { durationWords } from '../../contracts/words.ts';
import { alertingSides, isAnswered } from '../../core/alerts/known-alerts.ts';
import { afterPause } from '../../core/judgement/compare-sides.ts';
import { measuredSince } from '../../core/judgement/look-back.ts';
import { audited, note, sluice } from '../operation/audited.ts';
import { type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { pausersAreOver, readAlerts } from './alert-look.ts';
import { inWords, lookAtSides } from './compare-sides.ts';

/** What a pause comes to in which nobody decided: the traffic goes back, or stays where it is with the service frozen. */
export type PauseOver =
  | { outcome: 'failed'; cause: 'expired'; reason: Reason }
  | { outcome: 'undecided'; cause: 'undecided'; reason: Reason };

/**
 * Looks whether a pause is over. It ends when the alerts that made it are resolved and both sides are well. At its deadline (I11) nothing is
 * done blindly: both sides are compared once more, and a side about which an alert still fires counts as bad (I7), unless it fired on the target
 * for a release before. Before the first step there is nothing to return and nothing to freeze for: the operation just ends. Null while it goes on,
 * and when there is none (any more).
 */
export async function pauseOver(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
): Promise<PauseOver | null> {
  const { pausedBecause, pausedAt, stateSince, shiftedAt, target } = operation;
  if (pausedBecause === null || target === null) return null;
  const look = { operation: operation.id, since: measuredSince(operation) };
  const resolved = await pausersAreOver(deps, service, operation);
  if (resolved !== null) {
    const comparison = await lookAtSides(deps, service, look);
    if (comparison.kind === 'none-bad') {
      const reason = `${resolved.over}; ${inWords(comparison)}`;
      await audited(
        deps,
        { operation: operation.id, action: 'resume', actor: sluice, reason, before: { pausedBecause } },
        () => {
          const changes = { pausedBecause: null, pausedAt: null, resumedAt: timestamp(deps) };
          return deps.store.operations.update(operation.id, changes);
        },
      );
      return null;
    }
  }
  if (deps.now() - Date.parse(pausedAt ?? stateSince) < service.deadlines.pause) return null;
  const begun = `Paused (${pausedBecause}); nobody decided within ${durationWords(service.deadlines.pause)}`;
  if (shiftedAt === null) {
    const reason = because('PauseExpired', `${begun}; no traffic was moved`);
    await note(deps, { operation: operation.id, action: 'end-pause', actor: sluice, reason });
    return { outcome: 'failed', cause: 'expired', reason };
  }
  const { known, firing } = await readAlerts(deps, service);
  // The origin must be well whatever was done for its alerts; the release on the target answers for its own.
  const accusing = firing.filter((alert) => alert.environment !== target || !isAnswered(alert, known, operation.id));
  const comparison = await lookAtSides(deps, service, { ...look, alerting: alertingSides(accusing) });
  const decided = afterPause(comparison, target);
  const reason = because(decided === 'return' ? 'PauseExpired' : 'PauseUndecided', `${begun}; ${inWords(comparison)}`);
  await note(deps, { operation: operation.id, action: 'end-pause', actor: sluice, reason, details: comparison });
  return decided === 'return'
    ? { outcome: 'failed', cause: 'expired', reason }
    : { outcome: 'undecided', cause: 'undecided', reason };
}
