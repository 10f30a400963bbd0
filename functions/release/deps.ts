import { dirname } from 'node:path';
import { createAttestations } from '../../adapters/attestation/create-attestations.ts';
import { createChartFiles } from '../../adapters/gitops/chart-files.ts';
import { createEnvironmentBranch } from '../../adapters/gitops/environment-branch.ts';
import { createHelm } from '../../adapters/gitops/helm.ts';
import { createEcrFiles } from '../../adapters/registry/ecr-files.ts';
import { createEcrRegistry } from '../../adapters/registry/ecr-registry.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createGitHub } from '../../adapters/shared/github.ts';
import { createGitHubSourceControl } from '../../adapters/source/github-source-control.ts';
import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import type { ReleaseDeps } from '../../pipeline/ports.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../runtime/environment.ts';
import { announcingDeps } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): ReleaseDeps {
  const common = announcingDeps(environment, commonDeps(environment));
  const { SLUICE_GITHUB_READER_TOKEN_SECRET } = requireVariables(environment, 'SLUICE_GITHUB_READER_TOKEN_SECRET');
  const secrets = createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now: common.now });
  const github = createGitHub({
    baseUrl: common.configuration.github.apiUrl,
    token: async () => (await secrets.get(SLUICE_GITHUB_READER_TOKEN_SECRET)).current,
  });
  const ecr = awsOptions(environment, 'ECR');
  return {
    ...common,
    source: createGitHubSourceControl(github),
    branch: createEnvironmentBranch(github),
    chartFiles: createChartFiles(github),
    // Lambda has none, and says so to the approvers.
    manifests: createHelm(environment.SLUICE_HELM ?? 'helm'),
    registry: createEcrRegistry(ecr),
    attestations: createAttestations({
      github,
      registry: createEcrFiles({ ...ecr, now: common.now }),
      trustRoots: common.configuration.attestations.trustRoots,
      folder: dirname(environment.SLUICE_CONFIGURATION ?? '.'),
    }),
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
  };
}
