import { capacityFor, type ReplicaBounds } from '../traffic/capacity.ts';

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
