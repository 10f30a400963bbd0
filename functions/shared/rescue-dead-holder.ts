import { createHash } from 'node:crypto';
import type { LockRecord } from '../../adapters/store/locks.ts';
import type { ExecutionStatus, Workflow } from '../../adapters/workflow/workflow.ts';
import type { DeadExecutionTrigger } from '../../contracts/trigger.ts';
import type { CommonDeps } from './operation-context.ts';

export interface RescueDeps extends CommonDeps {
  readonly workflow: Workflow;
  /** ARN of the rollback machine. */
  readonly rollbackMachine: string;
}

/** Status change events are best effort, so whoever finds a lock held asks about its holder (DESIGN §5, guardian). */
export async function rescueDeadHolder(deps: RescueDeps, service: string, holder: LockRecord): Promise<void> {
  if (holder.holder === null || holder.executionArn === null) return;
  const execution = await deps.workflow.describe(holder.executionArn);
  const status = execution === null ? 'ABORTED' : deathOf(execution.status, deps.now(), holder);
  if (status === null) return;
  await startDeadExecutionRollback(deps, {
    kind: 'dead-execution',
    service,
    operation: holder.holder,
    executionArn: holder.executionArn,
    status,
  });
}

/** Starts the one way back for an operation whose execution died. The name is the operation's, so that it starts once. */
export async function startDeadExecutionRollback(
  { workflow, rollbackMachine }: Pick<RescueDeps, 'workflow' | 'rollbackMachine'>,
  trigger: DeadExecutionTrigger,
): Promise<'started' | 'already-exists'> {
  const name = `dead-${createHash('sha256').update(trigger.executionArn).digest('hex').slice(0, 40)}`;
  const started = await workflow.start({
    stateMachineArn: rollbackMachine,
    name,
    input: { service: trigger.service, trigger },
  });
  return started.kind;
}

/** How a holder died, or null while it lives. A SUCCEEDED execution that still holds the lock died in its last steps. */
function deathOf(status: ExecutionStatus, now: number, holder: LockRecord): DeadExecutionTrigger['status'] | null {
  switch (status) {
    case 'FAILED':
    case 'TIMED_OUT':
    case 'ABORTED':
      return status;
    case 'SUCCEEDED':
      return 'FAILED';
    case 'RUNNING':
    case 'PENDING_REDRIVE':
      return holder.deadline !== null && now > Date.parse(holder.deadline) ? 'TIMED_OUT' : null;
  }
}
