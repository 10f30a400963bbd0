/** How many replicas a service may and must have. */
export interface ReplicaBounds {
  readonly min: number;
  readonly max: number;
  readonly minAvailable: number;
}

export interface CapacityQuestion {
  /** Percent of the traffic that the target is about to receive. */
  weight: number;
  /** Available replicas of the origin before the shift, which carried all the traffic. */
  originReplicas: number;
  bounds: ReplicaBounds;
}

/**
 * Replicas that must be available on the target before it receives `weight` (I2): its share of what the origin needed, at
 * least `minAvailable` (and `min` with all the traffic), at most `max`.
 */
export function capacityFor({ weight, originReplicas, bounds }: CapacityQuestion): number {
  const share = Math.ceil((originReplicas * weight) / 100);
  const floor = weight === 100 ? Math.max(bounds.minAvailable, bounds.min) : bounds.minAvailable;
  return Math.min(bounds.max, Math.max(floor, share));
}

/** The HPA minimum that keeps the origin as it was until `keepWarm` has passed, although its load falls (I8). */
export const warmCapacity = ({ originReplicas, bounds }: Omit<CapacityQuestion, 'weight'>): number =>
  Math.min(bounds.max, Math.max(bounds.minAvailable, originReplicas));
