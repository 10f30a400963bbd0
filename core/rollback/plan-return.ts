import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { hours } from '../../contracts/duration.ts';
import { faultReason } from '../../contracts/failure-reason.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import { because, type Reason, reasonOr } from '../../contracts/reason.ts';
import type { AlertRecord } from '../../contracts/records/alert.ts';
import type { OperationRecord, ReleaseReference } from '../../contracts/records/operation.ts';
import type { AlertTrigger, RollbackTrigger, Trigger } from '../../contracts/trigger.ts';
import { clause } from '../../contracts/words.ts';
import { decideAlert, type OperationInProgress } from '../alerts/decide-alert.ts';
import { triggeringAlert } from '../alerts/known-alerts.ts';
import { deploymentByRoute, deploymentOnRecord, endByRoute, type LastDeployment } from '../alerts/rollback-within.ts';
import type { RouteState } from '../traffic/fence.ts';
import { soleEnvironment } from '../traffic/weights.ts';
import { returnDestination } from './destination.ts';
import type { KnownGood } from './emergency-target.ts';
import type { ReleaseHold } from './resolve-target.ts';

/** What the database knows at the moment of a rescue. */
export interface KnownSituation {
  readonly lock: { readonly holder: string | null; readonly epoch?: number };
  /** The operation that holds the lock. */
  readonly running: OperationRecord | null;
  /** This rollback itself, when an earlier attempt of the same task got as far as registering it. */
  readonly own: OperationRecord | null;
  /** The newest operation by which the active environment got its traffic; `unreadable` where a record that may be that one cannot be read. */
  readonly lastMove: OperationRecord | 'unreadable' | null;
  readonly holds: readonly ReleaseHold[];
  /** Releases whose record says that they succeeded; read for an alert and for a person, who may go to no other. */
  readonly good: readonly KnownGood[];
  /** Where the holder, or what it returns, brings in a release that nobody but a person may take back (DESIGN §5, Data). */
  readonly irreversible: EnvironmentName | null;
  /** What is known of the alert that asks; null when nothing is, or it is none. */
  readonly alert?: AlertRecord | null;
  /** The return that stands on the route above the lock, when it is known to have died before it made up its record; null else. */
  readonly deadReturn?: OperationRecord | null;
}

/** What a rescue has gathered before it decides. */
export interface ReturnQuestion {
  readonly trigger: RollbackTrigger;
  /** The live route (rule 8). */
  readonly live: RouteState;
  /** Null when the database did not answer in time (rule 6). */
  readonly situation: KnownSituation | null;
  readonly service: Pick<ServiceConfiguration, 'name' | 'bake' | 'replicas'> & {
    readonly alerts: Omit<ServiceConfiguration['alerts'], 'repeatInterval'>;
  };
  /** The id of the rollback that asks. */
  readonly operation: string;
  readonly now: Instant;
}

export interface Stays {
  readonly kind: 'stay';
  readonly because: 'undecided' | 'irreversible';
  readonly destination: EnvironmentName;
  readonly reason: Reason;
  readonly related: string | null;
  readonly release: null;
}

export interface Destined {
  readonly destination: EnvironmentName;
  readonly reason: Reason;
  /** The operation that is returned by this one. */
  readonly related: string | null;
  /** Set when the destination has to run this release first. */
  readonly release: ReleaseReference | null;
}

/** Where the traffic would go. Whether it can, and how quickly, is known once it is read what runs there. */
export interface Toward extends Destined {
  readonly kind: 'toward';
  /** What must hold for the release that runs there: nothing, that it was good and is not on hold, or that it is the version that a person wants. */
  readonly provided: 'anything' | 'good' | { readonly wanted: string };
}

export type Refused =
  | { readonly kind: 'ignore'; readonly reason: Reason }
  /** A person asked for what must not be: it is an operation of its own, which ends with that. */
  | { readonly kind: 'refuse'; readonly reason: Reason }
  | { readonly kind: 'pause'; readonly reason: Reason };

export type ReturnPlan = Toward | Stays | Refused;

