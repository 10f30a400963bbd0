import { because } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { pageOnCall } from '../notice/page-on-call.ts';
import { endOperation } from '../operation/end-operation.ts';
import { freezeService } from '../operation/freeze-service.ts';
import { noteWeights } from '../operation/note-weights.ts';
import { findService } from '../operation/operation-context.ts';
import { releaseLock } from '../operation/release-lock.ts';
import type { GuardianDeps } from '../ports.ts';
import type { DeadExecution } from './dead-execution.ts';

/**
 * The second way back died as well: nothing more is tried. The service is frozen, everything that waits for its outcome gets it, and
 * the on-call is paged (I5, I7). The lock is freed last: until then a repetition of this event finds everything again.
 */
export async function freezeAfterRescue(
  deps: GuardianDeps,
  operation: OperationRecord,
  orphan: string | null,
  dead: DeadExecution,
): Promise<void> {
  const service = findService(deps.configuration, operation.service);
  const told = `The rollback died twice (the last time as ${dead.status}). Check where the traffic is.`;
  const reason = because('ReturnDied', told);
  await freezeService(deps, { service: service.name, reason, operation: operation.id });
  const others = await involved(deps, operation, orphan);
  // Whichever of the two ways back moved the traffic knows where it is.
  const moved = [operation, ...others].find(({ kind, weights }) => kind === 'rollback' && weights !== null);
  for (const one of [...others, operation]) {
    if (moved !== undefined) await noteWeights(deps, one, moved);
    await endOperation(deps, one, { outcome: 'frozen', reason });
  }
  await pageOnCall(deps, service, { operation: operation.id, kind: 'frozen', reason });
  for (const holder of new Set([orphan, operation.id])) {
    if (holder === null) continue;
    await releaseLock(deps, { id: holder, service: service.name });
  }
}

/** The operation that holds the lock, what it returns, and what this one returns: each once, without this one. */
async function involved(
  deps: GuardianDeps,
  operation: OperationRecord,
  orphan: string | null,
): Promise<OperationRecord[]> {
  const { trigger, related, id } = operation;
  const holder = orphan === null ? null : await deps.store.operations.read(orphan);
  const ids = new Set([orphan, related, holder?.related ?? null, 'operation' in trigger ? trigger.operation : null]);
  ids.delete(id);
  const found = await Promise.all([...ids].map((one) => (one === null ? null : deps.store.operations.read(one))));
  return found.filter((one) => one !== null);
}
