import { createEnvironmentBranch, type EnvironmentBranch } from '../../adapters/gitops/environment-branch.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createGitHub } from '../../adapters/shared/github.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { announcingDeps } from '../shared/announce.ts';
import { type ClusterClients, clusterClientsOf } from '../shared/cluster-clients.ts';
import { commonDeps } from '../shared/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../shared/environment.ts';
import { lateWorkflow } from '../shared/late-deps.ts';
import type { CommonDeps } from '../shared/operation-context.ts';
import { createServiceClusters, type ServiceCluster } from '../shared/service-cluster.ts';
import { wakeWaiting } from '../shared/wake.ts';

export interface ActDeps extends CommonDeps {
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  readonly branch: EnvironmentBranch;
  /** Wakes who waits for a lock that was freed here. */
  readonly wakeWaiting: (service: string) => Promise<void>;
}

/** @param clientOf the clusters, where somebody has asked them already. */
export function createDeps(environment: Environment, clientOf?: ClusterClients): ActDeps {
  const common = announcingDeps(environment, commonDeps(environment));
  const { SLUICE_GITHUB_TOKEN_SECRET } = requireVariables(environment, 'SLUICE_GITHUB_TOKEN_SECRET');
  const secrets = createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now: common.now });
  const github = createGitHub({
    baseUrl: common.configuration.github.apiUrl,
    token: async () => (await secrets.get(SLUICE_GITHUB_TOKEN_SECRET)).current,
  });
  const workflow = lateWorkflow(awsOptions(environment, 'SFN'));
  return {
    ...common,
    wakeWaiting: (service) => wakeWaiting({ ...common, workflow }, service),
    cluster: createServiceClusters({
      clientOf: clientOf ?? clusterClientsOf(environment, common.configuration),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
    branch: createEnvironmentBranch(github),
  };
}
