import { createEcrRegistry, type Registry } from '../../adapters/registry/ecr-registry.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createGitHub } from '../../adapters/shared/github.ts';
import { createGitHubSourceControl } from '../../adapters/source/github-source-control.ts';
import type { SourceControl } from '../../adapters/source/source-control.ts';
import type { Workflow } from '../../adapters/workflow/workflow.ts';
import { announcingDeps } from '../shared/announce.ts';
import { commonDeps } from '../shared/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../shared/environment.ts';
import { lateWorkflow } from '../shared/late-deps.ts';
import type { CommonDeps } from '../shared/operation-context.ts';

export interface ReleaseDeps extends CommonDeps {
  readonly source: SourceControl;
  readonly registry: Registry;
  readonly workflow: Workflow;
}

export function createDeps(environment: Environment): ReleaseDeps {
  const common = announcingDeps(environment, commonDeps(environment));
  const { SLUICE_GITHUB_TOKEN_SECRET } = requireVariables(environment, 'SLUICE_GITHUB_TOKEN_SECRET');
  const secrets = createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now: common.now });
  const github = createGitHub({
    baseUrl: common.configuration.github.apiUrl,
    token: async () => (await secrets.get(SLUICE_GITHUB_TOKEN_SECRET)).current,
  });
  return {
    ...common,
    source: createGitHubSourceControl(github),
    registry: createEcrRegistry(awsOptions(environment, 'ECR')),
    workflow: lateWorkflow(awsOptions(environment, 'SFN')),
  };
}
