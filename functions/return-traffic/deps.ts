import { seconds } from '../../contracts/duration.ts';
import type { ReturnTrafficDeps } from '../../pipeline/ports.ts';
import { type ClusterClients, clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { lateWorkflow } from '../runtime/late-deps.ts';
import { createServiceClusters } from '../runtime/service-cluster.ts';
import { keepEffects } from '../runtime/store-effects.ts';

/** @param clientOf the clusters, where somebody has asked them already. */
export function createDeps(environment: Environment, clientOf?: ClusterClients): ReturnTrafficDeps {
  const databaseBudget = seconds(1);
  const { deps: common, tellKept } = keepEffects(environment, commonDeps(environment, databaseBudget), seconds(1));
  return {
    ...common,
    tellKept,
    databaseBudget,
    workflow: lateWorkflow({ ...awsOptions(environment, 'SFN'), within: seconds(2) }),
    cluster: createServiceClusters({
      clientOf: clientOf ?? clusterClientsOf(environment, common.configuration, seconds(3)),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
  };
}
