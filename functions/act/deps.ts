import { createEnvironmentBranch } from '../../adapters/gitops/environment-branch.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createGitHub } from '../../adapters/shared/github.ts';
import { createGitHubToken } from '../../adapters/shared/github-token.ts';
import { createListenerRules } from '../../adapters/traffic/listener-rules.ts';
import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import { wakeWaiting } from '../../pipeline/operation/wake.ts';
import type { ActDeps } from '../../pipeline/ports.ts';
import { clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../runtime/environment.ts';
import { lookingAtToken } from '../runtime/look-at-token.ts';
import { createServiceClusters } from '../runtime/service-cluster.ts';
import { shownDeploymentsOf } from '../runtime/shown-deployments.ts';
import { announcingDeps } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): ActDeps {
  const common = announcingDeps(environment, commonDeps(environment));
  const { SLUICE_GITHUB_TOKEN_SECRET } = requireVariables(environment, 'SLUICE_GITHUB_TOKEN_SECRET');
  const secrets = createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now: common.now });
  const { services, github: server } = common.configuration;
  const gitHubBy = (name: string) =>
    createGitHub({
      baseUrl: server.apiUrl,
      token: createGitHubToken({
        secret: async () => (await secrets.get(name)).current,
        baseUrl: server.apiUrl,
        now: common.now,
      }),
    });
  const github = gitHubBy(SLUICE_GITHUB_TOKEN_SECRET);
  // The one that shows deployments sees the services' repositories only.
  const shows = environment.SLUICE_GITHUB_DEPLOYMENTS_TOKEN_SECRET;
  const shown = services.find(({ approvals }) => approvals.environment !== null);
  const workflow = createWorkflow(awsOptions(environment, 'SFN'));
  return {
    ...common,
    wakeWaiting: (service) => wakeWaiting({ ...common, workflow }, service),
    cluster: createServiceClusters({
      clientOf: clusterClientsOf(environment, common.configuration),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
      listenerRules: createListenerRules({
        ...awsOptions(environment, 'ELASTIC_LOAD_BALANCING_V2'),
        now: common.now,
      }),
    }),
    branch: createEnvironmentBranch(github),
    shownDeployments: shownDeploymentsOf(environment, common),
    ...lookingAtToken(
      environment,
      common,
      { github, token: 'github-token' },
      ...(shows && shown
        ? [{ github: gitHubBy(shows), token: 'github-deployments-token', repository: shown.repository }]
        : []),
    ),
  };
}