/** Where the traffic has to go, and whether it has to at all (I7). */
export function planReturn(question: ReturnQuestion): ReturnPlan {
  const { trigger, situation, operation } = question;
  const own = situation?.own;
  if (own !== undefined && own !== null && own.outcome !== null) {
    return {
      kind: 'ignore',
      reason: because('ReturnOvertaken', `Operation ${operation} has ended as ${own.outcome} already.`),
    };
  }
  if (own?.target && own.abort && situation?.lock.holder === operation) {
    // Aborted while it waited for its destination: nothing moves any more, and the service freezes.
    const reason = because('ReturnAborted', `The rollback was aborted by ${own.abort.actor}: ${own.abort.reason}`);
    const { target: destination, related } = own;
    return { kind: 'stay', because: 'undecided', destination, reason, related, release: null };
  }
  if (own?.target && situation?.lock.holder === operation && !stays(trigger) && !mustStay(question)) {
    // The second attempt of the same task: the destination was decided, and another one must not come of it.
    return toward({
      destination: own.target,
      reason: reasonOr('Unclassified', own.reason ?? 'No reason is on record.'),
      related: own.related,
      release: own.release,
    });
  }
  if (
    situation?.running?.kind === 'rollback' &&
    situation.running.id !== operation &&
    trigger.kind !== 'dead-execution'
  ) {
    const reason = because('AlreadyReturning', `Operation ${situation.running.id} is already returning the traffic.`);
    return { kind: 'ignore', reason };
  }
  switch (trigger.kind) {
    case 'alert':
      return carryOn(question, trigger) ?? alertIsOver(question, trigger) ?? decideForAlert(question, trigger);
    case 'failure':
    case 'abort':
    case 'dead-execution':
      return decideForOperation(question, trigger);
    case 'person':
      return carryOn(question, trigger) ?? decideForPerson(question, trigger);
  }
}

/**
 * The second attempt of a return that moved the traffic without the database and died before it was recorded. The traffic is where it should
 * be: what is left is the lock, the proof and the hold, for the reason that the first one had.
 */
function carryOn(question: ReturnQuestion, trigger: Extract<RollbackTrigger, { kind: 'alert' | 'person' }>) {
  const { live, situation } = question;
  const dead = situation?.deadReturn ?? null;
  if (dead === null || live.fence?.operation !== dead.id || !isSameCause(dead.trigger, trigger)) return null;
  const { origin: destination } = live.fence;
  if (soleEnvironment(live.weights) !== destination) return null;
  const why = trigger.kind === 'alert' ? triggeringAlert(trigger) : clause(trigger.reason);
  const told = `${why}; rollback ${dead.id} had returned the traffic to ${destination} without the database, and ended before it was recorded`;
  const reason = because('ExecutionDied', told);
  const last = knownMove(situation);
  const leaving = last?.target === otherEnvironment(destination) ? last.id : null;
  return toward({ destination, reason, related: situation?.running?.id ?? leaving, release: null });
}

/** The same firing of the same alert, or the same demand of a person. */
function isSameCause(one: Trigger, other: Trigger): boolean {
  if (one.kind === 'alert' && other.kind === 'alert') {
    return one.fingerprint === other.fingerprint && one.startsAt === other.startsAt;
  }
  return one.kind === 'person' && other.kind === 'person' && one.actor === other.actor && one.at === other.at;
}

const toward = (destined: Destined, provided: Toward['provided'] = 'anything'): Toward => ({
  kind: 'toward',
  ...destined,
  provided,
});

/** Whether a return is about a pause of which nobody decided. */
const stays = (trigger: Trigger): boolean => trigger.kind === 'failure' && trigger.cause === 'undecided';

function decideForOperation(
  question: ReturnQuestion,
  trigger: Extract<RollbackTrigger, { kind: 'failure' | 'abort' | 'dead-execution' }>,
): ReturnPlan {
  const { live, situation, operation } = question;
  const mine = situation?.lock.holder === operation && (stays(trigger) || mustStay(question));
  if (situation !== null && situation.lock.holder !== trigger.operation && !mine) {
    return { kind: 'ignore', reason: because('LockLost', `Operation ${trigger.operation} no longer holds the lock.`) };
  }
  const returned = trigger.kind === 'dead-execution' ? unrecordedReturn(question, trigger) : null;
  if (returned !== null) {
    const told = `Operation ${returned} has returned the traffic without the database, and is completing its record.`;
    return { kind: 'ignore', reason: because('AlreadyReturning', told) };
  }
  if (situation?.running?.id === trigger.operation && situation.running.outcome === 'succeeded') {
    const told = `Operation ${trigger.operation} had succeeded before it could be returned.`;
    return { kind: 'ignore', reason: because('ReturnOvertaken', told) };
  }
  const originWorse = trigger.kind === 'failure' && trigger.cause === 'origin-worse';
  const origins = { operation: trigger.operation, origin: situation?.running?.origin ?? null, originWorse };
  const destination = returnDestination(live, origins);
  const reason = reasonOfReturn(situation, trigger);
  if (!destination)
    return {
      kind: 'ignore',
      reason: because(
        'DestinationUnknown',
        'Sluice does not know where the traffic was before. A person has to decide.',
      ),
    };
  if (stays(trigger) || (situation?.running?.kind === 'rollback' && stays(situation.running.trigger))) {
    return { kind: 'stay', because: 'undecided', destination, reason, related: trigger.operation, release: null };
  }
  const origin =
    trigger.kind === 'dead-execution' && situation?.running?.kind === 'rollback' ? situation.running.target : null;
  const related = situation?.running?.kind === 'rollback' ? situation.running.related : trigger.operation;
  if (mustStay(question)) {
    const why = because('IrreversibleRelease', `${reason}; this release cannot be rolled back without a person`);
    const kept = mine ? (situation?.own?.related ?? related) : related;
    return { kind: 'stay', because: 'irreversible', destination, reason: why, related: kept, release: null };
  }
  return toward({ destination: origin ?? destination, reason, related, release: null });
}

