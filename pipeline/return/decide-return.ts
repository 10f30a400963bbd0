import type { LiveRoute } from '../../adapters/traffic/traffic-router.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { between, type Instant, parseInstant } from '../../contracts/instant.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { ReleaseReference } from '../../contracts/operation.ts';
import { lastKnownGood, type RollbackTrigger, type Trigger } from '../../contracts/trigger.ts';
import { decideAlert, type OperationInProgress } from '../../core/alerts/decide-alert.ts';
import { returnDestination } from '../../core/rollback/destination.ts';
import { returnSpeed } from '../../core/rollback/return-speed.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import type { ServiceCluster } from '../ports.ts';
import { readLive } from '../standby/read-live.ts';
import type { Situation } from './situation.ts';

export type ReturnDecision =
  | {
      kind: 'return';
      destination: EnvironmentName;
      reason: string;
      /** The operation that is returned by this one. */
      related: string | null;
      /** Set when the destination has to run this release first. */
      release: ReleaseReference | null;
      readiness: 'warm' | 'cold';
    }
  /** Nobody decided on a pause, or nobody but a person may: the traffic stays where it is, fenced, and the service freezes (I7). */
  | {
      kind: 'stay';
      because: 'undecided' | 'irreversible';
      destination: EnvironmentName;
      reason: string;
      related: string | null;
      release: null;
    }
  | { kind: 'ignore'; reason: string }
  | { kind: 'pause'; reason: string };

export interface ReturnQuestion {
  readonly trigger: RollbackTrigger;
  readonly live: LiveRoute;
  readonly situation: Situation | null;
  readonly service: ServiceConfiguration;
  readonly cluster: ServiceCluster;
  readonly operation: string;
  readonly now: Instant;
}

/** Where the traffic has to go, and whether it has to at all (I7). */
export async function decideReturn(question: ReturnQuestion): Promise<ReturnDecision> {
  const { trigger, situation, operation } = question;
  const own = situation?.own;
  if (own?.target && situation?.lock.holder === operation && !stays(trigger) && !mustStay(question)) {
    // The second attempt of the same task: the destination was decided, and another one must not come of it.
    return finish(question, {
      destination: own.target,
      reason: own.reason ?? '',
      related: own.related,
      release: own.release,
    });
  }
  if (
    situation?.running?.kind === 'rollback' &&
    situation.running.id !== operation &&
    trigger.kind !== 'dead-execution'
  ) {
    return { kind: 'ignore', reason: `Operation ${situation.running.id} returns the traffic already (I7).` };
  }
  switch (trigger.kind) {
    case 'alert':
      return decideForAlert(question, trigger);
    case 'failure':
    case 'abort':
    case 'dead-execution':
      return decideForOperation(question, trigger);
    case 'person':
      return decideForPerson(question, trigger);
  }
}

type Deciding = {
  destination: EnvironmentName;
  reason: string;
  related: string | null;
  release: ReleaseReference | null;
};

/** A destination is warm when it has the capacity to take everything; else it gets it first. */
async function finish({ live, cluster, service }: ReturnQuestion, decided: Deciding): Promise<ReturnDecision> {
  // Where the traffic is already, nothing has to be made ready for it.
  if (live.weights[decided.destination] === 100) return { kind: 'return', ...decided, readiness: 'warm' };
  const running = await readLive(cluster, service, decided.destination);
  const rightRelease = decided.release === null || running?.digest === decided.release.digest;
  const readyReplicas = rightRelease ? (running?.ready ?? 0) : 0;
  // The origin of a shift in progress carried everything with the pods that it has: it keeps them until the end (I8).
  const serves = live.weights[decided.destination] > 0 && live.fence?.origin === decided.destination;
  if (serves && readyReplicas > 0) return { kind: 'return', ...decided, readiness: 'warm' };
  const readiness = returnSpeed({ readyReplicas, servingReplicas: service.replicas.min, bounds: service.replicas });
  return { kind: 'return', ...decided, readiness };
}

/** Whether a return is about a pause of which nobody decided. */
const stays = (trigger: Trigger): boolean => trigger.kind === 'failure' && trigger.cause === 'undecided';

function decideForOperation(
  question: ReturnQuestion,
  trigger: Extract<RollbackTrigger, { kind: 'failure' | 'abort' | 'dead-execution' }>,
): ReturnDecision | Promise<ReturnDecision> {
  const { live, situation, operation } = question;
  const mine = situation?.lock.holder === operation && (stays(trigger) || mustStay(question));
  if (situation !== null && situation.lock.holder !== trigger.operation && !mine) {
    return { kind: 'ignore', reason: `Operation ${trigger.operation} no longer holds the lock.` };
  }
  if (situation?.running?.id === trigger.operation && situation.running.outcome === 'succeeded') {
    return { kind: 'ignore', reason: `Operation ${trigger.operation} had succeeded before it could be returned.` };
  }
  const originWorse = trigger.kind === 'failure' && trigger.cause === 'origin-worse';
  const returned = { operation: trigger.operation, origin: situation?.running?.origin ?? null, originWorse };
  const destination = returnDestination(live, returned);
  const reason =
    trigger.kind === 'dead-execution' ? `Its execution ended as ${trigger.status} without an outcome.` : trigger.reason;
  if (!destination)
    return { kind: 'ignore', reason: 'Nobody knows where the traffic was before; a person has to decide.' };
  if (stays(trigger) || (situation?.running?.kind === 'rollback' && stays(situation.running.trigger))) {
    return { kind: 'stay', because: 'undecided', destination, reason, related: trigger.operation, release: null };
  }
  const origin =
    trigger.kind === 'dead-execution' && situation?.running?.kind === 'rollback' ? situation.running.target : null;
  const related = situation?.running?.kind === 'rollback' ? situation.running.related : trigger.operation;
  if (mustStay(question)) {
    const why = `${reason}; this release cannot be taken back without a person`;
    const kept = mine ? (situation?.own?.related ?? related) : related;
    return { kind: 'stay', because: 'irreversible', destination, reason: why, related: kept, release: null };
  }
  return finish(question, { destination: origin ?? destination, reason, related, release: null });
}

