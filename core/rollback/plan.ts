import type { Fence } from '../../contracts/fence.ts';
import { allOn, type EnvironmentName, otherEnvironment, type Weights } from '../../contracts/names.ts';
import { capacityFor, type ReplicaBounds } from '../traffic/capacity.ts';
import { largerSide, sameWeights, soleEnvironment } from '../traffic/weights.ts';

export type ReturnPlan =
  | { kind: 'return'; to: EnvironmentName; wanted: Weights }
  /** The traffic is where it would go. */
  | { kind: 'nothing-to-return'; at: EnvironmentName };

/**
 * Where all the traffic goes: away from the side that failed; when none is named, to the origin that the route records; without a
 * record, to the side that has most of it, which at least ends the split.
 */
export function planReturn(
  live: { readonly weights: Weights; readonly fence: Fence | null },
  failed: EnvironmentName | null,
): ReturnPlan {
  const recorded = live.fence?.origin ?? soleEnvironment(live.weights) ?? largerSide(live.weights);
  const to = failed === null ? recorded : otherEnvironment(failed);
  const wanted = allOn(to);
  return sameWeights(live.weights, wanted) ? { kind: 'nothing-to-return', at: to } : { kind: 'return', to, wanted };
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
