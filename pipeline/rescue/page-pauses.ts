import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import { parseInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { pageOnCall } from '../notice/page-on-call.ts';
import { sluice } from '../operation/audited.ts';
import type { GuardianDeps } from '../ports.ts';

/** So long a state machine may take that pages for a pause of its own making, of a release that cannot be taken back. */
const gracePeriod = seconds(30);

/**
 * Wakes the on-call for an operation that Sluice itself paused and that waits for a person with the traffic split, once for each pause
 * (I11, docs/adr/0012): judging goes on meanwhile and has no state that would page. Also when whoever should have paged died.
 * A pause by an alert is paged by the alert's own execution.
 *
 * @throws what a channel threw; the next look pages through that channel again, and through no other.
 */
export async function pagePauses(
  deps: GuardianDeps,
  service: ServiceConfiguration,
  operations: readonly OperationRecord[],
): Promise<void> {
  for (const { id, outcome, pausedAt } of operations) {
    if (outcome !== null || pausedAt === null) continue;
    const since = parseInstant(pausedAt);
    if (deps.now() - since < gracePeriod) continue;
    // The list may lag behind a person who let it go on.
    const operation = await deps.store.operations.read(id);
    if (operation === null || operation.outcome !== null || operation.pausedAt !== pausedAt) continue;
    const entries = await deps.store.audit.list(id);
    if (entries.findLast(({ action }) => action === 'pause')?.actor !== sluice) continue;
    const reason = operation.pausedBecause ?? 'It is paused.';
    await pageOnCall(deps, service, { operation: id, kind: 'needs-a-person', reason, pausedAt: since });
  }
}
