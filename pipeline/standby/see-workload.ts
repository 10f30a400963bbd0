import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { JudgedDeployment, WorkloadSeen } from '../../core/workload/readiness.ts';
import type { ServiceCluster } from '../ports.ts';

type DeploymentSpec = NonNullable<JudgedDeployment['spec']>;

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
  const added = { injected: service.injectedContainers, managers: service.templateManagers };
  if (deployment === null) return { deployment, pods: [], ...added };
  const pods = await workloads.listPods(namespace, selectedLabels(deployment.spec) ?? podLabels(service));
  return { deployment, pods, ...added };
}

/**
 * The labels by which a Deployment selects its pods. One that selects by expressions says which labels matter: its pods have those of its
 * template. Null when it says nothing.
 */
function selectedLabels(spec: DeploymentSpec | undefined): Readonly<Record<string, string>> | null {
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
  const template = spec?.template?.metadata?.labels ?? {};
  const expressed = matchExpressions.flatMap(({ key }) => {
    const value = template[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const labels = { ...Object.fromEntries(expressed), ...matchLabels };
  return Object.keys(labels).length === 0 ? null : labels;
}
