import { createPagers } from '../../adapters/notice/create-pagers.ts';
import { createMailer } from '../../adapters/notice/mailer.ts';
import { seconds } from '../../contracts/duration.ts';
import type { WatchDeps } from '../../pipeline/ports.ts';
import { clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, systemNow } from '../runtime/environment.ts';
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
    mailer: createMailer({
      ...awsOptions(environment, 'SESV2'),
      configurationSet: environment.MAIL_CONFIGURATION_SET,
    }),
    pagers: createPagers({
      sns: awsOptions(environment, 'SNS'),
      secrets: awsOptions(environment, 'SECRETS_MANAGER'),
      now: systemNow,
    }),
    publish: publishMetrics(environment),
  };
}