function reasonOfReturn(
  situation: KnownSituation | null,
  trigger: Extract<RollbackTrigger, { kind: 'failure' | 'abort' | 'dead-execution' }>,
): Reason {
  switch (trigger.kind) {
    case 'failure':
      return faultReason(trigger.reason);
    case 'abort':
      return because('Aborted', trigger.reason);
    case 'dead-execution':
      return reasonOfRescue(situation, trigger);
  }
}

/** Who stands in for a dead rollback goes on with its reason: people look for that one. */
function reasonOfRescue(
  situation: KnownSituation | null,
  { status, operation, executionArn }: Extract<RollbackTrigger, { kind: 'dead-execution' }>,
): Reason {
  const running = situation?.running ?? null;
  const dead = situation?.deadReturn ?? null;
  if (dead !== null && dead.executionArn === executionArn && 'reason' in dead.trigger) {
    const told = `${clause(dead.trigger.reason)}; rollback ${dead.id} ended as ${status}, and is retried once`;
    return because('ExecutionDied', told);
  }
  if (running?.kind !== 'rollback' || running.id !== operation || running.reason === null) {
    return because('ExecutionDied', `Its execution ended as ${status} without an outcome.`);
  }
  const told = `${clause(running.reason)}; rollback ${operation} ended as ${status}, and is retried once`;
  return because('ExecutionDied', told);
}

/** So long a return that had to do without the database asks for it, to make up its record (docs/adr/0018). */
const recordsWithin = hours(1);

/**
 * The return that stands on the route above the lock: it stopped the execution that is found dead, knows why, and ends what it returned with that
 * reason and its hold. Null when there is none, or when it should have come to that by now.
 */
function unrecordedReturn(
  { live, situation, operation, now }: ReturnQuestion,
  { operation: dead, executionArn }: Extract<RollbackTrigger, { kind: 'dead-execution' }>,
): string | null {
  const { fence, weights } = live;
  // The return itself is what died.
  if (situation?.deadReturn?.executionArn === executionArn) return null;
  if (fence === null || fence.operation === dead || fence.operation === operation) return null;
  if (fence.epoch <= (situation?.lock.epoch ?? Number.POSITIVE_INFINITY)) return null;
  if (soleEnvironment(weights) !== fence.origin) return null;
  const age = fence.at === undefined ? 0 : now - parseInstant(fence.at);
  return age <= recordsWithin ? fence.operation : null;
}

/** Its data cannot go back once it has had traffic: then nothing returns it by itself (DESIGN §5, Data). */
function mustStay({ situation, live, trigger }: ReturnQuestion): boolean {
  const byPerson = ({ kind }: Trigger) => kind === 'abort' || kind === 'person';
  const dead = situation?.running?.kind === 'rollback' ? situation.running.trigger : null;
  const target = situation?.irreversible ?? null;
  return !byPerson(trigger) && (dead === null || !byPerson(dead)) && target !== null && live.weights[target] > 0;
}

/** Only what was acted on is final (I10): a repetition of it, or of what is resolved, changes nothing. */
function alertIsOver({ situation, operation }: ReturnQuestion, { name, startsAt }: AlertTrigger): Refused | null {
  const known = situation?.alert ?? null;
  if (known === null) return null;
  const { actedOn, status } = known;
  if (
    actedOn !== null &&
    actedOn.action !== 'page' &&
    parseInstant(actedOn.startsAt) === startsAt &&
    actedOn.by !== operation
  ) {
    const what = actedOn.action === 'pause' ? 'paused' : 'returned';
    return {
      kind: 'ignore',
      reason: because(
        'AlertWithoutEffect',
        `Alert ${name} was already acted on: operation ${actedOn.operation} was ${what}.`,
      ),
    };
  }
  if (status === 'resolved' && parseInstant(known.startsAt) >= startsAt) {
    const told = `Alert ${name} is already resolved: this message is old.`;
    return { kind: 'ignore', reason: because('AlertWithoutEffect', told) };
  }
  return null;
}

