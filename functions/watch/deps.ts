import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import type { CommonDeps } from '../../pipeline/operation/operation-context.ts';
import { type ClusterClients, clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import type { Environment } from '../runtime/environment.ts';
import { functionLog, type Log } from '../runtime/log.ts';
import { createServiceClusters, type ServiceCluster } from '../runtime/service-cluster.ts';

export interface WatchDeps extends CommonDeps {
  readonly cluster: (service: ServiceConfiguration) => Pick<ServiceCluster, 'router'>;
  /** Name of the table: what tells the metrics of one installation from another's. */
  readonly installation: string;
  readonly log: Log;
  /** Writes a line that CloudWatch reads as metrics. */
  readonly publish: (line: object) => void;
}

/** @param clientOf the clusters, where somebody has asked them already. */
export function createDeps(environment: Environment, clientOf?: ClusterClients): WatchDeps {
  const common = commonDeps(environment);
  return {
    ...common,
    cluster: createServiceClusters({
      clientOf: clientOf ?? clusterClientsOf(environment, common.configuration, seconds(5)),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
    // commonDeps has refused an environment without it.
    installation: environment.SLUICE_TABLE ?? '',
    log: functionLog,
    // Bare: CloudWatch takes metrics only from a line that is nothing but JSON.
    publish: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
  };
}
