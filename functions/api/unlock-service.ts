import type { LockRecord } from '../../adapters/store/locks.ts';
import type { ApiUnlocked } from '../../contracts/api/steering.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { LockHeld, WriteConflict } from '../../contracts/errors.ts';
import type { OperationRecord } from '../../contracts/operation.ts';
import { audited } from '../shared/audited.ts';
import { doneBefore } from '../shared/done-before.ts';
import { timestamp } from '../shared/operation-context.ts';
import { rescueDeadHolder } from '../shared/rescue-dead-holder.ts';
import { wakeWaiting } from '../shared/wake.ts';
import { serviceChain } from './audit-view.ts';
import type { ApiDeps } from './deps.ts';

/** Who asks for the lock to be freed, and why. */
export interface Unlock {
  readonly service: ServiceConfiguration;
  readonly reason: string;
  readonly actor: string;
}

/**
 * The last exit from a lock that nobody frees (rule 5). It never just drops the lock of an operation that had the route: one whose
 * execution is dead is given to the one way back, which fences first and frees the lock when the traffic is somewhere (I5, I12). Only
 * when that rescue died too, the service is frozen and the lock freed: the person who asks is there to look.
 *
 * @throws {WriteConflict} when the lock is free.
 * @throws {LockHeld} when its holder is alive: an abort ends it.
 */
export async function unlockService(deps: ApiDeps, unlock: Unlock): Promise<ApiUnlocked> {
  const { service, reason, actor } = unlock;
  const lock = await deps.store.locks.read(service.name);
  const { holder } = lock;
  if (holder === null) throw new WriteConflict(`The lock of ${service.name} is free.`);
  const outcome = await audited(
    deps,
    { operation: serviceChain(service), action: 'unlock', actor, reason, before: { holder, epoch: lock.epoch } },
    () => free(deps, unlock, { ...lock, holder }),
  );
  return { service: service.name, holder, outcome };
}

async function free(
  deps: ApiDeps,
  unlock: Unlock,
  lock: LockRecord & { holder: string },
): Promise<ApiUnlocked['outcome']> {
  const { service } = unlock;
  const { holder } = lock;
  const operation = await deps.store.operations.read(holder);
  const rescued = operation !== null && (await doneBefore(deps.store, holder, 'start-rescue'));
  // The standby machine locks without an operation, and an ended operation only lacks the release: neither has traffic to return.
  if (!rescued && (operation === null || operation.outcome !== null)) {
    if (operation === null && (await isRunning(deps, lock.executionArn)))
      throw alive(service, lock, 'it ends by itself');
    return release(deps, service, holder);
  }
  const rescue = await rescueDeadHolder(deps, service.name, lock);
  if (rescue.kind === 'alive') throw alive(service, lock, `end it with "sluice abort ${holder}"`);
  if (rescue.kind === 'released') return release(deps, service, holder);
  if (rescue.kind === 'started') return 'rescue-started';
  if (await isRunning(deps, rescue.executionArn)) throw alive(service, lock, 'its rescue is at work');
  return freeze(deps, unlock, operation, holder);
}

const alive = ({ name }: ServiceConfiguration, { holder, kind }: LockRecord & { holder: string }, exit: string) =>
  new LockHeld(`${kind ?? 'Operation'} ${holder} holds the lock of ${name} and is alive: ${exit}.`, holder);

async function isRunning(deps: ApiDeps, executionArn: string | null): Promise<boolean> {
  const execution = executionArn === null ? null : await deps.workflow.describe(executionArn);
  return execution?.status === 'RUNNING' || execution?.status === 'PENDING_REDRIVE';
}

async function release(deps: ApiDeps, { name }: ServiceConfiguration, holder: string): Promise<'released'> {
  await deps.store.locks.release(name, holder);
  await wakeWaiting(deps, name);
  return 'released';
}

/** Both ways back are dead. Every operation still gets its one outcome (I5), and nothing changes until somebody unfreezes. */
async function freeze(
  deps: ApiDeps,
  { service, reason, actor }: Unlock,
  operation: OperationRecord | null,
  holder: string,
): Promise<'frozen'> {
  const why = `Unlocked by ${actor}: ${reason}. Its rescue had died; where the traffic is has to be looked at.`;
  const at = timestamp(deps);
  await deps.store.releases.freeze(service.name, { reason: why, operation: holder, by: actor, at });
  for (const id of new Set([operation?.related ?? holder, holder])) {
    const ending = { outcome: 'frozen' as const, reason: why, at };
    await audited(deps, { operation: id, action: 'end', actor, reason: why, wanted: { outcome: 'frozen' } }, () =>
      deps.store.operations.end(id, ending),
    );
  }
  await release(deps, service, holder);
  return 'frozen';
}
