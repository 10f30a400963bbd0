import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { hours, seconds } from '../../contracts/duration.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { anchorOf, anchorOfNewest } from '../../core/audit/anchor.ts';
import { timestamp } from '../operation/operation-context.ts';
import { serviceChain } from '../operation/service-chain.ts';
import type { AnchorLateDeps } from '../ports.ts';

/** So long an ended operation's own function may take for it. */
const gracePeriod = seconds(10);

/**
 * Anchors what should have been when it ended, when S3 was away or the function died; and what had ended before the audit was anchored
 * at all. The first fault ends it: the next look goes on, and the way back of other services is not kept waiting.
 */
export async function anchorLate(deps: AnchorLateDeps, operations: readonly OperationRecord[]): Promise<void> {
  const { anchors, log } = deps;
  if (anchors === null) return;
  for (const { id, outcome, endedAt, anchoredAt } of operations) {
    if (outcome === null || endedAt === null || anchoredAt !== null) continue;
    if (deps.now() - Date.parse(endedAt) < gracePeriod) continue;
    try {
      const anchor = anchorOf(id, await deps.store.audit.list(id), outcome);
      if (anchor === null) {
        log({
          level: 'error',
          message: `The audit of ${id} is not complete, and was not anchored: sluice audit verify ${id}`,
        });
        continue;
      }
      await anchors.put(anchor);
      await deps.store.operations.markAnchored(id, timestamp(deps));
    } catch (error) {
      log({ level: 'warn', message: `The audit of ${id} could not be anchored yet.`, error });
      return;
    }
  }
}

/** So long the guardian looks back at what was done to a service: whoever did it anchors it at once, and S3 is seldom away for longer. */
const looksBack = hours(6);

/** The same of what people did to a service itself. What is anchored already is refused by S3, which changes nothing. */
export async function anchorServiceLate(deps: AnchorLateDeps, service: ServiceConfiguration): Promise<void> {
  const { anchors, log, store, now } = deps;
  if (anchors === null) return;
  const chain = serviceChain(service);
  const [newest] = await store.audit.proofs(chain, 1);
  if (newest === undefined || now() - newest.entry.at < gracePeriod || now() - newest.entry.at > looksBack) return;
  try {
    const proofs = await store.audit.proofs(chain);
    const proven = proofs.every(({ state }) => state === 'sealed' || state === 'late');
    const entries = proofs.map(({ entry }) => entry);
    const anchor = proven ? anchorOfNewest(chain, entries) : null;
    if (anchor !== null) await anchors.put(anchor);
    else
      log({
        level: 'error',
        message: `The audit of ${chain} is not complete, and was not anchored: sluice audit verify --service ${service.name}`,
      });
  } catch (error) {
    log({ level: 'warn', message: `The audit of ${chain} could not be anchored yet.`, error });
  }
}
