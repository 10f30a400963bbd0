import * as z from 'zod';
import { createProber } from '../../adapters/health/prober.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import type { SignInWay } from '../../contracts/api/session.ts';
import { seconds } from '../../contracts/duration.ts';
import type { CommonDeps, OperatorDeps } from '../../pipeline/ports.ts';
import { clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';
import { readEnvironment } from '../runtime/read-environment.ts';
import { createServiceClusters } from '../runtime/service-cluster.ts';
import { anchoringDeps, announcingDeps, auditBucketOf } from '../runtime/store-effects.ts';
import { type ConsoleFiles, readConsoleFiles } from './console-files.ts';
import { createSessionIdentity, createTokenHeaderIdentity, type Identify } from './identify.ts';
import { createGatewayIdentity } from './identify-by-gateway.ts';
import { createSessions, type Sessions } from './sessions.ts';

export interface ApiDeps extends OperatorDeps {
  readonly identify: Identify;
  /** The console's sessions; null where a sign-in service has them. */
  readonly sessions: Sessions | null;
  readonly signIn: SignInWay;
  /** Empty where no console is served. */
  readonly consoleFiles: ConsoleFiles;
}

const variables = {
  SLUICE_DEPLOYMENT_MACHINE: z.string().min(1),
  SLUICE_ROLLBACK_MACHINE: z.string().min(1),
  SLUICE_TRAFFIC_MACHINE: z.string().min(1),
  /** How callers are known: by one shared token and the name they give, or by what API Gateway's authorisers found. */
  SLUICE_API_IDENTITY: z.enum(['token-header', 'gateway']),
  /** Folder of the console's files; without it there is no page. */
  SLUICE_CONSOLE: z.string().min(1).optional(),
};

const tokenVariables = { SLUICE_API_TOKEN_SECRET: z.string().min(1) };

const gatewayVariables = {
  SLUICE_SIGN_IN_ISSUER: z.string().min(1),
  SLUICE_SIGN_IN_NAME_CLAIM: z.string().min(1),
  /** By which the console signs browsers in; without a client it is not served. */
  SLUICE_SIGN_IN_CLIENT: z.string().optional(),
  SLUICE_SIGN_IN_AUTHORIZE: z.string().optional(),
  SLUICE_SIGN_IN_TOKEN: z.string().optional(),
};

export function createDeps(environment: Environment): ApiDeps {
  const common = announcingDeps(environment, anchoringDeps(environment, commonDeps(environment)));
  const own = readEnvironment(environment, variables);
  const whoAsks = own.SLUICE_API_IDENTITY === 'gateway' ? askTheGateway : askForTheToken;
  return {
    ...common,
    ...whoAsks(environment, common),
    consoleFiles: own.SLUICE_CONSOLE === undefined ? new Map() : readConsoleFiles(own.SLUICE_CONSOLE),
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    deploymentMachine: own.SLUICE_DEPLOYMENT_MACHINE,
    rollbackMachine: own.SLUICE_ROLLBACK_MACHINE,
    trafficMachine: own.SLUICE_TRAFFIC_MACHINE,
    cluster: createServiceClusters({
      clientOf: clusterClientsOf(environment, common.configuration, seconds(3)),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
    prober: createProber(),
    auditBucket: auditBucketOf(environment, common),
    pause: (duration) => new Promise((resolve) => setTimeout(resolve, duration)),
    newId: () => crypto.randomUUID(),
    log: functionLog,
  };
}

type WhoAsks = Pick<ApiDeps, 'identify' | 'sessions' | 'signIn'>;

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
    signIn: client && authorize && token ? { kind: 'openid', client, authorize, token } : { kind: 'elsewhere' },
  };
}
