import { dirname } from 'node:path';
import { createAttestations } from '../../adapters/attestation/create-attestations.ts';
import { createChartFiles } from '../../adapters/gitops/chart-files.ts';
import { createEnvironmentBranch } from '../../adapters/gitops/environment-branch.ts';
import { createHelm } from '../../adapters/gitops/helm.ts';
import { createEcrFiles } from '../../adapters/registry/ecr-files.ts';
import { createEcrRegistry } from '../../adapters/registry/ecr-registry.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createGitHub } from '../../adapters/shared/github.ts';
import { createGitHubToken } from '../../adapters/shared/github-token.ts';
import { createGitHubSourceControl } from '../../adapters/source/github-source-control.ts';
import type { CommonDeps, ReleaseDeps, TokenDeps } from '../../pipeline/ports.ts';
import { awsOptions, type Environment, requireVariables } from './environment.ts';
import { lookingAtToken } from './look-at-token.ts';

/** What reads a release from GitHub and the registry, by a token that can write nothing. */
export function releaseReading(
  environment: Environment,
  { configuration, now }: Pick<CommonDeps, 'configuration' | 'now'>,
): Omit<ReleaseDeps, keyof CommonDeps | 'workflow'> & TokenDeps {
  const { SLUICE_GITHUB_READER_TOKEN_SECRET } = requireVariables(environment, 'SLUICE_GITHUB_READER_TOKEN_SECRET');
  const secrets = createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now });
  const github = createGitHub({
    baseUrl: configuration.github.apiUrl,
    token: createGitHubToken({
      secret: async () => (await secrets.get(SLUICE_GITHUB_READER_TOKEN_SECRET)).current,
      baseUrl: configuration.github.apiUrl,
      now,
    }),
  });
  const ecr = awsOptions(environment, 'ECR');
  return {
    ...lookingAtToken(environment, { configuration, now }, { github, token: 'github-reader-token' }),
    source: createGitHubSourceControl(github),
    branch: createEnvironmentBranch(github),
    chartFiles: createChartFiles(github),
    // Lambda has none, and says so to the approvers.
    manifests: createHelm(environment.SLUICE_HELM ?? 'helm'),
    registry: createEcrRegistry(ecr),
    attestations: createAttestations({
      github,
      registry: createEcrFiles({ ...ecr, now }),
      trustRoots: configuration.attestations.trustRoots,
      folder: dirname(environment.SLUICE_CONFIGURATION ?? '.'),
    }),
  };
}
