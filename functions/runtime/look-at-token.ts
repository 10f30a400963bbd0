import { createRepositoryAccess } from '../../adapters/installation/repository-access.ts';
import type { GitHub } from '../../adapters/shared/github.ts';
import type { CommonDeps, TokenDeps } from '../../pipeline/ports.ts';
import { lookAtToken } from '../../pipeline/rescue/look-at-token.ts';
import type { Environment } from './environment.ts';
import { functionLog } from './log.ts';
import { publishMetrics } from './publish-metrics.ts';

interface LookedAt {
  readonly github: GitHub;
  /** Name of the secret. */
  readonly token: string;
  /** One that the token has to see in any case; the first deploy repository unless told. */
  readonly repository?: string;
}

/** Looks at the tokens with which a function asks GitHub. What is found is of the worst of them. */
export function lookingAtToken(
  environment: Environment,
  { configuration, now }: Pick<CommonDeps, 'configuration' | 'now'>,
  ...tokens: readonly LookedAt[]
): TokenDeps {
  const [service] = configuration.services;
  const look = ({ github, token, repository = service?.gitops.repository }: LookedAt) =>
    lookAtToken({
      token,
      now,
      expiry: async () => (repository === undefined ? 'never' : createRepositoryAccess(github).tokenExpiry(repository)),
      // commonDeps has refused an environment without it.
      installation: environment.SLUICE_TABLE ?? '',
      log: functionLog,
      publish: publishMetrics(environment),
    });
  return {
    lookAtToken: async () => {
      const found = await Promise.all(tokens.map(look));
      return found.find((one) => one === 'ends-soon') ?? found.find((one) => one === 'unknown') ?? 'lasts';
    },
  };
}
