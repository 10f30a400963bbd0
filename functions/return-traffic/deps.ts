import type { Workflow } from '../../adapters/workflow/workflow.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { announcing, ownBus, tellLater } from '../../pipeline/notice/announce.ts';
import { anchoring, anchoringAside, ownAnchors } from '../../pipeline/operation/anchor-audit.ts';
import { asideLater } from '../../pipeline/operation/aside.ts';
import type { CommonDeps } from '../../pipeline/operation/operation-context.ts';
import { type ClusterClients, clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { lateWorkflow } from '../runtime/late-deps.ts';
import { createServiceClusters, type ServiceCluster } from '../runtime/service-cluster.ts';

export interface ReturnTrafficDeps extends CommonDeps {
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  readonly workflow: Workflow;
  /** What the database may take in all before the traffic is returned without it (rule 6). */
  readonly databaseBudget: Milliseconds;
  /** Tells others of what was written, and anchors what has ended, once the traffic is where it belongs. */
  readonly tellKept: () => Promise<void>;
}

/** @param clientOf the clusters, where somebody has asked them already. */
export function createDeps(environment: Environment, clientOf?: ClusterClients): ReturnTrafficDeps {
  const databaseBudget = seconds(1);
  const { tell, tellKept } = tellLater({ ...ownBus(environment), within: seconds(1) });
  const bare = commonDeps(environment, databaseBudget);
  const { aside, doKept } = asideLater({ ...anchoringAside, within: seconds(1) });
  const common = announcing(anchoring(bare, ownAnchors(environment, bare), aside), tell);
  return {
    ...common,
    tellKept: async () => void (await Promise.all([tellKept(), doKept()])),
    databaseBudget,
    workflow: lateWorkflow({ ...awsOptions(environment, 'SFN'), within: seconds(2) }),
    cluster: createServiceClusters({
      clientOf: clientOf ?? clusterClientsOf(environment, common.configuration, seconds(3)),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
  };
}
