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

/** An autoscaler's minimum as it is, and as Sluice left it; `written` is null when Sluice never set it. */
export interface MinimumSeen {
  readonly live: number;
  readonly written: number | null;
}

export type CapacityDrift =
  | { kind: 'none' }
  /** More than the plan needs harms nobody: recorded, and left as it is. */
  | { kind: 'raised'; before: number; after: number }
  /** Less than the plan needs: the next weight must not rise on it (I2), and the origin must keep what it had (I8). */
  | { kind: 'lowered'; before: number; after: number };

/** Whether somebody else, a person or a self-heal, has changed the capacity that a shift rests on (rule 8; DESIGN §5, Capacity). */
export function capacityDrift({ live, written }: MinimumSeen): CapacityDrift {
  if (written === null || live === written) return { kind: 'none' };
  return { kind: live > written ? 'raised' : 'lowered', before: written, after: live };
}
