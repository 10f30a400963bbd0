import type { LiveRoute } from '../../adapters/traffic/traffic-router.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { WriteConflict } from '../../contracts/errors.ts';
import { formatInstant } from '../../contracts/instant.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import type { RollbackTrigger } from '../../contracts/trigger.ts';
import { decideTakeOver } from '../../core/traffic/take-over.ts';
import { audited, note, sluice } from '../operation/audited.ts';
import { closeIntents } from '../operation/close-intents.ts';
import { endOperation } from '../operation/end-operation.ts';
import { findService, idOf, timestamp } from '../operation/operation-context.ts';
import { actorOf, deadlineOf, registerOperation } from '../operation/register-operation.ts';
import { releaseLock } from '../operation/release-lock.ts';
import type { ReturnTrafficDeps } from '../ports.ts';
import { noteFenceLost } from '../shift/fence-lost.ts';
import { readSituation, type Situation } from './situation.ts';
import { stopReturned } from './stop-returned.ts';

interface Reconciling {
  readonly execution: Execution;
  readonly service: ServiceConfiguration;
  readonly trigger: RollbackTrigger;
  readonly reason: Reason;
}

/**
 * Makes up for what a return had to do without, once the database answers again (rule 6): the record, the lock, the audit. The route
 * says what was done, since it carries this operation's fence; when it carries another one's, that one has the say by now. Of two returns at
 * once without the database, whichever got the lock makes up for both, wherever the other has put the traffic. Everything may be repeated, and
 * finds what an interrupted return did get into the database.
 *
 * @throws {DependencyUnavailable} while the database is still away: the state machine asks again for an hour.
 */
export async function reconcile(
  deps: ReturnTrafficDeps,
  command: { execution: Execution; service: string; trigger: RollbackTrigger; reason: Reason },
): Promise<ResultOf<'reconcile'>> {
  const { execution, trigger, reason } = command;
  const service = findService(deps.configuration, command.service);
  const id = idOf(execution);
  const asked: Reconciling = { execution, service, trigger, reason };
  const [live, situation] = await Promise.all([
    deps.cluster(service).router.read({ purpose: 'return' }),
    readSituation(deps.store, service, id),
  ]);
  const { fence } = live;
  const returning = situation.running?.kind === 'rollback' && situation.running.id !== id ? situation.running : null;
  const isMine = fence?.operation === id;
  // The other one finds that it has no lock, and leaves the record to this one.
  const isForBoth = situation.lock.holder === id && fence !== null && live.weights[fence.origin] === 100;
  if (fence === null || returning !== null || !(isMine || isForBoth)) {
    const by = returning?.id ?? fence?.operation ?? 'somebody who removed the fence';
    const why = because(
      'ReturnOvertaken',
      `The traffic went back without the database; ${by} has taken over since then.`,
    );
    return overtaken(deps, asked, why);
  }

  const destination = fence.origin;
  const related = situation.own?.related ?? relatedTo(situation, trigger, destination);
  await registerOperation(deps, { execution, service, trigger, kind: 'rollback', related, reason });
  await closeIntents(deps, id);
  // A first write of a route that had been adopted: the return found no fence, and could not say so.
  if (fence.seq === 1 && situation.lock.adopted === 'before' && situation.own?.epoch == null) {
    await noteFenceLost(deps, id, live);
  }
  if (trigger.kind === 'alert') {
    const actedOn = { operation: related ?? id, action: 'return' as const, by: id, at: timestamp(deps) };
    await deps.store.alerts.markActedOn(service.name, trigger, {
      ...actedOn,
      startsAt: formatInstant(trigger.startsAt),
    });
  }
  const epoch = await catchUpLock(deps, asked, situation, isMine ? fence.epoch : fence.epoch + 1);
  await catchUpRoute(deps, asked, live, { epoch, destination });
  const fields = { target: destination, origin: otherEnvironment(destination), weights: fence.weights };
  await deps.store.operations.update(id, { ...fields, epoch, reason, related });
  await deps.store.locks.markAdopted(service.name);
  await note(deps, {
    operation: id,
    action: 'reconcile',
    actor: sluice,
    reason:
      'The database did not answer in time, so the traffic was returned without it. This record was completed from the route.',
    details: { fence, epoch },
  });
  await stopReturned(deps, situation.running, id);
  return { outcome: 'reconciled', reason };
}

/** What this return returns: whoever had the lock, else what its trigger names, else the deployment that brought the failed side in. */
function relatedTo(
  { running, lastMove }: Situation,
  trigger: RollbackTrigger,
  destination: EnvironmentName,
): string | null {
  if (running !== null) return running.id;
  if ('operation' in trigger) return trigger.operation;
  if (lastMove === null || lastMove === 'unreadable') return null;
  return lastMove.target === otherEnvironment(destination) ? lastMove.id : null;
}

/** Takes the lock from whoever still has it, and lifts its epoch to the route's, so that the next holder is above both (I12). */
async function catchUpLock(
  deps: ReturnTrafficDeps,
  { execution, service, trigger }: Reconciling,
  { lock }: Situation,
  fenced: number,
): Promise<number> {
  const operation = idOf(execution);
  const deadline = deadlineOf({ execution, service, kind: 'rollback', trigger }).toISOString();
  const claim = { operation, kind: 'rollback' as const, executionArn: execution.arn, at: timestamp(deps), deadline };
  if (lock.holder !== null && lock.holder !== operation) {
    await deps.store.operations.update(lock.holder, { returnedBy: operation });
  }
  const intent = { operation, action: 'take-over-lock', actor: actorOf(trigger), before: lock };
  const taken =
    lock.holder === operation
      ? { kind: 'acquired' as const, epoch: lock.epoch }
      : await audited(deps, intent, () => deps.store.locks.takeOver(service.name, lock, claim));
  if (taken.kind === 'held') throw new WriteConflict(`The lock of ${service.name} changed hands while it was taken.`);
  if (taken.epoch >= fenced) return taken.epoch;
  await deps.store.locks.reconcileEpoch(service.name, fenced);
  return fenced;
}

/** The lock was further than the route, since somebody had taken it who never came to claim the route: the fence follows. */
async function catchUpRoute(
  deps: ReturnTrafficDeps,
  { execution, service }: Reconciling,
  live: LiveRoute,
  { epoch, destination }: { epoch: number; destination: EnvironmentName },
): Promise<void> {
  const decision = decideTakeOver(live, { epoch, operation: idOf(execution), destination });
  if (decision.kind !== 'write' || decision.fence.epoch === live.fence?.epoch) return;
  const { fence } = decision;
  const write = { weights: fence.weights, fence, resourceVersion: live.resourceVersion };
  const written = await deps.cluster(service).router.write(write, { purpose: 'return' });
  if (written.kind === 'conflict') throw new WriteConflict(`The route of ${service.name} changed while it was fenced.`);
}

/** Another operation has the traffic by now; this one ends, and frees the lock if an interrupted attempt had taken it. */
async function overtaken(
  deps: ReturnTrafficDeps,
  { execution, service, trigger, reason }: Reconciling,
  why: Reason,
): Promise<ResultOf<'reconcile'>> {
  const own: OperationRecord = await registerOperation(deps, { execution, service, trigger, kind: 'rollback', reason });
  await endOperation(deps, own, { outcome: 'superseded', reason: why });
  await releaseLock(deps, own);
  return { outcome: 'overtaken', reason: why };
}
