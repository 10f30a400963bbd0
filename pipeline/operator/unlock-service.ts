import type { ExecutionStatus } from '../../adapters/workflow/workflow.ts';
import type { ApiUnlocked } from '../../contracts/api/operator-actions.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { LockHeld } from '../../contracts/errors.ts';
import { because } from '../../contracts/reason.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { clause } from '../../contracts/words.ts';
import { operationId } from '../../core/operation/id.ts';
import { audited } from '../operation/audited.ts';
import { doneBefore } from '../operation/done-before.ts';
import { endOperation } from '../operation/end-operation.ts';
import { freezeService } from '../operation/freeze-service.ts';
import { holdBlamed } from '../operation/hold-blamed.ts';
import { noteWeights } from '../operation/note-weights.ts';
import { serviceChain } from '../operation/service-chain.ts';
import { wakeWaiting } from '../operation/wake.ts';
import type { OperatorDeps } from '../ports.ts';
import { maybeUnknownYet } from '../rescue/known-within.ts';
import { rescueDeadHolder, rescueOf } from '../rescue/rescue-dead-holder.ts';
import { describeUnlock, type Unlocked } from './describe-unlock.ts';
import { readServiceSnapshot } from './service-snapshot.ts';

/** Who asks for the lock to be freed, and why. */
export interface Unlock {
  readonly service: ServiceConfiguration;
  readonly reason: string;
  readonly actor: string;
}

/**
 * The last exit from a lock that nobody frees (rule 5). It never just drops the lock of an operation that had the route: one whose
 * execution is dead is given to the one way back, which fences first and frees the lock when the traffic is somewhere (I5, I12). Only
 * when that rescue died too, or when the holder is itself a rollback that lives, the service is frozen and the lock freed: the person who asks
 * is there to look (docs/adr/0027). Repeating it changes nothing.
 *
 * @throws {LockHeld} when its holder is alive and no rollback: an abort ends it.
 */
export async function unlockService(deps: OperatorDeps, unlock: Unlock): Promise<ApiUnlocked> {
  const { service, reason, actor } = unlock;
  const lock = await deps.store.locks.read(service.name);
  const { holder } = lock;
  const tell = async (unlocked: Unlocked): Promise<ApiUnlocked> => {
    const [snapshot, execution] = await Promise.all([
      readServiceSnapshot(deps, service),
      lock.executionArn === null ? null : deps.workflow.describe(lock.executionArn),
    ]);
    const isKnown = holder !== null && (await deps.store.operations.read(holder)) !== null;
    const told = describeUnlock(snapshot, { ...unlocked, lock, isKnown, execution: execution?.status ?? null });
    return { service: service.name, holder, outcome: unlocked.outcome, ...told };
  };
  if (holder === null) return tell({ outcome: 'already-free', rescue: null });
  const atWork = await rescueAtWork(deps, { ...lock, holder });
  if (atWork !== null) return tell({ outcome: 'rescue-at-work', rescue: atWork });
  return tell(
    await audited(
      deps,
      { operation: serviceChain(service), action: 'unlock', actor, reason, before: { holder, epoch: lock.epoch } },
      () => free(deps, unlock, { ...lock, holder }),
    ),
  );
}

/** The rescue that an earlier unlock, the guardian or another reader of the lock has started: it may have the lock itself by now. */
async function rescueAtWork(deps: OperatorDeps, lock: LockRecord & { holder: string }): Promise<string | null> {
  const { executionArn, holder } = lock;
  if (executionArn === null) return null;
  const started = await deps.workflow.describe(rescueOf(deps, executionArn));
  if (started !== null && isAlive(started.status)) return operationId(started.startedAt, started.name);
  const operation = await deps.store.operations.read(holder);
  const isRescue = operation?.kind === 'rollback' && operation.trigger.kind === 'dead-execution';
  return isRescue && (await isRunning(deps, executionArn, lock.acquiredAt)) ? holder : null;
}

