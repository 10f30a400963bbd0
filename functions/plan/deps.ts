import { createMetricsSources } from '../../adapters/metrics/create-metrics-source.ts';
import { createListenerRules } from '../../adapters/traffic/listener-rules.ts';
import { seconds } from '../../contracts/duration.ts';
import type { Log, PlanDeps } from '../../pipeline/ports.ts';
import type { Identify } from '../people/identify.ts';
import { whoAsks } from '../people/who-asks.ts';
import { clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, ownCredentials } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';
import { releaseReading } from '../runtime/release-reading.ts';
import { createServiceClusters } from '../runtime/service-cluster.ts';

export interface PlanApiDeps extends PlanDeps {
  readonly identify: Identify;
  readonly log: Log;
}

export function createDeps(environment: Environment): PlanApiDeps {
  const common = commonDeps(environment);
  return {
    ...common,
    ...releaseReading(environment, common),
    identify: whoAsks(environment, common).identify,
    cluster: createServiceClusters({
      clientOf: clusterClientsOf(environment, common.configuration, seconds(3)),
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
    log: functionLog,
  };
}
