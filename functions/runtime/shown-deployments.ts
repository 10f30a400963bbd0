import { bestEffortNow } from '../../pipeline/operation/best-effort.ts';
import type { CommonDeps, ShownDeployments } from '../../pipeline/ports.ts';
import { awsOptions, type Environment } from './environment.ts';
import { functionLog } from './log.ts';

/**
 * GitHub's deployments, by a token that may write nothing else; null where no service has `approvals.environment`, and so nobody gave this
 * function one. Nothing of GitHub is loaded before it is used.
 */
export function shownDeploymentsOf(
  environment: Environment,
  { configuration, now }: Pick<CommonDeps, 'configuration' | 'now'>,
): ShownDeployments | null {
  const name = environment.SLUICE_GITHUB_DEPLOYMENTS_TOKEN_SECRET;
  if (!name) return null;
  const open = async () => {
    const [{ createSecrets }, { createGitHub }, { createGitHubToken }, { createDeployments }] = await Promise.all([
      import('../../adapters/secrets/secrets.ts'),
      import('../../adapters/shared/github.ts'),
      import('../../adapters/shared/github-token.ts'),
      import('../../adapters/source/github-deployments.ts'),
    ]);
    const secrets = createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now });
    const baseUrl = configuration.github.apiUrl;
    const secret = async () => (await secrets.get(name)).current;
    return createDeployments(createGitHub({ baseUrl, token: createGitHubToken({ secret, baseUrl, now }) }));
  };
  let opened: ReturnType<typeof open> | null = null;
  return {
    open: () => {
      opened ??= open();
      return opened;
    },
    bestEffort: bestEffortNow({ dependency: 'GitHub', attempted: 'show the deployment', log: functionLog }),
  };
}
