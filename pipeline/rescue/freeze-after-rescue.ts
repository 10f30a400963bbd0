import type { OperationRecord } from '../../contracts/operation.ts';
import { pageOnCall } from '../notice/page-on-call.ts';
import { audited, note, sluice } from '../operation/audited.ts';
import { findService, timestamp } from '../operation/operation-context.ts';
import { wakeWaiting } from '../operation/wake.ts';
import type { GuardianDeps } from '../ports.ts';
import type { DeadExecution } from './dead-execution.ts';
import { endOperation } from './end-operation.ts';

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
  const reason = `The rollback died twice (the last time as ${dead.status}); where the traffic is has to be looked at.`;
  await audited(
    deps,
    { operation: operation.id, action: 'freeze', actor: sluice, reason, wanted: { service: service.name } },
    () =>
      deps.store.releases.freeze(service.name, { reason, operation: operation.id, by: sluice, at: timestamp(deps) }),
  );
  const others = await involved(deps, operation, orphan);
  for (const one of [...others, operation]) await endOperation(deps, one, 'frozen', reason);
  await pageOnCall(deps, service, { operation: operation.id, kind: 'frozen', reason });
  for (const holder of new Set([orphan, operation.id])) {
    if (holder === null) continue;
    const released = await deps.store.locks.release(service.name, holder);
    if (released === 'released') await note(deps, { operation: holder, action: 'release-lock', actor: sluice });
  }
  await wakeWaiting(deps, service.name);
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
