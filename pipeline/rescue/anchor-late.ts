import { seconds } from '../../contracts/duration.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { anchorOf } from '../../core/audit/anchor.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { AnchorLateDeps } from '../ports.ts';

/** So long an ended operation's own function may take for it. */
const itsTurn = seconds(10);

/**
 * Anchors what should have been when it ended, when S3 was away or the function died; and what had ended before the audit was anchored
 * at all. The first fault ends it: the next look goes on, and the way back of other services is not kept waiting.
 */
export async function anchorLate(deps: AnchorLateDeps, operations: readonly OperationRecord[]): Promise<void> {
  const { anchors, log } = deps;
  if (anchors === null) return;
  for (const { id, outcome, endedAt, anchoredAt } of operations) {
    if (outcome === null || endedAt === null || anchoredAt !== null) continue;
    if (deps.now() - Date.parse(endedAt) < itsTurn) continue;
    try {
      const anchor = anchorOf(id, await deps.store.audit.list(id), outcome);
      if (anchor === null) {
        log({
          level: 'error',
          message: `The audit of ${id} is not whole, and was not anchored: sluice audit verify ${id}`,
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
