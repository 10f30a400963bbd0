import { because, type Reason } from '../../contracts/reason.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { noteDriftOnce } from '../shift/note-drift.ts';
import type { Drifted } from '../shift/route-drift.ts';
import { capacityDrifts, loweredMinimumOf, minimumOf, restoredMinimumOf } from './capacity-seen.ts';

/** `replan`: the step is planned anew, which puts the capacity right and judges it from its beginning (docs/adr/0025). */
export type CapacityLook = { outcome: 'replan'; reason: Reason } | Drifted;

/**
 * Looks whether somebody else has changed the minimums that the shift rests on. Each change is recorded once. One that took capacity away
 * has the step planned anew; who does it again after that means it, or is another controller: then the operation ends and all goes back.
 */
export async function capacityLook(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
): Promise<CapacityLook | null> {
  const lowered: CapacityLook[] = [];
  const { drifts } = operation;
  for (const { environment, kind, before, after } of await capacityDrifts(deps.cluster(service), service)) {
    const what = minimumOf(environment);
    const again = drifts.includes(restoredMinimumOf(environment));
    const told = `Somebody else changed ${what} to ${after}${again ? ' once more' : ''}; Sluice last wrote ${before}.`;
    const reason = because('CapacityDrifted', told);
    if (!drifts.includes(reason)) await noteDriftOnce(deps, { operation: operation.id, what, before, after, reason });
    if (kind !== 'lowered') continue;
    lowered.push(again ? { outcome: 'drift', cause: 'drift', reason } : { outcome: 'replan', reason });
    if (!again) await noteOnce(deps, operation.id, loweredMinimumOf(environment));
  }
  return lowered.find(({ outcome }) => outcome === 'drift') ?? lowered[0] ?? null;
}

/** For `restoreCapacity`, which counts it also when the minimum is right again by then, so that it is planned anew once and no more (I11). */
async function noteOnce({ store }: ObserveDeps, id: string, drift: string): Promise<void> {
  const drifts = (await store.operations.read(id))?.drifts ?? [];
  if (!drifts.includes(drift)) await store.operations.update(id, { drifts: [...drifts, drift] });
}
