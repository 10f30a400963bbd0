import type { OperationRecord, Outcome } from '../../contracts/operation.ts';
import { audited, sluice } from '../operation/audited.ts';
import { closeIntents } from '../operation/close-intents.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { GuardianDeps } from '../ports.ts';

/** Writes an operation's one outcome, unless it has one (I5). */
export async function endOperation(
  deps: GuardianDeps,
  operation: OperationRecord,
  outcome: Outcome,
  reason: string,
): Promise<void> {
  await closeIntents(deps, operation.id);
  if (operation.outcome !== null) return;
  await audited(deps, { operation: operation.id, action: 'end', actor: sluice, reason, wanted: { outcome } }, () =>
    deps.store.operations.end(operation.id, { outcome, reason, at: timestamp(deps) }),
  );
}