function decideForAlert(question: ReturnQuestion, trigger: Extract<RollbackTrigger, { kind: 'alert' }>): ReturnPlan {
  const { live, service, now } = question;
  const decision = decideAlert({
    environment: trigger.environment,
    elsewhere: trigger.elsewhere ?? null,
    live,
    operation: operationInProgress(question),
    lastDeployment: lastDeployment(question),
    rollbackWithin: service.alerts.rollbackWithin,
    now,
  });
  const told = `${triggeringAlert(trigger)}: ${decision.because}`;
  switch (decision.kind) {
    case 'return':
      return returnForAlert(question, { destination: decision.to, reason: because('AlertOnTarget', told) });
    case 'pause':
    case 'compare-sides':
      return { kind: 'pause', reason: because('AlertUnclear', told) };
    case 'ignore':
      return { kind: 'ignore', reason: because('AlertWithoutEffect', told) };
  }
}

/** After a deployment the other side may run a release that failed there, by a switch by hand: then people decide (I7). */
function returnForAlert(
  question: ReturnQuestion,
  { destination, reason }: Pick<Destined, 'destination' | 'reason'>,
): ReturnPlan {
  const { situation } = question;
  const running = situation?.running ?? null;
  if (mustStay(question)) {
    return {
      kind: 'pause',
      reason: because(
        'IrreversibleRelease',
        `${reason}; but ${running?.release?.version ?? 'its release'} cannot be rolled back without a person`,
      ),
    };
  }
  const related = running?.id ?? knownMove(situation)?.id ?? null;
  return toward({ destination, reason, related, release: null }, running === null ? 'good' : 'anything');
}

/** Whether the route has to say who is at work: nothing else knows it. */
const routeTells = ({ situation }: ReturnQuestion): boolean =>
  situation === null || (situation.running === null && situation.lastMove === 'unreadable');

export const knownMove = (situation: KnownSituation | null): OperationRecord | null =>
  situation === null || situation.lastMove === 'unreadable' ? null : situation.lastMove;

/**
 * Who is at work. Without the database, or the record of the last move, the route itself tells (rule 6): while the traffic is split, and
 * while the target bakes with all of it. What stands at its origin is not on its way anywhere.
 */
function operationInProgress(question: ReturnQuestion): OperationInProgress | null {
  const { live, situation, service, now } = question;
  const running = situation?.running ?? null;
  if (running?.target && running.origin) {
    return { id: running.id, kind: running.kind, target: running.target, origin: running.origin };
  }
  if (!routeTells(question) || live.fence === null) return null;
  const { operation: id, origin } = live.fence;
  const ended = endByRoute(live, service.bake);
  if (soleEnvironment(live.weights) !== null && (ended === null || ended < now)) return null;
  return { id, kind: 'deployment', target: otherEnvironment(origin), origin };
}

/** The newest deployment that has ended, by whoever knows it. */
const lastDeployment = (question: ReturnQuestion): LastDeployment | null =>
  routeTells(question)
    ? deploymentByRoute(question.live, question.service.bake)
    : deploymentOnRecord(knownMove(question.situation));

/** The operation that has claimed the route. A rollback in progress was answered before: nothing returns a return (I7). */
export function shiftAtWork({ live, situation }: ReturnQuestion): OperationRecord | null {
  const running = situation?.running ?? null;
  return running !== null && live.fence?.operation === running.id ? running : null;
}

function decideForPerson(question: ReturnQuestion, trigger: Extract<RollbackTrigger, { kind: 'person' }>): ReturnPlan {
  const { live, situation, service } = question;
  const running = situation?.running ?? null;
  const active = soleEnvironment(live.weights);
  const inShift = shiftAtWork(question) !== null;
  const destination = inShift ? live.fence?.origin : active === null ? live.fence?.origin : otherEnvironment(active);
  if (!destination)
    return {
      kind: 'refuse',
      reason: because(
        'DestinationUnknown',
        'Nobody knows which side is the good one',
        `\`sluice break-glass --service ${service.name} --to blue\` (or green) prints the patch that moves the traffic.`,
      ),
    };
  const last = knownMove(situation);
  const leaving = last?.target === otherEnvironment(destination) ? last.id : null;
  const related = running?.id ?? leaving;
  const reason = because('ReturnedByPerson', trigger.reason);
  return toward({ destination, reason, related, release: null }, { wanted: trigger.version });
}
