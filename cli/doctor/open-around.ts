import { type InstallationOnAws, openInstallationOnAws } from '../../adapters/installation/installation-on-aws.ts';
import { createRepositoryAccess, type RepositoryAccess } from '../../adapters/installation/repository-access.ts';
import { createMetricsSources } from '../../adapters/metrics/create-metrics-source.ts';
import type { MetricsSource } from '../../adapters/metrics/metrics-source.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createGitHub } from '../../adapters/shared/github.ts';
import { createGitHubToken } from '../../adapters/shared/github-token.ts';
import { machineCredentials } from '../../adapters/shared/request-signer.ts';
import type { Configuration, ServiceConfiguration } from '../../contracts/configuration/configuration.ts';
import type { World } from '../world.ts';

/** AWS by the operator's own keys, and GitHub by the tokens that Sluice has in its secrets. Loaded only when it is wanted. */
export function openAround(
  world: World,
  {
    configuration,
    name,
    region,
  }: { readonly configuration: Configuration; readonly name: string; readonly region: string },
): {
  aws: InstallationOnAws;
  github: RepositoryAccess;
  reader: RepositoryAccess;
  deployments: RepositoryAccess;
  metrics: (service: ServiceConfiguration) => MetricsSource;
} {
  const endpoint = world.env.AWS_ENDPOINT_URL;
  const options = {
    region,
    ...(endpoint ? { endpoint } : {}),
    ...(world.awsCredentials === undefined ? {} : { credentials: world.awsCredentials }),
  };
  const secrets = createSecrets({ ...options, now: world.now });
  const accessBy = (secret: string) =>
    createRepositoryAccess(
      createGitHub({
        baseUrl: configuration.github.apiUrl,
        token: createGitHubToken({
          secret: async () => (await secrets.get(`${name}/${secret}`)).current,
          baseUrl: configuration.github.apiUrl,
          now: world.now,
        }),
      }),
    );
  return {
    aws: openInstallationOnAws(options),
    github: accessBy('github-token'),
    reader: accessBy('github-reader-token'),
    deployments: accessBy('github-deployments-token'),
    metrics: createMetricsSources({
      secrets: options,
      cloudWatch: options,
      credentials: world.awsCredentials ?? machineCredentials,
      now: world.now,
    }),
  };
}
