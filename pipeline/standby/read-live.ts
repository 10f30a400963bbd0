import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { runningRelease } from '../../core/workload/running-release.ts';
import type { ServiceCluster } from '../ports.ts';
import { seeWorkload } from './see-workload.ts';

/** What runs in an environment, from its Deployment: version label and image digest. Null when there is none, or no digest is known. */
export async function readLive(
  cluster: Pick<ServiceCluster, 'workloads'>,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<{ version: string; digest: string; digests: readonly string[]; ready: number; image: string } | null> {
  const seen = await seeWorkload(cluster, service, environment);
  const running = runningRelease(seen, service.name);
  if (running === null || running.digest === null) return null;
  return { ...running, digest: running.digest, ready: seen.deployment?.status?.readyReplicas ?? 0 };
}
