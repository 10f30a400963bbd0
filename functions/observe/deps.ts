import { dirname } from 'node:path';
import { createProber } from '../../adapters/health/prober.ts';
import { createMetricsSources } from '../../adapters/metrics/create-metrics-source.ts';
import { createListenerRules } from '../../adapters/traffic/listener-rules.ts';
import { milliseconds, parseDuration } from '../../contracts/duration.ts';
import type { ObserveDeps } from '../../pipeline/ports.ts';
import { clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, ownCredentials } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';
import { createServiceClusters } from '../runtime/service-cluster.ts';
import { announcingDeps } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): ObserveDeps {
  const common = announcingDeps(environment, commonDeps(environment));
  return {
    ...common,
    cluster: createServiceClusters({
      clientOf: clusterClientsOf(environment, common.configuration),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
      listenerRules: createListenerRules({
        ...awsOptions(environment, 'ELASTIC_LOAD_BALANCING_V2'),
        now: common.now,
      }),
    }),
    metrics: createMetricsSources({
      secrets: awsOptions(environment, 'SECRETS_MANAGER'),
      cloudWatch: awsOptions(environment, 'CLOUDWATCH'),
      credentials: ownCredentials(environment),
      now: common.now,
    }),
    // Bodies of checks lie beside the configuration.
    prober: createProber({ bodyFolder: dirname(environment.SLUICE_CONFIGURATION ?? '.') }),
    pause: (duration) => new Promise((resolve) => setTimeout(resolve, duration)),
    log: functionLog,
    patience: milliseconds(parseDuration(environment.SLUICE_OBSERVE_PATIENCE ?? '50s')),
  };
}
