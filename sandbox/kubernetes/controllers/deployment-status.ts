import type { Condition, Deployment } from './objects.ts';
import { conditionOf, withCondition } from './pod-state.ts';

/** What there is of a Deployment's pods at one moment. */
export interface PodCounts {
  replicas: number;
  updated: number;
  ready: number;
  available: number;
}

export interface StatusInput {
  deployment: Deployment;
  desired: number;
  /** Pods that may be missing. */
  maxUnavailable: number;
  counts: PodCounts;
  /** Name of the ReplicaSet of the present template. */
  current: string;
  /** Whether that ReplicaSet was made just now: a new rollout begins. */
  begins: 'new-rollout' | 'no';
  /** RFC 3339. */
  now: string;
}

/**
 * A Deployment's status as its controller in Kubernetes writes it, `ProgressDeadlineExceeded` included: the clock runs
 * from the last progress of a rollout, and does not run once a rollout is complete.
 */
export function deploymentStatus(input: StatusInput): NonNullable<Deployment['status']> {
  const { deployment, desired, maxUnavailable, counts, now } = input;
  const enough = counts.available >= desired - maxUnavailable;
  const before = deployment.status?.conditions ?? [];
  const available = withCondition(
    before,
    {
      type: 'Available',
      status: enough ? 'True' : 'False',
      reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: `Deployment ${enough ? 'has' : 'does not have'} minimum availability.`,
      lastUpdateTime: now,
    },
    now,
  );
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: counts.replicas,
    updatedReplicas: counts.updated,
    readyReplicas: counts.ready,
    availableReplicas: counts.available,
    unavailableReplicas: Math.max(0, Math.max(desired, counts.replicas) - counts.available),
    conditions: keepOldTimes(before, withCondition(available, progress(input, before), now)),
  };
}

/** Milliseconds until the rollout's deadline; undefined when none is running. */
export function untilDeadline(
  deployment: Deployment,
  conditions: readonly Condition[],
  now: number,
): number | undefined {
  const progressing = conditionOf(conditions, 'Progressing');
  const seconds = deployment.spec.progressDeadlineSeconds ?? 600;
  if (progressing?.status !== 'True' || progressing.reason === 'NewReplicaSetAvailable') return undefined;
  return Math.max(0, Date.parse(progressing.lastUpdateTime ?? '') + seconds * 1000 - now) + 100;
}

function progress(input: StatusInput, before: readonly Condition[]): Omit<Condition, 'lastTransitionTime'> {
  const { deployment, desired, counts, current, begins, now } = input;
  const last = conditionOf(before, 'Progressing');
  const status = deployment.status ?? {};
  const is = (value: 'True' | 'False', reason: string, message: string): Omit<Condition, 'lastTransitionTime'> => ({
    type: 'Progressing',
    status: value,
    reason,
    message,
    lastUpdateTime: now,
  });
  const complete = counts.updated === desired && counts.replicas === desired && counts.available >= desired;
  if (complete) return is('True', 'NewReplicaSetAvailable', `ReplicaSet "${current}" has successfully progressed.`);
  if (begins === 'new-rollout' || last === undefined) {
    return is('True', 'NewReplicaSetCreated', `Created new replica set "${current}"`);
  }
  // Scaling a complete Deployment is no rollout: Kubernetes does not judge it by the deadline.
  if (last.reason === 'NewReplicaSetAvailable') return last;
  const old = counts.replicas - counts.updated;
  const oldBefore = (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  const moved =
    counts.updated > (status.updatedReplicas ?? 0) ||
    old < oldBefore ||
    counts.ready > (status.readyReplicas ?? 0) ||
    counts.available > (status.availableReplicas ?? 0);
  if (moved) return is('True', 'ReplicaSetUpdated', `ReplicaSet "${current}" is progressing.`);
  const remaining = untilDeadline(deployment, before, Date.parse(now));
  if (last.status === 'True' && remaining !== undefined && remaining <= 100) {
    return is('False', 'ProgressDeadlineExceeded', `ReplicaSet "${current}" has timed out progressing.`);
  }
  return last;
}

/** `lastUpdateTime` moves only with a change, or on progress, where it is the deadline's clock. */
function keepOldTimes(before: readonly Condition[], after: readonly Condition[]): Condition[] {
  return after.map((condition) => {
    const old = conditionOf(before, condition.type);
    const same = old?.status === condition.status && old.reason === condition.reason;
    return same && condition.reason !== 'ReplicaSetUpdated' ? old : condition;
  });
}
