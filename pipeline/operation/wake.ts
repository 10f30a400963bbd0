import type { Store } from '../../adapters/store/store.ts';
import type { Workflow } from '../../adapters/workflow/workflow.ts';

/**
 * Wakes everybody who waits for the lock of a service. Only a nudge: they ask again by themselves (rule 5), so a failure here
 * is not worth failing for.
 */
export async function wakeWaiting(
  { store, workflow }: { store: Pick<Store, 'locks'>; workflow: Workflow },
  service: string,
): Promise<void> {
  const tokens = await store.locks.takeWaiting(service).catch(() => []);
  await Promise.all(tokens.map((token) => workflow.succeed(token, { outcome: 'woken' }).catch(() => 'gone')));
}

/** Wakes the execution that waits for the approval of an operation. Only a nudge, as above. */
export async function wakeApproval(
  { store, workflow }: { store: Pick<Store, 'approvals'>; workflow: Workflow },
  operation: string,
): Promise<void> {
  const approval = await store.approvals.read(operation);
  if (approval?.taskToken) await workflow.succeed(approval.taskToken, { outcome: 'woken' }).catch(() => 'gone');
}
