import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { minutes } from '../../contracts/duration.ts';
import { between, type Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { sentence } from '../../contracts/words.ts';
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
): Promise<Reason | null> {
  const { target } = operation;
  const weight = operation.desired?.weight ?? 100;
  const needed = Math.max(service.replicas.min, neededReplicas(operation, service, weight));
  const { namespace } = service.environments[target];
  const seen = await workloads.readCapacity(namespace, service.name);
  return capacityObstacle(seen, { needed, weight, environment: target, autoscaler: service.autoscaler, namespace });
}

/** An autoscaler without readings for less may be one whose pods have just started. */
const blindFor = minutes(2);

/**
 * Why the autoscaler of a deployment's target would keep its sync from ever being healthy, with what to do about it; null when nothing does.
 * Only a deployment waits for that: a shift and a return need its pods alone.
 */
export async function blindAutoscaler(
  { workloads }: Pick<ServiceCluster, 'workloads'>,
  service: ServiceConfiguration,
  target: EnvironmentName,
  now: Instant,
): Promise<Reason | null> {
  const { namespace } = service.environments[target];
  const unwell = (await workloads.readCapacity(namespace, service.name))?.unwell;
  if (unwell === undefined || between(unwell.since, now) < blindFor) return null;
  const told = `${sentence(unwell.message)} Argo CD calls it Degraded, so no sync of ${target} would count as healthy`;
  const advice = `Is metrics-server running? \`kubectl get apiservice v1beta1.metrics.k8s.io\` says.`;
  return because('CapacityRefused', told, advice);
}
