import { faultReason } from '../../contracts/failure-reason.ts';
import { instant } from '../../contracts/instant.ts';
import { because, type Reason, reasonOr } from '../../contracts/reason.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { readTrigger } from '../../contracts/trigger.ts';
import { operationId } from '../../core/operation/id.ts';
import { retryPrefix } from '../../core/operation/retry-name.ts';
import { pageOnCall } from '../notice/page-on-call.ts';
import { doneBefore } from '../operation/done-before.ts';
import { endOperation } from '../operation/end-operation.ts';
import { holdBlamed } from '../operation/hold-blamed.ts';
import { markSucceeded } from '../operation/mark-succeeded.ts';
import { findService } from '../operation/operation-context.ts';
import { registerOperation } from '../operation/register-operation.ts';
import { releaseLock } from '../operation/release-lock.ts';
import { wakeWaiting } from '../operation/wake.ts';
import type { GuardianDeps } from '../ports.ts';
import { type DeadExecution, deathOf } from './dead-execution.ts';
import { freezeAfterRescue } from './freeze-after-rescue.ts';
import { rescue, retryReturn } from './rescue.ts';
import { startForgottenStandby } from './start-forgotten-standby.ts';

export type GuardAnswer = {
  outcome: 'rescue-started' | 'retried' | 'frozen' | 'ended' | 'taken-over' | 'lock-released' | 'nothing-to-do';
  operation: string;
};

/** Gives an operation whose execution died its outcome, or what will give it one (I5). */
export async function guard(deps: GuardianDeps, dead: DeadExecution): Promise<GuardAnswer> {
  const id = operationId(instant(dead.startDate), dead.name);
  const operation = (await deps.store.operations.read(id)) ?? (await registerDead(deps, dead));
  if (operation === null) return { operation: id, outcome: await releaseUnregistered(deps, dead, id) };
  const answer = async (outcome: GuardAnswer['outcome']): Promise<GuardAnswer> => ({ outcome, operation: id });

  const lock = await deps.store.locks.read(operation.service);
  const orphan = orphanOf(operation, lock);
  if (isSecondDeath(operation, orphan, dead)) {
    await freezeAfterRescue(deps, operation, orphan, dead);
    return answer('frozen');
  }
  if (orphan === null && operation.outcome !== null) return answer(await settle(deps, operation));
  if (orphan !== null && !(await isSettled(deps, operation, orphan))) {
    // The rescue knows only that it died.
    await holdBlamed(deps, operation);
    await rescue(deps, operation, orphan, dead);
    // The rescue writes the outcome of what it returns; a rollback that died is not what it returns.
    if (operation.kind === 'rollback' || orphan !== operation.id) {
      await endOperation(deps, operation, {
        outcome: 'failed',
        reason: because('ExecutionDied', `${deathOf(dead)}; the rollback is retried once.`),
      });
    }
    return answer('rescue-started');
  }
  if (operation.outcome !== null) return answer('nothing-to-do');
  if (await isTakenOver(deps, operation, lock)) return answer('taken-over');
  if (await retryReturn(deps, operation, dead)) {
    await endOperation(deps, operation, {
      outcome: 'failed',
      reason: because('ExecutionDied', `${deathOf(dead)} before it had the lock; it is retried once.`),
    });
    return answer('retried');
  }
  await deps.store.candidates.withdraw(operation.service, operation.id);
  await endOperation(deps, operation, {
    outcome: operation.abort === null ? 'failed' : 'aborted',
    reason: endingReason(operation, dead),
  });
  await wakeWaiting(deps, operation.service);
  return answer('ended');
}

/** The operation that holds the lock and that nobody carries on: the dead one itself, or the one that it was to return. */
function orphanOf(operation: OperationRecord, lock: LockRecord): string | null {
  if (lock.holder === null) return null;
  if (lock.holder === operation.id) return operation.id;
  const { trigger } = operation;
  return 'operation' in trigger && trigger.operation === lock.holder ? lock.holder : null;
}

