import { createHash } from 'node:crypto';
import type { ExecutionStatus, Workflow } from '../../adapters/workflow/workflow.ts';
import { hours } from '../../contracts/duration.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import type { DeadExecutionTrigger } from '../../contracts/trigger.ts';
import { doneBefore } from '../operation/done-before.ts';
import { markSucceeded } from '../operation/mark-succeeded.ts';
import { executionArn } from '../operation/start-operation.ts';
import type { CommonDeps } from '../ports.ts';
import { maybeUnknownYet } from './known-within.ts';

export interface RescueDeps extends CommonDeps {
  readonly workflow: Workflow;
  /** ARN of the rollback machine. */
  readonly rollbackMachine: string;
}

/** What was found of a holder: alive, ended with only the release missing, or dead and given to a rescue, the execution of which is named. */
export type HolderFound =
  | { kind: 'alive' }
  | { kind: 'released' }
  | { kind: 'started' | 'already-exists'; executionArn: string };

/** Status change events are best effort, so whoever finds a lock held asks about its holder (DESIGN §5, guardian). */
export async function rescueDeadHolder(
  deps: Pick<RescueDeps, 'workflow' | 'rollbackMachine' | 'now' | 'store'>,
  service: string,
  holder: LockRecord,
): Promise<HolderFound> {
  if (holder.holder === null || holder.executionArn === null) return { kind: 'alive' };
  const execution = await deps.workflow.describe(holder.executionArn);
  if (execution === null && maybeUnknownYet(holder.acquiredAt, deps.now())) return { kind: 'alive' };
  const status = execution === null ? 'ABORTED' : deathOf(execution.status, deps.now(), holder);
  if (status === null) return { kind: 'alive' };
  if (await onlyLacksRelease(deps, holder.holder)) {
    await deps.store.locks.release(service, holder.holder);
    return { kind: 'released' };
  }
  const kind = await startDeadExecutionRollback(deps, {
    kind: 'dead-execution',
    service,
    operation: holder.holder,
    executionArn: holder.executionArn,
    status,
  });
  return { kind, executionArn: rescueOf(deps, holder.executionArn) };
}

/** It ended and died before it freed the lock, or is the standby machine, which has no operation: neither has traffic to return. */
async function onlyLacksRelease({ store }: Pick<RescueDeps, 'store'>, holder: string): Promise<boolean> {
  const operation = await store.operations.read(holder);
  if (operation === null) return true;
  if (operation.outcome === null || (await doneBefore(store, holder, 'start-rescue'))) return false;
  await markSucceeded(store, operation);
  return true;
}

/** ARN of the execution that returns a dead one, whether or not it has been started. */
export const rescueOf = ({ rollbackMachine }: Pick<RescueDeps, 'rollbackMachine'>, dead: string): string =>
  executionArn(rollbackMachine, nameOf(dead));

const nameOf = (dead: string): string => `dead-${createHash('sha256').update(dead).digest('hex').slice(0, 40)}`;

/** Starts the one way back for an operation whose execution died. The name is the operation's, so that it starts once. */
export async function startDeadExecutionRollback(
  { workflow, rollbackMachine, now }: Pick<RescueDeps, 'workflow' | 'rollbackMachine' | 'now'>,
  trigger: DeadExecutionTrigger,
): Promise<'started' | 'already-exists'> {
  const start = async (name: string) => {
    const input = { service: trigger.service, trigger };
    return (await workflow.start({ stateMachineArn: rollbackMachine, name, input })).kind;
  };
  const first = nameOf(trigger.executionArn);
  const started = await start(first);
  if (started === 'started') return started;
  // The first one may have left it to a return that was at work and has died since: then it is tried again, once an hour.
  const earlier = await workflow.describe(executionArn(rollbackMachine, first));
  if (earlier?.status !== 'SUCCEEDED' || !endedIdle(earlier.output)) return started;
  return start(nameOf(`${trigger.executionArn} ${Math.floor(now() / hours(1))}`));
}

function endedIdle(output: string | null): boolean {
  const read: unknown = output === null ? null : JSON.parse(output);
  return typeof read === 'object' && read !== null && 'outcome' in read && read.outcome === 'ignored';
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
