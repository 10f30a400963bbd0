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
