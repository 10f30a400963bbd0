import { lastKnownGood } from '../../contracts/trigger.ts';
import { capacityFor, type ReplicaBounds } from '../traffic/capacity.ts';
import type { Destined, Refused, ReturnPlan, ReturnQuestion, Stays, Toward } from './plan-return.ts';

/** What runs at a destination, by its Deployment; null when nothing does. */
export type RunningThere = { readonly version: string; readonly digest: string; readonly ready: number } | null;

export type ReturnDecision =
  | (Destined & { readonly kind: 'return'; readonly readiness: 'warm' | 'cold' })
  /** Nobody decided on a pause, or nobody but a person may: the traffic stays where it is, fenced, and the service freezes (I7). */
  | Stays
  | Refused;

/** Whether the plan depends on what runs at its destination: where all the traffic is already, nothing has to be ready for it. */
export const looksAtDestination = ({ live }: ReturnQuestion, plan: Toward): boolean =>
  plan.provided !== 'anything' || live.weights[plan.destination] !== 100;

/** Decides once it was read what runs at the destination. It is warm when it can take everything; else it gets the capacity first. */
export function decideReturn(question: ReturnQuestion, plan: ReturnPlan, running: RunningThere): ReturnDecision {
  if (plan.kind !== 'toward') return plan;
  const { provided, kind: _, ...destined } = plan;
  const refused = refusalOf(question, plan, running);
  if (refused !== null) return refused;
  return { kind: 'return', ...destined, readiness: readinessOf(question, plan, running) };
}

function refusalOf(
  { situation }: ReturnQuestion,
  { destination, reason, provided }: Toward,
  running: RunningThere,
): Refused | null {
  if (provided === 'anything') return null;
  const held = running !== null && (situation?.heldDigests.includes(running.digest) ?? false);
  if (provided === 'not-held') {
    return held ? { kind: 'pause', reason: `${reason}; but ${running.version} on ${destination} is on hold` } : null;
  }
  const { wanted } = provided;
  if (wanted !== lastKnownGood && running?.version !== wanted) {
    return {
      kind: 'ignore',
      reason: `${wanted} does not run on ${destination} (${running?.version ?? 'nothing'} does): go back without emergency, so that it is deployed first.`,
    };
  }
  return held
    ? { kind: 'ignore', reason: `${running.version} on ${destination} is on hold; name another version.` }
    : null;
}

function readinessOf(
  { live, service }: ReturnQuestion,
  { destination, release }: Toward,
  running: RunningThere,
): 'warm' | 'cold' {
  if (live.weights[destination] === 100) return 'warm';
  const rightRelease = release === null || running?.digest === release.digest;
  const readyReplicas = rightRelease ? (running?.ready ?? 0) : 0;
  // The origin of a shift in progress carried everything with the pods that it has: it keeps them until the end (I8).
  const serves = live.weights[destination] > 0 && live.fence?.origin === destination;
  if (serves && readyReplicas > 0) return 'warm';
  return returnSpeed({ readyReplicas, servingReplicas: service.replicas.min, bounds: service.replicas });
}

export interface DestinationState {
  /** Ready replicas that run exactly the release to which the traffic goes back. */
  readonly readyReplicas: number;
  /** Available replicas of the side that has the traffic now. */
  readonly servingReplicas: number;
  readonly bounds: ReplicaBounds;
}

/**
 * How long going back takes: `warm` is seconds, since the destination can take everything now; `cold` is minutes, since it must
 * be scaled or deployed first.
 */
export function returnSpeed({ readyReplicas, servingReplicas, bounds }: DestinationState): 'warm' | 'cold' {
  // an overloaded side may have scaled beyond what the other ever needs: its usual minimum counts as enough to begin with
  const usual = capacityFor({ weight: 100, originReplicas: Math.min(servingReplicas, bounds.min), bounds });
  return readyReplicas >= usual ? 'warm' : 'cold';
}
