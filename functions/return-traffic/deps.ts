import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import { seconds } from '../../contracts/duration.ts';
import type { ReturnTrafficDeps } from '../../pipeline/ports.ts';
import { clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { createServiceClusters } from '../runtime/service-cluster.ts';
import { keepEffects } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): ReturnTrafficDeps {
  const databaseBudget = seconds(1);
  const own = commonDeps(environment, { within: databaseBudget, sealing: 'later' });
  const { deps: common, publishKept } = keepEffects(environment, own, seconds(1));
  return {
    ...common,
    publishKept,
    databaseBudget,
    workflow: createWorkflow({ ...awsOptions(environment, 'SFN'), within: seconds(2) }),
    cluster: createServiceClusters({
      clientOf: clusterClientsOf(environment, common.configuration, seconds(3)),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
  };
}
