import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { capacityObstacle } from '../../core/traffic/capacity.ts';
import type { ServiceCluster } from '../ports.ts';
import { neededReplicas } from './target-readiness.ts';

/**
 * Why the target of a shift could not get the pods that the whole shift needs, with what to do about it; null when it can. Asked before the
 * first weight, since an autoscaler that may not start as many would only be found out at a high one, when the deadline is over.
 */
export async function capacityRefusal(
  { workloads }: Pick<ServiceCluster, 'workloads'>,
  service: ServiceConfiguration,
  operation: OperationRecord & { readonly target: EnvironmentName },
): Promise<string | null> {
  const { target } = operation;
  const weight = operation.desired?.weight ?? 100;
  const needed = Math.max(service.replicas.min, neededReplicas(operation, service, weight));
  const { namespace } = service.environments[target];
  const seen = await workloads.readCapacity(namespace, service.name);
  return capacityObstacle(seen, { needed, weight, environment: target, autoscaler: service.autoscaler, namespace });
}