async function free(deps: OperatorDeps, unlock: Unlock, lock: LockRecord & { holder: string }): Promise<Unlocked> {
  const { service } = unlock;
  const { holder } = lock;
  const operation = await deps.store.operations.read(holder);
  const rescued = operation !== null && (await doneBefore(deps.store, holder, 'start-rescue'));
  // The standby machine locks without an operation, and an ended operation only lacks the release: neither has traffic to return.
  if (!rescued && (operation === null || operation.outcome !== null)) {
    if (operation === null && (await isRunning(deps, lock.executionArn, lock.acquiredAt)))
      throw alive(service, lock, 'Sluice itself', 'it ends by itself');
    return release(deps, service, holder);
  }
  const rescue = await rescueDeadHolder(deps, service.name, lock);
  if (rescue.kind === 'alive' && operation?.kind === 'rollback') {
    return freeze(deps, unlock, operation, { holder, found: 'The rollback was running' });
  }
  if (rescue.kind === 'alive')
    throw alive(
      service,
      lock,
      `${lock.kind ?? 'Operation'} ${holder}`,
      `end it by \`sluice abort ${holder} --reason "…"\``,
    );
  if (rescue.kind === 'released') return release(deps, service, holder);
  const found = await deps.workflow.describe(rescue.executionArn);
  const id = found === null ? null : operationId(found.startedAt, found.name);
  if (rescue.kind === 'started') return { outcome: 'rescue-started', rescue: id };
  // One that exists, and that nobody can describe yet, has just been started by somebody else; a lock that is late needs an end all the same.
  const late = lock.deadline !== null && deps.now() > Date.parse(lock.deadline);
  if (found === null ? !late : isAlive(found.status)) return { outcome: 'rescue-at-work', rescue: id };
  return freeze(deps, unlock, operation, { holder, found: 'Its rollback had died' });
}

const alive = ({ name }: ServiceConfiguration, { holder }: { holder: string }, who: string, exit: string) =>
  new LockHeld(`${who} holds the lock of ${name} and is still running: ${exit}. Nothing was changed.`, holder);

const isAlive = (status: ExecutionStatus): boolean => status === 'RUNNING' || status === 'PENDING_REDRIVE';

/** @param since when it had the lock. */
async function isRunning(deps: OperatorDeps, executionArn: string | null, since: string | null): Promise<boolean> {
  if (executionArn === null) return false;
  const execution = await deps.workflow.describe(executionArn);
  return execution === null ? maybeUnknownYet(since, deps.now()) : isAlive(execution.status);
}

async function release(deps: OperatorDeps, { name }: ServiceConfiguration, holder: string): Promise<Unlocked> {
  await deps.store.locks.release(name, holder);
  await wakeWaiting(deps, name);
  return { outcome: 'released', rescue: null };
}

/** Nobody returns the traffic any more. Every operation still gets its one outcome (I5), and no deployment begins until somebody unfreezes. */
async function freeze(
  deps: OperatorDeps,
  { service, reason, actor }: Unlock,
  operation: OperationRecord | null,
  { holder, found }: { holder: string; found: string },
): Promise<Unlocked> {
  const told = `Unlocked by ${actor}: ${clause(reason)}. ${found}. Check where the traffic is.`;
  const why = because('UnlockedByPerson', told);
  await freezeService(deps, { service: service.name, reason: why, operation: holder, actor });
  if (operation !== null) await holdBlamed(deps, operation);
  for (const id of new Set([operation?.related ?? holder, holder])) {
    const ended = id === holder ? operation : await deps.store.operations.read(id);
    if (ended !== null && operation !== null) await noteWeights(deps, ended, operation);
    await endOperation(deps, ended ?? { id, outcome: null }, { outcome: 'frozen', reason: why, actor });
  }
  await release(deps, service, holder);
  return { outcome: 'frozen', rescue: null };
}
