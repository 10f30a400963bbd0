import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { WorkloadSeen } from '../../core/workload/readiness.ts';
import type { ServiceCluster } from '../ports.ts';

/** The labels by which a service's pods are found where its Deployment does not say; the chart sets them. */
export const podLabels = (service: ServiceConfiguration) => ({ 'app.kubernetes.io/name': service.name });

/**
 * Looks at one side: its Deployment, and the pods that this one selects, which need not carry our chart's labels. It is the one
 * observation behind every question about readiness.
 */
export async function seeWorkload(
  { workloads }: Pick<ServiceCluster, 'workloads'>,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<WorkloadSeen> {
  const { namespace } = service.environments[environment];
  const deployment = await workloads.readDeployment(namespace, service.name);
  const injected = service.injectedContainers;
  if (deployment === null) return { deployment, pods: [], injected };
  const pods = await workloads.listPods(namespace, deployment.spec?.selector?.matchLabels ?? podLabels(service));
  return { deployment, pods, injected };
}