/** Its data cannot go back once it has had traffic: then nothing returns it by itself (DESIGN §5, Data). */
function mustStay({ situation, live, trigger }: ReturnQuestion): boolean {
  const byPerson = ({ kind }: Trigger) => kind === 'abort' || kind === 'person';
  const dead = situation?.running?.kind === 'rollback' ? situation.running.trigger : null;
  const target = situation?.irreversible ?? null;
  return !byPerson(trigger) && (dead === null || !byPerson(dead)) && target !== null && live.weights[target] > 0;
}

function decideForAlert(
  question: ReturnQuestion,
  trigger: Extract<RollbackTrigger, { kind: 'alert' }>,
): ReturnDecision | Promise<ReturnDecision> {
  const { live, situation, service, now } = question;
  const last = situation?.lastMove ?? null;
  const lastDeployment =
    last?.target && last.endedAt !== null && last.kind === 'deployment'
      ? { environment: last.target, endedAt: parseInstant(last.endedAt), outcome: 'succeeded' }
      : null;
  const decision = decideAlert({
    environment: trigger.environment,
    live,
    operation: operationInProgress(question),
    lastDeployment,
    rollbackWithin: service.alerts.rollbackWithin,
    now,
  });
  const alert = `Alert ${trigger.name} (${trigger.severity})${trigger.summary === null ? '' : `: ${trigger.summary}`}`;
  const reason = `${alert}: ${decision.because}`;
  switch (decision.kind) {
    case 'return':
      return returnForAlert(question, { destination: decision.to, reason });
    case 'pause':
    case 'compare-sides':
      return { kind: 'pause', reason };
    case 'ignore':
      return { kind: 'ignore', reason };
  }
}

/** After a deployment the other side may run a release that failed there, by a switch by hand: then people decide (I7). */
async function returnForAlert(
  question: ReturnQuestion,
  { destination, reason }: Pick<Deciding, 'destination' | 'reason'>,
): Promise<ReturnDecision> {
  const { situation, cluster, service } = question;
  const running = situation?.running ?? null;
  if (mustStay(question)) {
    return {
      kind: 'pause',
      reason: `${reason}; but ${running?.release?.version} cannot be taken back without a person`,
    };
  }
  const standing = running === null ? await readLive(cluster, service, destination) : null;
  if (standing !== null && situation?.heldDigests.includes(standing.digest)) {
    return { kind: 'pause', reason: `${reason}; but ${standing.version} on ${destination} is on hold` };
  }
  const related = running?.id ?? situation?.lastMove?.id ?? null;
  return finish(question, { destination, reason, related, release: null });
}

/**
 * Who is at work. Without the database the route itself tells (rule 6): while the traffic is split, and for `rollbackWithin` after it
 * went over to the target, which may be baking there. What stands at its origin is not on its way anywhere.
 */
function operationInProgress({ live, situation, service, now }: ReturnQuestion): OperationInProgress | null {
  const running = situation?.running ?? null;
  if (running?.target && running.origin) {
    return { id: running.id, kind: running.kind, target: running.target, origin: running.origin };
  }
  if (situation !== null || live.fence === null) return null;
  const { operation: id, origin, at } = live.fence;
  const active = soleEnvironment(live.weights);
  const recent = at !== undefined && between(parseInstant(at), now) <= service.alerts.rollbackWithin;
  if (active === origin || (active !== null && !recent)) return null;
  return { id, kind: 'deployment', target: otherEnvironment(origin), origin };
}

async function decideForPerson(
  question: ReturnQuestion,
  trigger: Extract<RollbackTrigger, { kind: 'person' }>,
): Promise<ReturnDecision> {
  const { live, situation, cluster, service } = question;
  const running = situation?.running ?? null;
  const active = soleEnvironment(live.weights);
  // A rollback in progress was answered before: nothing returns a return (I7).
  const inShift = running !== null && live.fence?.operation === running.id;
  const destination = inShift ? live.fence?.origin : active === null ? live.fence?.origin : otherEnvironment(active);
  if (!destination)
    return { kind: 'ignore', reason: 'Nobody knows which side is the good one; use sluice break-glass.' };
  const standing = await readLive(cluster, service, destination);
  const wanted = trigger.version;
  if (wanted === lastKnownGood || standing?.version === wanted) {
    if (standing !== null && situation?.heldDigests.includes(standing.digest)) {
      return { kind: 'ignore', reason: `${standing.version} on ${destination} is on hold; name another version.` };
    }
    const last = situation?.lastMove ?? null;
    const leaving = last?.target === otherEnvironment(destination) ? last.id : null;
    const related = running?.id ?? leaving;
    return finish(question, { destination, reason: trigger.reason, related, release: null });
  }
  return {
    kind: 'ignore',
    reason: `${wanted} does not run on ${destination} (${standing?.version ?? 'nothing'} does): go back without emergency, so that it is deployed first.`,
  };
}
