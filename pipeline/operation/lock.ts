import type { Execution } from '../../contracts/commands.ts';
import { because } from '../../contracts/reason.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { durationWords, sentence, timeWords } from '../../contracts/words.ts';
import { isDeployedFirst } from '../../core/rollback/is-planned.ts';
import type { OperationDeps } from '../ports.ts';
import { audited, sluice } from './audited.ts';
import { loadOperation, timestamp } from './operation-context.ts';
import { placeOf, supersededReason } from './superseded.ts';

/** Takes the lock of the service if it is free (I4) and steps down as candidate: from now on a newer one waits its turn. */
export async function acquireLock(deps: OperationDeps, execution: Execution): Promise<ResultOf<'acquire-lock'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const at = timestamp(deps);
  await deps.store.operations.enter(operation.id, 'awaiting-lock', at);
  if (operation.abort)
    return { outcome: 'aborted', ending: 'aborted', reason: because('Aborted', operation.abort.reason) };
  const frozen = await deps.store.releases.frozen(service.name);
  // A freeze holds no emergency up: it may be what the service is frozen for.
  if (frozen && !isDeployedFirst(operation.trigger)) {
    const reason = because(
      'ServiceFrozen',
      sentence(`The service is frozen since ${timeWords(frozen.at)}: ${frozen.reason}`),
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
        sentence(`${hold.version} is on hold since ${timeWords(hold.at)}: ${hold.reason}`),
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
    const since = operation.lockAwaitedSince ?? at;
    if (deps.now() - Date.parse(since) > service.deadlines.lock) {
      const told = `${await holderOf(deps, acquired.by)} held the lock for longer than ${durationWords(service.deadlines.lock)}.`;
      return { outcome: 'expired', ending: 'expired', reason: because('LockWaitExpired', told) };
    }
    await deps.store.operations.update(operation.id, { lockAwaitedSince: since });
    await deps.rescueDeadHolder(service.name, acquired.by);
    return { outcome: 'held' };
  }
  await deps.store.operations.update(operation.id, { epoch: acquired.epoch });
  await deps.store.candidates.withdraw(service.name, operation.id);
  return { outcome: 'acquired' };
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
  if (superseded || lock.holder === null || current.abort) {
    await deps.workflow.succeed(taskToken, { outcome: 'woken' });
  }
  return { outcome: 'waiting' };
}
