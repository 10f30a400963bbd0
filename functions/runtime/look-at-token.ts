import { createRepositoryAccess } from '../../adapters/installation/repository-access.ts';
import type { GitHub } from '../../adapters/shared/github.ts';
import type { CommonDeps, TokenDeps } from '../../pipeline/ports.ts';
import { lookAtToken } from '../../pipeline/rescue/look-at-token.ts';
import type { Environment } from './environment.ts';
import { functionLog } from './log.ts';
import { publishMetrics } from './publish-metrics.ts';

/** Looks at the token with which `github` asks, by a repository that it has to see in any case. */
export function lookingAtToken(
  environment: Environment,
  { configuration, now }: Pick<CommonDeps, 'configuration' | 'now'>,
  { github, token }: { readonly github: GitHub; readonly token: string },
): TokenDeps {
  const [service] = configuration.services;
  return {
    lookAtToken: () =>
      lookAtToken({
        token,
        now,
        expiry: async () =>
          service === undefined ? 'never' : createRepositoryAccess(github).tokenExpiry(service.gitops.repository),
        // commonDeps has refused an environment without it.
        installation: environment.SLUICE_TABLE ?? '',
        log: functionLog,
        publish: publishMetrics(environment),
      }),
  };
}
