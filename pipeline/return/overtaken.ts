import type { Reason } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { endOperation } from '../operation/end-operation.ts';
import type { ReturnTrafficDeps } from '../ports.ts';
import type { DatabaseBudget } from './database-budget.ts';
import type { Situation } from './situation.ts';

/**
 * Tells the holder's record who returns it, before its lock is taken: a `Finalize` of it that was held up is refused from now on (I12).
 * True when it came first: then what is to be returned has an outcome, and everything is decided again.
 */
export async function hasEndedMeanwhile(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  situation: Situation | null,
  by: string,
): Promise<boolean> {
  const running = situation?.running ?? null;
  if (running === null || running.id === by || running.outcome !== null || running.returnedBy === by) return false;
  return (await budget.ask(() => deps.store.operations.update(running.id, { returnedBy: by }))) === 'ended';
}

/** A rollback that was registered, and then lost the race for the lock to another one, has its outcome too (I5). */
export async function endOvertaken(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  own: OperationRecord | null,
  reason: Reason,
): Promise<void> {
  if (own === null || own.outcome !== null) return;
  await budget.ask(() => endOperation(deps, own, { outcome: 'superseded', reason }));
}
