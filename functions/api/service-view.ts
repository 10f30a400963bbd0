import type { LockRecord } from '../../adapters/store/locks.ts';
import type { ApiService, ApiServiceEnvironment } from '../../contracts/api/service.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { SluiceError } from '../../contracts/errors.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { judgeDeployment } from '../../core/workload/readiness.ts';
import { readLive } from '../shared/read-live.ts';
import type { ServiceCluster } from '../shared/service-cluster.ts';
import { podLabels } from '../shared/target-readiness.ts';
import type { ApiDeps } from './deps.ts';

/** A service as it is now. The cluster is the truth (rule 8); when it does not answer, that is said, and the rest is shown. */
export async function readServiceView(deps: ApiDeps, service: ServiceConfiguration): Promise<ApiService> {
  const { name, repository } = service;
  const [live, lock, candidate, holds, frozen] = await Promise.all([
    readCluster(deps, service),
    deps.store.locks.read(name),
    deps.store.candidates.read(name),
    deps.store.releases.holds(name),
    deps.store.releases.frozen(name),
  ]);
  return {
    name,
    repository,
    host: service.traffic.host,
    ...live,
    lock: lockView(lock),
    candidate:
      candidate === null
        ? null
        : {
            operation: candidate.operation,
            version: candidate.version,
            commit: candidate.commit,
            at: candidate.at,
          },
    holds: holds.map(({ version, digest, reason, operation, at }) => ({ version, digest, reason, operation, at })),
    frozen:
      frozen === null ? null : { reason: frozen.reason, operation: frozen.operation, by: frozen.by, at: frozen.at },
  };
}

const lockView = ({ holder, kind, epoch, acquiredAt, deadline }: LockRecord): ApiService['lock'] => ({
  holder,
  kind,
  epoch,
  acquiredAt,
  deadline,
});

async function readCluster(
  deps: ApiDeps,
  service: ServiceConfiguration,
): Promise<Pick<ApiService, 'active' | 'environments' | 'problem'>> {
  try {
    const cluster = deps.cluster(service);
    const [route, blue, green] = await Promise.all([
      cluster.router.read(),
      readEnvironment(cluster, service, 'blue'),
      readEnvironment(cluster, service, 'green'),
    ]);
    return {
      active: soleEnvironment(route.weights) ?? route.fence?.origin ?? null,
      environments: {
        blue: { ...blue, weight: route.weights.blue },
        green: { ...green, weight: route.weights.green },
      },
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { active: null, environments: { blue: unknown, green: unknown }, problem: error.message };
  }
}

const unknown: ApiServiceEnvironment = {
  version: null,
  digest: null,
  weight: null,
  ready: 0,
  health: 'unknown',
  reason: null,
};

async function readEnvironment(
  cluster: ServiceCluster,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<Omit<ApiServiceEnvironment, 'weight'>> {
  const { namespace } = service.environments[environment];
  const [running, deployment, pods] = await Promise.all([
    readLive(cluster, service, environment),
    cluster.workloads.readDeployment(namespace, service.name),
    cluster.workloads.listPods(namespace, podLabels(service)),
  ]);
  if (running === null || deployment === null) {
    return { version: null, digest: null, ready: 0, health: 'absent', reason: `Nothing is deployed in ${namespace}.` };
  }
  const { version, digest, ready } = running;
  const judged = judgeDeployment(deployment, pods, digest);
  switch (judged.kind) {
    case 'ready':
      return { version, digest, ready, health: 'healthy', reason: null };
    case 'progressing':
      return { version, digest, ready, health: 'progressing', reason: judged.reason };
    case 'failed':
      return { version, digest, ready, health: 'degraded', reason: judged.reason };
  }
}
