import { NotFound } from '../../contracts/errors.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { openPause } from '../../core/traffic/fence.ts';
import { note } from '../operation/audited.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';

/** Up to when an operation's pauses were ended. */
export const resumedAtOf = ({ resumedAt }: Pick<OperationRecord, 'resumedAt'>): Instant | null =>
  resumedAt === null ? null : parseInstant(resumedAt);

/** As above for a weight that is about to be written. A way back is never held up; without the database an alert could not know that it is one. */
export const pausesOverFor = (operation: Pick<OperationRecord, 'kind' | 'resumedAt'>, now: Instant): Instant | null =>
  operation.kind === 'rollback' ? now : resumedAtOf(operation);

/**
 * Takes a pause into the operation's record that stands on the route alone: the database was slow or away when the alert demanded it. From
 * then on people see it, and may end it. The operation as it is afterwards.
 */
export async function adoptRoutePause(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
): Promise<OperationRecord> {
  if (operation.pausedBecause !== null || operation.kind === 'rollback') return operation;
  // Whatever else is wrong with the route, or that it is gone, is for `routeDrift` to say.
  const live = await deps
    .cluster(service)
    .router.read({ purpose: 'return' })
    .catch((error: unknown) => {
      if (error instanceof NotFound) return null;
      throw error;
    });
  if (live === null) return operation;
  const pause = openPause(live, operation.id, resumedAtOf(operation));
  if (pause === null) return operation;
  const { reason, at, alert } = pause;
  await note(deps, { operation: operation.id, action: 'pause', actor: 'alertmanager', reason });
  const { by, startsAt } = alert;
  const actedOn = { operation: operation.id, action: 'pause' as const, by, startsAt, at };
  await deps.store.alerts.markActedOn(service.name, alert, actedOn);
  await deps.store.operations.update(operation.id, { pausedBecause: reason, pausedAt: at });
  return { ...operation, pausedBecause: reason, pausedAt: at };
}
