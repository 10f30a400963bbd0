import type { Autoscaler } from '../../contracts/configuration/autoscaler.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import { podWords } from '../../contracts/words.ts';

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

/** An autoscaler's minimum when Sluice is about to write it. */
export interface MinimumBefore extends MinimumSeen {
  /** What people had set, as it was remembered at the last write; null when they had set nothing. */
  readonly remembered: number | null;
  /** The usual minimum of the service: where Sluice has never written, more than that was set by people. */
  readonly usual: number;
}

/**
 * The minimum that people want, below which Sluice does not go (docs/adr/0035): what they have set since Sluice wrote last, else what is
 * remembered of before. They take it back by setting less. Null when they have set nothing.
 */
export function peoplesMinimum({ live, written, remembered, usual }: MinimumBefore): number | null {
  if (written === null) return live > usual ? live : null;
  if (live === written) return remembered;
  return live > 0 ? live : null;
}

/** What decides how many pods an environment has, as far as it may stand in the way of a shift. */
export interface CapacityLimit {
  /** For people. */
  readonly object: string;
  /** Null where nothing limits it. */
  readonly limit: { readonly field: string; readonly pods: number } | null;
  /** Why it does not decide, and what to do about it. */
  readonly problem: { readonly message: string } | null;
}

export interface CapacityNeeded {
  readonly needed: number;
  /** Percent of the traffic for which it is needed. */
  readonly weight: number;
  readonly environment: EnvironmentName;
  readonly namespace: string;
  readonly autoscaler: Autoscaler;
}

const resources = { HPA: 'horizontalpodautoscaler', ScaledObject: 'scaledobject', none: 'deployment' } as const;

/** Why an environment could not get the pods that it is to have, with what to do about it; null when it can. */
export function capacityObstacle(
  seen: CapacityLimit | null,
  { needed, weight, environment, namespace, autoscaler: { kind, name } }: CapacityNeeded,
): Reason | null {
  const resource = resources[kind];
  if (seen === null) {
    const advice = 'Does the chart contain it, and does `autoscaler` in sluice.yaml name it?';
    const told = `${environment} has no ${resource} ${namespace}/${name}, which Sluice needs to set its capacity`;
    return because('CapacityRefused', told, advice);
  }
  if (seen.problem !== null) {
    return because('CapacityRefused', `${environment} cannot be given its capacity. ${seen.problem.message}.`);
  }
  if (seen.limit === null || needed <= seen.limit.pods) return null;
  const { field, pods } = seen.limit;
  const patch = JSON.stringify({ spec: { [field]: needed } });
  return because(
    'CapacityRefused',
    `${weight} % of the traffic needs ${podWords(needed)} on ${environment}, and ${seen.object} may start at most ${pods}`,
    `Set ${field} to at least ${needed}, in the chart and with: kubectl -n ${namespace} patch ${resource}/${name} --type merge -p '${patch}'`,
  );
}
