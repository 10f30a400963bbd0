import * as z from 'zod';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import type { SignInWay } from '../../contracts/api/session.ts';
import type { CommonDeps } from '../../pipeline/ports.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { readEnvironment } from '../runtime/read-environment.ts';
import { createSessionIdentity, createTokenHeaderIdentity, type Identify } from './identify.ts';
import { createGatewayIdentity } from './identify-by-gateway.ts';
import { createSessions, type Sessions } from './sessions.ts';

/** How callers are known: by one shared token and the name they give, or by what API Gateway's authorisers found. */
const variables = { SLUICE_API_IDENTITY: z.enum(['token-header', 'gateway']) };

const tokenVariables = { SLUICE_API_TOKEN_SECRET: z.string().min(1) };

const gatewayVariables = {
  SLUICE_SIGN_IN_ISSUER: z.string().min(1),
  SLUICE_SIGN_IN_NAME_CLAIM: z.string().min(1),
  /** By which the console signs browsers in; without a client it is not served. */
  SLUICE_SIGN_IN_CLIENT: z.string().optional(),
  SLUICE_SIGN_IN_AUTHORIZE: z.string().optional(),
  SLUICE_SIGN_IN_TOKEN: z.string().optional(),
};

/** Who asks, and how a browser signs in. */
export interface WhoAsks {
  readonly identify: Identify;
  /** The console's sessions; null where a sign-in service has them. */
  readonly sessions: Sessions | null;
  readonly signIn: SignInWay;
}

/** As the environment says. */
export function whoAsks(environment: Environment, common: CommonDeps): WhoAsks {
  const { SLUICE_API_IDENTITY: way } = readEnvironment(environment, variables);
  return way === 'gateway' ? askTheGateway(environment, common) : askForTheToken(environment, common);
}

function askForTheToken(environment: Environment, { configuration, now }: CommonDeps): WhoAsks {
  const { SLUICE_API_TOKEN_SECRET: secretName } = readEnvironment(environment, tokenVariables);
  const secrets = createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now });
  const sessions = createSessions({ apiToken: () => secrets.get(secretName), now });
  const { people } = configuration;
  const byToken = createTokenHeaderIdentity({ secrets, secretName, people });
  return { identify: createSessionIdentity(sessions, people, byToken), sessions, signIn: { kind: 'token' } };
}

function askTheGateway(environment: Environment, { configuration }: CommonDeps): WhoAsks {
  const own = readEnvironment(environment, gatewayVariables);
  const signIn = { issuer: own.SLUICE_SIGN_IN_ISSUER, nameClaim: own.SLUICE_SIGN_IN_NAME_CLAIM };
  const { SLUICE_SIGN_IN_CLIENT: client, SLUICE_SIGN_IN_AUTHORIZE: authorize, SLUICE_SIGN_IN_TOKEN: token } = own;
  return {
    identify: createGatewayIdentity({ signIn, configuration }),
    sessions: null,
    signIn:
      client && authorize && token
        ? { kind: 'openid', issuer: signIn.issuer, client, authorize, token }
        : { kind: 'elsewhere' },
  };
}
