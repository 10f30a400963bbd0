import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type Instant, later, parseInstant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { capacityFor } from '../../core/traffic/capacity.ts';
import { risingSide } from '../../core/traffic/decide-switch.ts';
import { readyForWeight } from '../../core/workload/ready-for-weight.ts';
import type { ServiceCluster } from '../ports.ts';
import { seeWorkload } from './see-workload.ts';

export type TargetReadiness =
  | { kind: 'ready'; replicas: number }
  | { kind: 'waiting'; reason: string }
  | { kind: 'failed'; reason: string };

/** Replicas that an environment needs for a share of the traffic, in percent, by what the origin had before the shift. */
export const neededReplicas = (operation: OperationRecord, service: ServiceConfiguration, weight: number): number =>
  capacityFor({
    weight,
    originReplicas: operation.originReplicas ?? service.replicas.min,
    bounds: service.replicas,
  });

/** Until when the replicas for the next weight must be ready (I11). */
export const capacityDeadline = (
  { capacitySince, stateSince }: Pick<OperationRecord, 'capacitySince' | 'stateSince'>,
  { deadlines }: Pick<ServiceConfiguration, 'deadlines'>,
): Instant => later(parseInstant(capacitySince ?? stateSince), deadlines.capacity);

/** Whether the target runs exactly the operation's release with at least `needed` replicas ready (I2). */
export async function targetReadiness(
  cluster: ServiceCluster,
  service: ServiceConfiguration,
  { target, release, approved }: OperationRecord,
  needed: number,
): Promise<TargetReadiness> {
  if (target === null || release === null)
    return { kind: 'failed', reason: 'The operation has no target or no release.' };
  return sideReadiness(cluster, service, { environment: target, digest: release.digest, needed, approved });
}

/**
 * Whether the side that rises when the target gets `weight` may (I2): the target with the operation's release, or the origin with what
 * was live there before, when a person wants less on the target than it has.
 */
export async function risingReadiness(
  cluster: ServiceCluster,
  service: ServiceConfiguration,
  operation: OperationRecord,
  weight: number,
): Promise<TargetReadiness> {
  const { target, weights, live } = operation;
  const rising = target === null || weights === null ? null : risingSide(target, weight, weights);
  if (rising === null || rising.environment === target) {
    return targetReadiness(cluster, service, operation, neededReplicas(operation, service, weight));
  }
  if (live === null) return { kind: 'failed', reason: `Nobody knows what runs on ${rising.environment}.` };
  return sideReadiness(cluster, service, {
    environment: rising.environment,
    digest: live.digest,
    needed: neededReplicas(operation, service, rising.weight),
    approved: null,
  });
}

interface Side {
  readonly environment: EnvironmentName;
  readonly digest: string;
  readonly needed: number;
  /** The containers that were synced at the approved commit; null: those that the Deployment has now. */
  readonly approved: OperationRecord['approved'];
}

async function sideReadiness(
  cluster: ServiceCluster,
  service: ServiceConfiguration,
  { environment, digest, needed, approved }: Side,
): Promise<TargetReadiness> {
  const seen = await seeWorkload(cluster, service, environment);
  const answer = readyForWeight({ ...seen, approved }, { digest, needed });
  return answer.kind === 'ready' ? answer : { kind: answer.kind, reason: `${environment}: ${answer.reason}.` };
}
