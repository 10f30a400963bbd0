import { dirname } from 'node:path';
import { createProber, type Prober } from '../../adapters/health/prober.ts';
import type { MetricsSource } from '../../adapters/metrics/metrics-source.ts';
import { createPrometheusSource } from '../../adapters/metrics/prometheus-source.ts';
import { createWebSource } from '../../adapters/metrics/web-source.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type Milliseconds, milliseconds, parseDuration } from '../../contracts/duration.ts';
import { announcingDeps } from '../../pipeline/notice/announce.ts';
import type { CommonDeps } from '../../pipeline/operation/operation-context.ts';
import { type ClusterClients, clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import type { Environment } from '../runtime/environment.ts';
import { createServiceClusters, type ServiceCluster } from '../runtime/service-cluster.ts';

export interface ObserveDeps extends CommonDeps {
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  readonly metrics: (service: ServiceConfiguration) => MetricsSource;
  readonly prober: Prober;
  /** Lets time pass between two looks. */
  readonly pause: (duration: Milliseconds) => Promise<void>;
  /** How long one call may go on looking: below Lambda's timeout and the task's. */
  readonly patience: Milliseconds;
}

/** @param clientOf the clusters, where somebody has asked them already. */
export function createDeps(environment: Environment, clientOf?: ClusterClients): ObserveDeps {
  const common = announcingDeps(environment, commonDeps(environment));
  return {
    ...common,
    cluster: createServiceClusters({
      clientOf: clientOf ?? clusterClientsOf(environment, common.configuration),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
    metrics: ({ objectives: { source } }) =>
      source.kind === 'prometheus' ? createPrometheusSource({ url: source.url }) : createWebSource({ url: source.url }),
    // Bodies of checks lie beside the configuration.
    prober: createProber({ bodyFolder: dirname(environment.SLUICE_CONFIGURATION ?? '.') }),
    pause: (duration) => new Promise((resolve) => setTimeout(resolve, duration)),
    patience: milliseconds(parseDuration(environment.SLUICE_OBSERVE_PATIENCE ?? '50s')),
  };
}
