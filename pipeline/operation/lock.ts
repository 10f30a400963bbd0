import type { Execution } from '../../contracts/commands.ts';
import { because } from '../../contracts/reason.ts';
import type { Candidate } from '../../contracts/records/candidate.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { isHotfix } from '../../contracts/trigger.ts';
import { durationWords, sentence, timeWords } from '../../contracts/words.ts';
import { isDeployedFirst } from '../../core/rollback/is-planned.ts';
import type { OperationDeps } from '../ports.ts';
import { audited, sluice } from './audited.ts';
import { isUnderWay } from './deployment-under-way.ts';
import { loadOperation, type OperationContext, timestamp } from './operation-context.ts';
import { placeOf, supersededReason } from './superseded.ts';

/** Takes the lock of the service if it is free (I4) and steps down as candidate: from now on a newer one waits its turn. */
export async function acquireLock(deps: OperationDeps, execution: Execution): Promise<ResultOf<'acquire-lock'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const at = timestamp(deps);
  await deps.store.operations.enter(operation.id, 'awaiting-lock', at);
  if (operation.abort)
    return { outcome: 'aborted', ending: 'aborted', reason: because('Aborted', operation.abort.reason) };
  if (service.mode === 'observe') {
    // It began before sluice.yaml said so.
    const told = `${service.name} is only observed (mode: observe in sluice.yaml), so nothing is changed there`;
    return { outcome: 'aborted', ending: 'aborted', reason: because('OnlyObserved', told) };
  }
  const frozen = await deps.store.releases.frozen(service.name);
  // A freeze holds no emergency up: it may be what the service is frozen for.
  if (frozen && !isDeployedFirst(operation.trigger)) {
    const reason = because(
      'ServiceFrozen',
      sentence(`The service has been frozen since ${timeWords(frozen.at)}: ${frozen.reason}`),
    );
    return { outcome: 'frozen', ending: 'frozen', reason };
  }
  if (operation.kind === 'rollback') {
    // A planned one may have waited long for its approval.
    const holds = await deps.store.releases.holds(service.name);
    const hold = holds.find(({ digest }) => digest === operation.release?.digest);
    if (hold) {
      const reason = because(
        'ReleaseOnHold',
        sentence(`${hold.version} has been on hold since ${timeWords(hold.at)}: ${hold.reason}`),
      );
      return { outcome: 'on-hold', ending: 'failed-validation', reason };
    }
  }
  if (operation.kind === 'deployment') {
    const place = await placeOf(deps.store, operation);
    const lock = await deps.store.locks.read(service.name);
    if (place.kind === 'lost' && lock.holder !== operation.id) {
      return { outcome: 'superseded', ending: 'superseded', reason: supersededReason(place.by) };
    }
  }
  const hotfix = operation.kind === 'deployment' ? await hotfixAhead(deps, operation) : null;
  if (hotfix !== null) {
    const told = `The hotfix ${hotfix.version} (operation ${hotfix.operation}) goes first, and waited for the lock`;
    return waitForLock(deps, { operation, service }, told);
  }
  const acquired = await audited(
    deps,
    { operation: operation.id, action: 'acquire-lock', actor: sluice, wanted: { service: service.name } },
    () =>
      deps.store.locks.acquire(service.name, {
        operation: operation.id,
        kind: operation.kind,
        executionArn: operation.executionArn,
        at,
        deadline: operation.deadline,
      }),
  );
  if (acquired.kind === 'held' && operation.kind === 'switch-traffic') {
    // A person moves the traffic now or not at all: what they saw may be gone when the lock is free.
    await deps.rescueDeadHolder(service.name, acquired.by);
    const reason = because('LockHeld', `${await holderOf(deps, acquired.by)} holds the lock of ${service.name}.`);
    return { outcome: 'held', ending: 'failed-validation', reason };
  }
  if (acquired.kind === 'held') {
    const waits = await waitForLock(deps, { operation, service }, `${await holderOf(deps, acquired.by)} held the lock`);
    if (waits.outcome === 'held') await deps.rescueDeadHolder(service.name, acquired.by);
    return waits;
  }
  await deps.store.operations.update(operation.id, { epoch: acquired.epoch });
  await deps.store.candidates.withdraw(service.name, operation.id);
  return { outcome: 'acquired' };
}

/**
 * Lets an operation wait for the lock, until `deadlines.lock` is over since it first had to (I11).
 *
 * @param told what it waits for, as the beginning of a sentence.
 */
async function waitForLock(
  deps: OperationDeps,
  { operation, service }: OperationContext,
  told: string,
): Promise<Extract<ResultOf<'acquire-lock'>, { outcome: 'held' | 'expired' }>> {
  const since = operation.lockAwaitedSince ?? timestamp(deps);
  if (deps.now() - Date.parse(since) > service.deadlines.lock) {
    const reason = because('LockWaitExpired', `${told} for longer than ${durationWords(service.deadlines.lock)}.`);
    return { outcome: 'expired', ending: 'expired', reason };
  }
  await deps.store.operations.update(operation.id, { lockAwaitedSince: since });
  return { outcome: 'held' };
}

/** The hotfix that waits for the lock as well, which takes it first: once a newer release is live, it would be too late. Null when none does. */
async function hotfixAhead(
  { store }: Pick<OperationDeps, 'store'>,
  { service, trigger }: OperationRecord,
): Promise<Candidate | null> {
  const hotfix = isHotfix(trigger) ? null : await store.candidates.read(service, 'hotfix');
  const waiting = hotfix === null ? null : await store.operations.read(hotfix.operation);
  const waits = waiting !== null && waiting.state === 'awaiting-lock' && isUnderWay(waiting);
  return waits ? hotfix : null;
}

/** Who has the lock, by a name that leads somewhere: the standby machine locks without an operation (I14). */
async function holderOf({ store }: OperationDeps, { holder }: Pick<LockRecord, 'holder'>): Promise<string> {
  const operation = holder === null ? null : await store.operations.read(holder);
  return operation === null ? 'Sluice itself' : `The ${operation.kind} ${operation.id}`;
}

/** Stores the callback of the operation that waits for the lock, and wakes it at once if the lock is free by now. */
export async function awaitLock(
  deps: OperationDeps,
  execution: Execution,
  taskToken: string,
): Promise<ResultOf<'await-lock'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.locks.wait(service.name, operation.id, taskToken);
  // All read after the callback is stored: what came before found none to wake.
  const [lock, place, { operation: current }] = await Promise.all([
    deps.store.locks.read(service.name),
    placeOf(deps.store, operation),
    loadOperation(deps, execution),
  ]);
  const superseded = operation.kind === 'deployment' && place.kind === 'lost';
  // The hotfix that goes first wakes whoever waits once it has had the lock.
  const isFree =
    lock.holder === null && (operation.kind !== 'deployment' || (await hotfixAhead(deps, operation)) === null);
  if (superseded || isFree || current.abort) {
    await deps.workflow.succeed(taskToken, { outcome: 'woken' });
  }
  return { outcome: 'waiting' };
}
