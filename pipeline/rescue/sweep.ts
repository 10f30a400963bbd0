import type { ExecutionDescription } from '../../adapters/workflow/workflow.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { GuardianDeps } from '../ports.ts';
import { anchorLate, anchorServiceLate } from './anchor-late.ts';
import { closeIntents } from './close-intents.ts';
import type { DeadExecution } from './dead-execution.ts';
import { type GuardAnswer, guard } from './guard.ts';
import { maybeUnknownYet } from './known-within.ts';
import { pageForgeries } from './page-forgeries.ts';
import { pageFreezes } from './page-freezes.ts';
import { pagePauses } from './page-pauses.ts';
import { pageTruncated } from './page-truncated.ts';
import { startForgottenStandby } from './start-forgotten-standby.ts';
import { sweepForgotten } from './sweep-forgotten.ts';
import { sweepUnregistered } from './sweep-unregistered.ts';

/** The newest operations that are asked about; what is older and open holds the lock. */
const recent = 50;

/** So long after an execution handed its operation over, its successor must have it: else that one died before it came to that. */
const handOver = seconds(30);

/**
 * Does on a timer what status change events are for, since those are best effort: asks Step Functions about everything that is open,
 * and about the holder of each lock. What is dead is guarded as if its event had come, and what is beyond its deadline is dead (I5,
 * I11), also when nobody waits for it. One service's fault keeps no other one from being looked at; it is thrown at the end.
 */
export async function sweep(deps: GuardianDeps): Promise<GuardAnswer[]> {
  const looked = await allOf([
    ...deps.configuration.services.map((service) => sweepService(deps, service)),
    sweepUnregistered(deps),
    sweepForgotten(deps),
  ]);
  return looked.flat();
}

/** Waits for all of them, whether or not one fails; then throws the first failure. */
async function allOf<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(works);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

async function sweepService(deps: GuardianDeps, service: ServiceConfiguration): Promise<GuardAnswer[]> {
  const { name } = service;
  const [lock, operations] = await Promise.all([deps.store.locks.read(name), deps.store.operations.list(name, recent)]);
  // The list may lag behind; what it says is only where to look.
  const open = new Map(operations.filter(({ outcome }) => outcome === null).map((one) => [one.executionArn, one]));
  const arns = new Set(open.keys());
  if (lock.holder !== null && lock.executionArn !== null) arns.add(lock.executionArn);

  const answers: GuardAnswer[] = [];
  for (const executionArn of arns) {
    const operation = open.get(executionArn) ?? null;
    const late = isPast(deps, operation?.deadline ?? (executionArn === lock.executionArn ? lock.deadline : null));
    const execution = await deps.workflow.describe(executionArn);
    const dead = deathOf(deps, { execution, executionArn, operation, late });
    if (dead === null) continue;
    answers.push(await guard(deps, dead));
    // Fence first, stop second: with the lock, the way back stops it. Without, it has touched nothing.
    if (execution?.status === 'RUNNING' && lock.executionArn !== executionArn) {
      const why = { error: 'DeadlineExceeded', cause: 'The operation is beyond its deadline.' };
      await deps.workflow.stop(executionArn, why);
    }
  }
  // A pager that is down keeps no audit from being anchored, and the other way round.
  await allOf([
    pagePauses(deps, service, operations),
    pageFreezes(deps, service),
    pageTruncated(deps, service),
    pageForgeries(deps, service, operations),
    anchorLate(deps, operations),
    anchorServiceLate(deps, service),
    closeIntents(deps, service),
    startForgottenStandby(deps, service, null),
  ]);
  return answers;
}

const isPast = ({ now }: GuardianDeps, deadline: string | null): boolean =>
  deadline !== null && now() > Date.parse(deadline);

interface Asked {
  readonly execution: ExecutionDescription | null;
  readonly executionArn: string;
  readonly operation: OperationRecord | null;
  readonly late: boolean;
}

/** How an execution died, in the words of its event; null while it lives, or while its successor may be about to take over. */
function deathOf(deps: GuardianDeps, { execution, executionArn, operation, late }: Asked): DeadExecution | null {
  const name = executionArn.slice(executionArn.lastIndexOf(':') + 1);
  if (execution === null) {
    // Its machine was deleted, or it is forgotten: only the record still knows when it began.
    const startDate = operation === null ? null : Date.parse(operation.startedAt);
    if (operation !== null && maybeUnknownYet(operation.startedAt, deps.now())) return null;
    return startDate === null ? null : { executionArn, stateMachineArn: '', name, status: 'ABORTED', startDate };
  }
  const { stateMachineArn, startedAt: startDate, input, error, cause } = execution;
  const died = { executionArn, stateMachineArn, name, startDate, input, error, cause };
  switch (execution.status) {
    case 'FAILED':
    case 'TIMED_OUT':
    case 'ABORTED':
      return { ...died, status: execution.status };
    case 'SUCCEEDED': {
      const ended = execution.stoppedAt ?? startDate;
      return deps.now() - ended > handOver ? { ...died, status: 'FAILED' } : null;
    }
    case 'RUNNING':
    case 'PENDING_REDRIVE':
      return late ? { ...died, status: 'TIMED_OUT' } : null;
  }
}
