/** One ReplicaSet of a Deployment, in numbers. */
export interface ReplicaCount {
  name: string;
  /** Pods that it should have. */
  wanted: number;
  /** Pods of it that are ready. */
  available: number;
}

export interface RolloutState {
  /** The Deployment's replicas. */
  desired: number;
  /** Pods that may be there beyond `desired`. */
  maxSurge: number;
  /** Pods that may be missing from `desired`. */
  maxUnavailable: number;
  /** The ReplicaSet of the present template. */
  current: ReplicaCount;
  /** All others, oldest first. */
  old: readonly ReplicaCount[];
}

/** Reads `maxSurge` (rounded up) or `maxUnavailable` (rounded down): a number of pods or a percentage of `desired`. */
export function podsOf(bound: number | string, desired: number, round: 'up' | 'down'): number {
  if (typeof bound === 'number') return bound;
  const exact = (Number.parseFloat(bound) / 100) * desired;
  return round === 'up' ? Math.ceil(exact - 1e-9) : Math.floor(exact + 1e-9);
}

/**
 * The next step of a rolling update: how many pods each ReplicaSet should have now (Kubernetes' rolling.go). New pods
 * come as far as the surge allows; old ones go only as new ones are available, the broken ones first.
 */
export function nextRolloutStep(state: RolloutState): Map<string, number> {
  const { desired, maxSurge, current, old } = state;
  // Both 0 could never move.
  const maxUnavailable = maxSurge === 0 && state.maxUnavailable === 0 ? 1 : state.maxUnavailable;
  const total = current.wanted + sum(old.map(({ wanted }) => wanted));
  const step = new Map(old.map(({ name, wanted }) => [name, wanted]));

  const room = Math.max(0, desired + maxSurge - total);
  const grown = current.wanted >= desired ? desired : Math.min(desired, current.wanted + room);
  step.set(current.name, grown);

  const notYet = Math.max(0, current.wanted - current.available);
  let removable = total - (desired - maxUnavailable) - notYet;
  for (const { name, wanted, available } of old) {
    const broken = Math.min(Math.max(0, removable), wanted - available);
    if (broken <= 0) continue;
    step.set(name, wanted - broken);
    removable -= broken;
  }
  const available = current.available + sum(old.map((one) => one.available));
  let spare = available - (desired - maxUnavailable);
  for (const { name } of old) {
    const left = step.get(name) ?? 0;
    const gone = Math.min(Math.max(0, spare), left);
    step.set(name, left - gone);
    spare -= gone;
  }
  return step;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
