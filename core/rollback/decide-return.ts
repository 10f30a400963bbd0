import { because, type Reason } from '../../contracts/reason.ts';
import type { ReleaseReference } from '../../contracts/records/operation.ts';
import { lastKnownGood } from '../../contracts/trigger.ts';
import { soleEnvironment } from '../traffic/weights.ts';
import type { WorkloadSeen } from '../workload/readiness.ts';
import { readyForWeight } from '../workload/ready-for-weight.ts';
import { runningRelease } from '../workload/running-release.ts';
import { emergencyTarget } from './emergency-target.ts';
import {
  type Destined,
  knownMove,
  type Refused,
  type ReturnPlan,
  type ReturnQuestion,
  type Stays,
  shiftAtWork,
  type Toward,
} from './plan-return.ts';
import { needsOfReturn } from './return-needs.ts';

export type ReturnDecision =
  | (Destined & { readonly kind: 'return'; readonly readiness: 'warm' | 'cold' })
  /** A person wants in an emergency what was good before and runs nowhere. */
  | { readonly kind: 'deploy-first'; readonly release: ReleaseReference; readonly reason: Reason }
  /** Nobody decided on a pause, or nobody but a person may: the traffic stays where it is, fenced, and the service freezes (I7). */
  | Stays
  | Refused;

/** What runs on the two sides, as far as a decision depends on it. */
export interface SidesSeen {
  readonly there: WorkloadSeen;
  /** Of the side that the traffic leaves; read where a person must not be sent to what is live already. */
  readonly left: WorkloadSeen;
}

/** Whether the plan depends on what runs at its destination: where all the traffic is already, nothing has to be ready for it. */
export const looksAtDestination = ({ live }: ReturnQuestion, plan: Toward): boolean =>
  plan.provided !== 'anything' || live.weights[plan.destination] !== 100;

/** Decides once it was read what runs at the destination. It is warm when it can take everything; else it gets the capacity first. */
export function decideReturn(question: ReturnQuestion, plan: ReturnPlan, seen: SidesSeen): ReturnDecision {
  if (plan.kind !== 'toward') return plan;
  const { provided, kind: _, ...destined } = plan;
  if (provided === 'good') {
    const doubt = doubtOf(question, plan, seen.there);
    if (doubt !== null)
      return { kind: 'pause', reason: because('DestinationDoubtful', `${plan.reason}; but ${doubt}`) };
  }
  if (typeof provided !== 'object') return toward(question, destined, seen);
  if (question.situation === null) return withoutDatabase(question, plan, provided.wanted, seen);
  const answer = emergencyTarget(emergencyQuestion(question, plan, provided.wanted, seen));
  switch (answer.kind) {
    case 'refused':
      return { kind: 'refuse', reason: answer.reason };
    case 'deploy-first':
      return { kind: 'deploy-first', release: answer.release, reason: plan.reason };
    case 'runs-there':
      return toward(question, { ...destined, release: answer.release }, seen);
  }
}

const toward = (question: ReturnQuestion, destined: Destined, { there }: SidesSeen): ReturnDecision => ({
  kind: 'return',
  ...destined,
  readiness: readinessOf(question, destined, there),
});

/** Why nothing goes by itself to what runs there; null when it was good before: by its record, or since it served before the last move. */
function doubtOf({ situation, service }: ReturnQuestion, { destination }: Toward, seen: WorkloadSeen): string | null {
  if (situation === null) return null;
  const running = runningRelease(seen, service.name);
  if (running === null) return null;
  const { version, digest, digests } = running;
  if (situation.holds.some((hold) => digests.includes(hold.digest))) return `${version} on ${destination} is on hold`;
  const before = knownMove(situation)?.live;
  const isGood =
    before === undefined ||
    before === null ||
    before.digest === digest ||
    situation.good.some((release) => release.digest === digest);
  return isGood ? null : `what runs on ${destination} (${version}) is not known to be good`;
}

function emergencyQuestion(question: ReturnQuestion, { destination }: Toward, wanted: string, seen: SidesSeen) {
  const { live, situation, service } = question;
  const shift = shiftAtWork(question);
  const isSplit = soleEnvironment(live.weights) === null;
  return {
    service: service.name,
    wanted,
    destination,
    there: { seen: seen.there, running: runningRelease(seen.there, service.name) },
    live: runningRelease(seen.left, service.name),
    moment:
      shift === null
        ? { kind: isSplit ? ('split' as const) : ('rest' as const) }
        : { kind: 'shift' as const, operation: shift, weight: live.weights[destination] },
    history: situation?.good ?? [],
    holds: situation?.holds ?? [],
  };
}

/** Without the database the cluster has the say (rule 6): nobody knows what was good, and nothing can be deployed. */
function withoutDatabase(question: ReturnQuestion, plan: Toward, wanted: string, seen: SidesSeen): ReturnDecision {
  const { destination, kind: _, provided: __, ...destined } = plan;
  const running = runningRelease(seen.there, question.service.name);
  if (wanted !== lastKnownGood && running?.version !== wanted) {
    return {
      kind: 'ignore',
      reason: because(
        'DatabaseAway',
        `${wanted} does not run on ${destination} (${running?.version ?? 'nothing'} does). The database does not answer, and Sluice deploys nothing without it.`,
      ),
    };
  }
  return toward(question, { ...destined, destination }, seen);
}

/** `warm` is seconds, since the destination can take everything now; `cold` is minutes, since it gets the capacity first. */
function readinessOf(
  { live, service }: ReturnQuestion,
  { destination, release }: Destined,
  seen: WorkloadSeen,
): 'warm' | 'cold' {
  const needs = needsOfReturn({ live, destination, release, bounds: service.replicas });
  return readyForWeight(seen, needs).kind === 'ready' ? 'warm' : 'cold';
}
