import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { SluiceError } from '../../contracts/errors.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { CheckResult, OperationRecord } from '../../contracts/records/operation.ts';
import { podWords } from '../../contracts/words.ts';
import { capacityFor } from '../../core/traffic/capacity.ts';
import { noRoom } from '../../core/workload/room.ts';
import type { ServiceCluster } from '../ports.ts';
import { seeWorkload } from '../standby/see-workload.ts';

/**
 * Whether the standby could get as many pods as all the traffic takes, by its autoscaler and the quotas of its namespace. It is a look ahead:
 * both may be raised by the time that matters, and then it is tried.
 */
export async function lookAtRoom(
  cluster: Pick<ServiceCluster, 'workloads'>,
  service: ServiceConfiguration,
  live: NonNullable<OperationRecord['live']>,
): Promise<Pick<CheckResult, 'name' | 'result' | 'reason'>> {
  const environment = otherEnvironment(live.environment);
  const { namespace } = service.environments[environment];
  const name = `room for pods of ${environment}`;
  try {
    const [standby, origin, capacity, quotas] = await Promise.all([
      seeWorkload(cluster, service, environment),
      seeWorkload(cluster, service, live.environment),
      cluster.workloads.readCapacity(namespace, service.name),
      cluster.workloads.listQuotas(namespace),
    ]);
    const originReplicas = origin.deployment?.status?.replicas ?? service.replicas.min;
    const needed = capacityFor({ weight: 100, originReplicas, bounds: service.replicas });
    const wanted = { needed, weight: 100, environment, namespace, autoscaler: service.autoscaler };
    const present = standby.deployment?.status?.replicas ?? 0;
    const reason = noRoom({ wanted, present, capacity, quotas, like: origin.pods[0] ?? null });
    return reason === null
      ? {
          name,
          result: 'pass',
          reason: `all the traffic needs ${podWords(needed)}: ${podWords(present, 'is')} there${
            present < needed ? `, and the autoscaler and the quotas leave room for ${needed - present} more` : ''
          }`,
        }
      : { name, result: 'fail', reason };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { name, result: 'inconclusive', reason: error.message };
  }
}
