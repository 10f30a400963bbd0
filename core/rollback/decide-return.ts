import { lastKnownGood } from '../../contracts/trigger.ts';
import type { WorkloadSeen } from '../workload/readiness.ts';
import { readyForWeight } from '../workload/ready-for-weight.ts';
import { type RunningRelease, runningRelease } from '../workload/running-release.ts';
import type { Destined, Refused, ReturnPlan, ReturnQuestion, Stays, Toward } from './plan-return.ts';
import { needsOfReturn } from './return-needs.ts';

export type ReturnDecision =
  | (Destined & { readonly kind: 'return'; readonly readiness: 'warm' | 'cold' })
  /** Nobody decided on a pause, or nobody but a person may: the traffic stays where it is, fenced, and the service freezes (I7). */
  | Stays
  | Refused;

/** Whether the plan depends on what runs at its destination: where all the traffic is already, nothing has to be ready for it. */
export const looksAtDestination = ({ live }: ReturnQuestion, plan: Toward): boolean =>
  plan.provided !== 'anything' || live.weights[plan.destination] !== 100;

/** Decides once it was read what runs at the destination. It is warm when it can take everything; else it gets the capacity first. */
export function decideReturn(question: ReturnQuestion, plan: ReturnPlan, seen: WorkloadSeen): ReturnDecision {
  if (plan.kind !== 'toward') return plan;
  const { provided, kind: _, ...destined } = plan;
  const refused = refusalOf(question, plan, runningRelease(seen, question.service.name));
  if (refused !== null) return refused;
  return { kind: 'return', ...destined, readiness: readinessOf(question, plan, seen) };
}

function refusalOf(
  { situation }: ReturnQuestion,
  { destination, reason, provided }: Toward,
  running: RunningRelease | null,
): Refused | null {
  if (provided === 'anything') return null;
  const held = running?.digests.some((digest) => situation?.heldDigests.includes(digest) ?? false) ?? false;
  if (provided === 'not-held') {
    return held ? { kind: 'pause', reason: `${reason}; but ${running?.version} on ${destination} is on hold` } : null;
  }
  const { wanted } = provided;
  if (wanted !== lastKnownGood && running?.version !== wanted) {
    return {
      kind: 'ignore',
      reason: `${wanted} does not run on ${destination} (${running?.version ?? 'nothing'} does): go back without emergency, so that it is deployed first.`,
    };
  }
  return held
    ? { kind: 'ignore', reason: `${running?.version} on ${destination} is on hold; name another version.` }
    : null;
}

/** `warm` is seconds, since the destination can take everything now; `cold` is minutes, since it gets the capacity first. */
function readinessOf(
  { live, service }: ReturnQuestion,
  { destination, release }: Toward,
  seen: WorkloadSeen,
): 'warm' | 'cold' {
  const needs = needsOfReturn({ live, destination, release, bounds: service.replicas });
  return readyForWeight(seen, needs).kind === 'ready' ? 'warm' : 'cold';
}