/** An ended holder only lacks the release of its lock, unless a rescue was started for it, which needs the lock as it is. */
async function isSettled(deps: GuardianDeps, operation: OperationRecord, orphan: string): Promise<boolean> {
  if (orphan !== operation.id || operation.outcome === null) return false;
  if (await doneBefore(deps.store, operation.id, 'start-rescue')) return true;
  await settle(deps, operation);
  return true;
}

/** A rollback that died is tried once more, and no third time (DESIGN §5, guardian). An outcome other than frozen is one. */
function isSecondDeath(operation: OperationRecord, orphan: string | null, dead: DeadExecution): boolean {
  if (operation.outcome !== null && operation.outcome !== 'frozen') return false;
  return operation.trigger.kind === 'dead-execution' ? orphan !== null : dead.name.startsWith(retryPrefix);
}

/** Another operation has the lock and writes this one's outcome when it ends. */
async function isTakenOver(deps: GuardianDeps, operation: OperationRecord, lock: LockRecord): Promise<boolean> {
  if (lock.holder === null) return false;
  return (await deps.store.operations.read(lock.holder))?.related === operation.id;
}

/** Does what an ended operation's execution may not have come to: paging about a freeze (I5), freeing the lock, the standby machine. */
async function settle(deps: GuardianDeps, operation: OperationRecord): Promise<GuardAnswer['outcome']> {
  if (operation.outcome === 'frozen' && operation.kind === 'rollback') {
    const service = findService(deps.configuration, operation.service);
    const reason = reasonOr('ReturnUnverified', operation.reason ?? 'The rollback could not be verified.');
    await pageOnCall(deps, service, { operation: operation.id, kind: 'frozen', reason });
  }
  await markSucceeded(deps.store, operation);
  const released = await releaseLock(deps, operation, 'The operation has ended.');
  await startForgottenStandby(deps, { name: operation.service }, operation.id);
  return released === 'not-held' ? 'nothing-to-do' : 'lock-released';
}

/** An execution that died in its first state has registered nothing: its input says what it was to be. */
async function registerDead(deps: GuardianDeps, dead: DeadExecution): Promise<OperationRecord | null> {
  const found = triggerOf(dead);
  if (found === null) return null;
  const { kind, trigger } = found;
  const execution = { arn: dead.executionArn, name: dead.name, startedAt: new Date(dead.startDate).toISOString() };
  const service = findService(deps.configuration, trigger.service);
  // What it was to return, and why: its release is blamed for that all the same (I6).
  const failed = trigger.kind === 'failure' ? { related: trigger.operation, reason: faultReason(trigger.reason) } : {};
  return registerOperation(deps, { execution, service, trigger, kind, ...failed });
}

function triggerOf({ input }: DeadExecution): ReturnType<typeof readTrigger> {
  try {
    const { trigger } = JSON.parse(input ?? '{}');
    return readTrigger(trigger);
  } catch {
    return null;
  }
}

/** The standby machine has no operation of its own, but locks while it lowers the capacity. */
async function releaseUnregistered(deps: GuardianDeps, { input }: DeadExecution, id: string) {
  const service = serviceOf(input);
  const known = deps.configuration.services.some(({ name }) => name === service);
  if (service === null || !known) return 'nothing-to-do';
  if ((await deps.store.locks.release(service, id)) === 'not-held') return 'nothing-to-do';
  await wakeWaiting(deps, service);
  return 'lock-released';
}

function serviceOf(input: string | null | undefined): string | null {
  try {
    const { service } = JSON.parse(input ?? '{}');
    return typeof service === 'string' ? service : null;
  } catch {
    return null;
  }
}

const endingReason = (operation: OperationRecord, dead: DeadExecution): Reason =>
  operation.abort === null
    ? because(
        'ExecutionDied',
        `${deathOf(dead)}${operation.epoch === null ? ', before it took the lock.' : '; what took its lock over has ended without its outcome.'}`,
      )
    : because('Aborted', `${operation.abort.actor} aborted it: ${operation.abort.reason}`);
