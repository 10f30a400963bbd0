import type { Holder } from '../operation/holder.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { capacityDrifts, restoredMinimumOf } from './capacity-seen.ts';
import { setCapacity } from './set-capacity.ts';

/**
 * Puts right, once for each environment, what somebody else took away of the capacity that a shift rests on; `observe` has recorded it
 * before (rule 8). Whether there was something to put right.
 */
export async function restoreCapacity(
  deps: ActDeps,
  { operation, service }: OperationContext,
  holder: Holder,
): Promise<boolean> {
  const drifts = await capacityDrifts(deps.cluster(service), service);
  const lowered = drifts.filter(({ kind }) => kind === 'lowered');
  let known = operation.drifts;
  for (const { environment, before } of lowered) {
    // Noted first: a repetition after a crash is no second change by others.
    known = [...new Set([...known, restoredMinimumOf(environment)])];
    await deps.store.operations.update(operation.id, { drifts: known });
    const restored = { operation: operation.id, action: 'restore-capacity', environment, minReplicas: before } as const;
    await setCapacity(deps, service, holder, restored);
  }
  return lowered.length > 0;
}
