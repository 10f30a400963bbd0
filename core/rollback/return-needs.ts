import type { EnvironmentName } from '../../contracts/names.ts';
import type { ReleaseReference } from '../../contracts/records/operation.ts';
import { capacityFor, type ReplicaBounds } from '../traffic/capacity.ts';
import type { RouteState } from '../traffic/fence.ts';
import type { ReadyQuestion } from '../workload/ready-for-weight.ts';

/** Where a return goes, and what it finds there. */
export interface ReturnTo {
  /** The live route (rule 8). */
  readonly live: Pick<RouteState, 'weights' | 'fence'>;
  readonly destination: EnvironmentName;
  /** Set when the destination has to run this release. */
  readonly release: Pick<ReleaseReference, 'digest'> | null;
  readonly bounds: ReplicaBounds;
}

/**
 * Replicas that a side needs for all the traffic: its usual minimum, however far the other side has scaled under a load that may be the
 * fault itself.
 */
export const usualReplicas = (bounds: ReplicaBounds): number =>
  capacityFor({ weight: 100, originReplicas: bounds.min, bounds });

/**
 * What a return asks of its destination before it moves everything there: `ReturnTraffic` and `AwaitTarget` ask the same. Nothing
 * where all the traffic is already. The origin of a shift in progress carried everything with the pods that it has, which it keeps (I8):
 * one of them is enough. Every other side needs what all the traffic needs.
 */
export function needsOfReturn({ live, destination, release, bounds }: ReturnTo): ReadyQuestion {
  const digest = release?.digest ?? null;
  const weight = live.weights[destination];
  if (weight === 100) return { digest, needed: 0 };
  const serves = weight > 0 && live.fence?.origin === destination && digest === null;
  return { digest, needed: serves ? 1 : usualReplicas(bounds) };
}
