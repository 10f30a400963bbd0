import { environmentNames } from '../../contracts/names.ts';
import type { Holder } from '../operation/holder.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { capacityDrifts, loweredMinimumOf, restoredMinimumOf } from './capacity-seen.ts';
import { setCapacity } from './set-capacity.ts';

/**
 * Puts right, once for each environment, what somebody else took away of the capacity that a shift rests on; `observe` has recorded it
 * before (rule 8). Whether a step has to be planned anew for that: also where the minimum is right again by now, and once only.
 */
export async function restoreCapacity(
  deps: ActDeps,
  { operation, service }: OperationContext,
  holder: Holder,
): Promise<boolean> {
  const drifts = await capacityDrifts(deps.cluster(service), service);
  let known = operation.drifts;
  const replanned = environmentNames.filter((environment) => {
    const isLowered = drifts.some((one) => one.environment === environment && one.kind === 'lowered');
    const wasLowered = known.includes(loweredMinimumOf(environment)) && !known.includes(restoredMinimumOf(environment));
    return isLowered || wasLowered;
  });
  for (const environment of replanned) {
    // Noted first: a repetition after a crash is no second change by others.
    known = [...new Set([...known, restoredMinimumOf(environment)])];
    await deps.store.operations.update(operation.id, { drifts: known });
    const drift = drifts.find((one) => one.environment === environment && one.kind === 'lowered');
    if (drift === undefined) continue;
    const restored = { action: 'restore-capacity', environment, minReplicas: drift.before } as const;
    await setCapacity(deps, service, holder, { operation: operation.id, ...restored });
  }
  return replanned.length > 0;
}
