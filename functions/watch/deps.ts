import { seconds } from '../../contracts/duration.ts';
import type { WatchDeps } from '../../pipeline/ports.ts';
import { channelsOf } from '../runtime/channels.ts';
import { clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import type { Environment } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';
import { publishMetrics } from '../runtime/publish-metrics.ts';
import { createServiceClusters } from '../runtime/service-cluster.ts';

export function createDeps(environment: Environment): WatchDeps {
  const common = commonDeps(environment);
  return {
    ...common,
    cluster: createServiceClusters({
      clientOf: clusterClientsOf(environment, common.configuration, seconds(5)),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
    // commonDeps has refused an environment without it.
    installation: environment.SLUICE_TABLE ?? '',
    log: functionLog,
    ...channelsOf(environment),
    publish: publishMetrics(environment),
  };
}
