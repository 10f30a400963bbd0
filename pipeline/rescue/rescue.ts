import type { OperationRecord } from '../../contracts/records/operation.ts';
import { retryName } from '../../core/operation/retry-name.ts';
import { audited, sluice } from '../operation/audited.ts';
import type { GuardianDeps } from '../ports.ts';
import type { DeadExecution } from './dead-execution.ts';
import { startDeadExecutionRollback } from './rescue-dead-holder.ts';

/** Starts the one way back for `orphan`, which holds the lock and that nobody carries on. By name, hence once. */
export async function rescue(
  deps: GuardianDeps,
  operation: OperationRecord,
  orphan: string,
  dead: DeadExecution,
): Promise<void> {
  const reason = `The execution ended as ${dead.status}.`;
  await audited(
    deps,
    { operation: operation.id, action: 'start-rescue', actor: sluice, reason, wanted: { operation: orphan } },
    () =>
      startDeadExecutionRollback(deps, {
        kind: 'dead-execution',
        service: operation.service,
        operation: orphan,
        executionArn: dead.executionArn,
        status: dead.status,
      }),
  );
}

/**
 * Starts once more a return that was to happen at once, for an alert or a person's emergency, and that died before it had the lock: the
 * traffic is still where it burns, or was returned without the database and nobody knows. False when there is nothing to repeat.
 */
export async function retryReturn(
  deps: GuardianDeps,
  operation: OperationRecord,
  dead: DeadExecution,
): Promise<boolean> {
  const { trigger } = operation;
  const atOnce = trigger.kind === 'alert' || (trigger.kind === 'person' && 'emergency' in trigger && trigger.emergency);
  if (!atOnce || operation.abort !== null) return false;
  const name = retryName(dead.executionArn);
  const reason = `The execution ended as ${dead.status} before it had the lock.`;
  await audited(deps, { operation: operation.id, action: 'start-again', actor: sluice, reason, wanted: { name } }, () =>
    deps.workflow.start({
      stateMachineArn: deps.rollbackMachine,
      name,
      input: { service: operation.service, trigger },
    }),
  );
  return true;
}
