import type { Execution } from '../../contracts/commands.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { longestReason } from '../../contracts/failure-reason.ts';
import type { Outcome } from '../../contracts/operation.ts';
import { because, type Reason, reasonCodeOf, reasonOr, shortReason, withMore } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import {
  type FailureCause,
  type PersonRollbackTrigger,
  readTrigger,
  rollbackTriggerSchema,
} from '../../contracts/trigger.ts';
import { clause, sentence } from '../../contracts/words.ts';
import { triggeringAlert } from '../../core/alerts/known-alerts.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';
import { isBlameless, outcomeOfReturned, wasSentBack } from '../../core/rollback/outcome-of-returned.ts';
import type { OperationDeps } from '../ports.ts';
import { firstTrigger } from '../return/first-trigger.ts';
import { fenceLostBefore } from '../shift/fence-lost.ts';
import { closeIntents } from './close-intents.ts';
import { doneBefore } from './done-before.ts';
import { endOperation } from './end-operation.ts';
import { freezeService } from './freeze-service.ts';
import { hold, holdFailed } from './hold-blamed.ts';
import { confirmHolder } from './holder.ts';
import { markSucceeded } from './mark-succeeded.ts';
import { noteWeights } from './note-weights.ts';
import { findService, idOf, loadOperation, timestamp } from './operation-context.ts';
import { registerOperation } from './register-operation.ts';
import { releaseLock } from './release-lock.ts';

/** Ends an operation that has touched nothing yet. It may not even be registered, when its very first task failed (I5). */
export async function endBeforeLock(
  deps: OperationDeps,
  command: { execution: Execution; service: string; trigger: unknown; ending: Outcome; reason: Reason },
): Promise<ResultOf<'end-before-lock'>> {
  const { execution, ending, reason } = command;
  const id = idOf(execution);
  if ((await deps.store.operations.read(id)) === null) {
    const service = findService(deps.configuration, command.service);
    const found = readTrigger(command.trigger);
    if (found === null) throw new InvalidInput(`The input of execution ${execution.name} has no known trigger.`);
    // Nobody has read from GitHub who started the run.
    const trigger = found.trigger.kind === 'workflow-run' ? { ...found.trigger, actor: null } : found.trigger;
    await registerOperation(deps, { execution, service, ...found, trigger });
  }
  const { operation } = await loadOperation(deps, execution);
  await deps.store.candidates.withdraw(operation.service, id);
  await releaseLock(deps, operation);
  return {
    outcome: 'ended',
    ending: await endOperation(deps, operation, { outcome: ending, reason: withWish(operation, reason) }),
  };
}

/** The trigger of a planned rollback; null for everything else. */
function plannedRollback({ trigger }: OperationRecord): PersonRollbackTrigger | null {
  return trigger.kind === 'person' && trigger.wants === 'rollback' && isPlanned(trigger) ? trigger : null;
}

/** How it ended, and beside that why its person wanted a planned rollback: whoever reads the record has to find both. */
function withWish(operation: OperationRecord, ended: Reason): Reason {
  const wish = plannedRollback(operation);
  if (wish === null || ended === wish.reason) return ended;
  return withMore(ended, `${/[.!?…]$/.test(ended) ? '' : '.'} ${wish.actor} asked for it: ${wish.reason}`);
}

/** Puts on hold what a planned rollback has left, where its person wants that; once, so that a hold that was released stays so (I10). */
async function holdLeft(deps: OperationDeps, operation: OperationRecord): Promise<void> {
  const wish = plannedRollback(operation);
  const { live, release, outcome } = operation;
  if (wish === null || !wish.hold || outcome !== 'succeeded' || live === null || live.digest === release?.digest)
    return;
  if (await doneBefore(deps.store, operation.id, 'hold-release')) return;
  await hold(deps, operation, { ...live, reason: wish.reason, actor: wish.actor });
}

