import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { ServiceCluster } from '../ports.ts';

/** What runs in an environment, from its Deployment: version label and image digest. Null when there is none. */
export async function readLive(
  { workloads }: ServiceCluster,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<{ version: string; digest: string; ready: number; image: string } | null> {
  const deployment = await workloads.readDeployment(service.environments[environment].namespace, service.name);
  const template = deployment?.spec?.template;
  const image = template?.spec?.containers?.[0]?.image ?? '';
  const [repository = '', digest] = image.split('@');
  if (digest === undefined) return null;
  const version = template?.metadata?.labels?.['app.kubernetes.io/version'] ?? 'unknown';
  return { version, digest, image: repository, ready: deployment?.status?.readyReplicas ?? 0 };
}