/** Ends a deployment, a planned rollback or a switch by hand that went all the way: its release is the active one now, and the lock is free. */
export async function finalizeDeployment(
  deps: OperationDeps,
  execution: Execution,
): Promise<ResultOf<'finalize-deployment'>> {
  const { operation } = await loadOperation(deps, execution);
  if (operation.outcome !== null) {
    await closeIntents(deps, operation.id);
    await markSucceeded(deps.store, operation);
    await holdLeft(deps, operation);
    await releaseLock(deps, operation);
    return { outcome: 'ended', ending: operation.outcome, operation: operation.id };
  }
  await confirmHolder(deps.store, operation);
  await deps.store.operations.enter(operation.id, 'finalizing', timestamp(deps));
  const reached = `${operation.release?.version ?? 'The release'} has 100 % of the traffic on ${operation.target ?? 'its environment'}.`;
  const wish = plannedRollback(operation);
  const reason = wish === null ? reached : `${sentence(reached)} ${wish.actor} asked for it: ${wish.reason}`;
  const ending = await endOperation(deps, operation, { outcome: 'succeeded', reason, by: 'own-execution' });
  const ended = { ...operation, outcome: ending, endedAt: timestamp(deps) };
  await markSucceeded(deps.store, ended);
  await holdLeft(deps, ended);
  await releaseLock(deps, operation);
  return { outcome: 'ended', ending, operation: operation.id };
}

/** Ends an operation whose rollback machine could not be started, and whose traffic was returned from its own execution. */
export async function endAfterReturn(
  deps: OperationDeps,
  { execution, reason, cause }: { execution: Execution; reason: Reason; cause: FailureCause },
): Promise<ResultOf<'end-after-return'>> {
  const { operation } = await loadOperation(deps, execution);
  const trigger = { kind: 'failure', cause };
  // The traffic stayed where it was, since nobody decided; or it is on the less bad of two bad sides (I2); or the fence was lost.
  const kept = cause === 'undecided' || cause === 'origin-worse';
  const isFrozen = kept || (await fenceLostBefore(deps, operation.id)) !== null;
  if (isFrozen) await freezeService(deps, { service: operation.service, reason, operation: operation.id });
  const ending = await endOperation(deps, operation, {
    outcome: isFrozen ? 'frozen' : outcomeOfReturned(operation, trigger),
    reason,
  });
  if (operation.shiftedAt !== null && !isBlameless(operation, trigger)) await holdFailed(deps, operation, reason);
  await releaseLock(deps, operation);
  return { outcome: 'ended', ending };
}

/** Ends a rollback, and the operation that it returned: outcomes belong to operations, not to executions. */
export async function finalizeRollback(
  deps: OperationDeps,
  execution: Execution,
  problem: Reason | '',
): Promise<ResultOf<'finalize-rollback'>> {
  const { operation } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'finalizing', timestamp(deps));
  const why = reasonOr('Unclassified', operation.reason ?? 'returned');
  for (const returned of await returnedBy(deps, operation)) {
    const ending = outcomeOfReturned(returned, await firstTrigger(deps.store, operation));
    await noteWeights(deps, returned, operation);
    await endOperation(deps, returned, {
      outcome: ending,
      reason: wasSentBack(returned) ? sentBackReason(returned) : why,
    });
  }
  // A planned rollback comes here only when it had to give up its own way: the traffic is where it was.
  const gaveUp = isPlanned(operation.trigger);
  const cutShort = operation.abort === null ? 'succeeded' : 'aborted';
  const outcome = gaveUp ? outcomeOfReturned(operation, operation.trigger) : cutShort;
  const reason = withWish(operation, problem === '' ? why : problem);
  const ending = await endOperation(deps, operation, { outcome, reason });
  await releaseLock(deps, operation);
  return { outcome: 'ended', ending, operation: operation.id };
}

const sentBackReason = ({ desired }: OperationRecord): Reason =>
  because(
    'SentBack',
    sentence(`The traffic was sent back by ${desired?.actor ?? 'a person'}: ${desired?.reason ?? 'no reason given'}`),
  );

/**
 * Puts a release on hold that failed its verification or failed with traffic: it is not deployed again until a person releases the hold (I6).
 * An abort, a dead execution or a dependency that was away before that blames no release.
 */
export async function holdRelease(deps: OperationDeps, execution: Execution): Promise<ResultOf<'hold-release'>> {
  const { operation } = await loadOperation(deps, execution);
  // A person has unlocked it meanwhile, which has put on hold what there was to blame.
  if (operation.outcome !== null) return { outcome: 'nothing-to-hold' };
  const related = operation.related === null ? null : await deps.store.operations.read(operation.related);
  if (related === null || isBlameless(related, operation.trigger)) return { outcome: 'nothing-to-hold' };
  const failed = related.shiftedAt !== null || related.state === 'verifying-standby';
  if (!failed) return { outcome: 'nothing-to-hold' };
  await holdFailed(deps, related, operation.reason ?? 'returned');
  return { outcome: 'held' };
}

/**
 * Why a rollback froze the service, after why it was started: whoever is woken has to know of the alert, too, and not only that its return
 * failed. Once, however often the task is repeated.
 */
function withOccasion(operation: OperationRecord, found: Reason): Reason {
  const { reason, trigger } = operation;
  if (plannedRollback(operation) !== null) return withWish(operation, found);
  const occasion = reason ?? (trigger.kind === 'alert' ? triggeringAlert(trigger) : null);
  if (occasion === null || found.includes(clause(occasion))) return found;
  if (occasion.includes(found)) return reasonOr('Unclassified', occasion);
  const told = `${sentence(occasion)} ${found}`;
  const code = reasonCodeOf(found) ?? 'Unclassified';
  return shortReason(reasonCodeOf(told) === code ? reasonOr(code, told) : because(code, told), longestReason);
}

/** Freezes the service: the traffic could not be returned, or its return could not be verified (I5). */
export async function freeze(
  deps: OperationDeps,
  command: { execution: Execution; service: string; trigger: unknown; reason: Reason },
): Promise<ResultOf<'freeze'>> {
  const { execution } = command;
  const id = idOf(execution);
  const service = findService(deps.configuration, command.service);
  if ((await deps.store.operations.read(id)) === null) {
    const trigger = rollbackTriggerSchema.parse(command.trigger);
    const related = 'operation' in trigger ? trigger.operation : null;
    await registerOperation(deps, { execution, service, trigger, kind: 'rollback', related });
  }
  const { operation } = await loadOperation(deps, execution);
  const reason = withOccasion(operation, command.reason);
  await freezeService(deps, { service: operation.service, reason, operation: operation.id });
  for (const returned of await returnedBy(deps, operation)) {
    if (returned.shiftedAt !== null && !isBlameless(returned, operation.trigger)) {
      await holdFailed(deps, returned, operation.reason ?? reason);
    }
    await noteWeights(deps, returned, operation);
    await endOperation(deps, returned, { outcome: 'frozen', reason });
    // A return that could not even read the route has not taken its lock.
    await releaseLock(deps, returned);
  }
  // Aborted by a person, it ends as that; the service is frozen all the same.
  const outcome = operation.abort === null ? 'frozen' : 'aborted';
  const ending = await endOperation(deps, operation, { outcome, reason });
  await releaseLock(deps, operation);
  return { outcome: 'ended', ending };
}

/** The operations whose outcome a rollback writes too: the one that it returns, and a dead rollback that it stands in for (I5). */
async function returnedBy(deps: OperationDeps, { related, trigger }: OperationRecord): Promise<OperationRecord[]> {
  const ids = new Set([related, 'operation' in trigger ? trigger.operation : null]);
  const found = await Promise.all([...ids].map((id) => (id === null ? null : deps.store.operations.read(id))));
  return found.filter((operation) => operation !== null).filter(({ outcome }) => outcome === null);
}
