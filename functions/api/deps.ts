import { z } from 'zod';
import { createProber, type Prober } from '../../adapters/health/prober.ts';
import { createSecrets } from '../../adapters/secrets/secrets.ts';
import { createWorkflow, type Workflow } from '../../adapters/workflow/workflow.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { awsOptions, commonDeps, type Environment, ownCredentials, readEnvironment } from '../shared/environment.ts';
import { functionLog, type Log } from '../shared/log.ts';
import type { CommonDeps } from '../shared/operation-context.ts';
import { createServiceClusters, type ServiceCluster } from '../shared/service-cluster.ts';
import { type ConsoleFiles, readConsoleFiles } from './console-files.ts';
import { createSessionIdentity, createTokenHeaderIdentity, type Identify } from './identify.ts';
import { createSessions, type Sessions } from './sessions.ts';

export interface ApiDeps extends CommonDeps {
  readonly identify: Identify;
  readonly sessions: Sessions;
  /** Empty where no console is served. */
  readonly consoleFiles: ConsoleFiles;
  readonly workflow: Workflow;
  /** ARNs of the machines. */
  readonly deploymentMachine: string;
  readonly rollbackMachine: string;
  readonly cluster: (service: ServiceConfiguration) => ServiceCluster;
  readonly prober: Prober;
  /** Lets time pass between two probes of one check. */
  readonly pause: (duration: Milliseconds) => Promise<void>;
  /** What makes a start unique that brings no `Idempotency-Key`. */
  readonly newId: () => string;
  readonly log: Log;
}

const variables = {
  SLUICE_DEPLOYMENT_MACHINE: z.string().min(1),
  SLUICE_ROLLBACK_MACHINE: z.string().min(1),
  SLUICE_API_TOKEN_SECRET: z.string().min(1),
  /** How callers are known; there is one way so far. */
  SLUICE_API_IDENTITY: z.literal('token-header'),
  /** Folder of the console's files; without it there is no page. */
  SLUICE_CONSOLE: z.string().min(1).optional(),
};

export function createDeps(environment: Environment): ApiDeps {
  const common = commonDeps(environment);
  const own = readEnvironment(environment, variables);
  const secrets = createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now: common.now });
  const secretName = own.SLUICE_API_TOKEN_SECRET;
  const sessions = createSessions({ apiToken: () => secrets.get(secretName), now: common.now });
  const byToken = createTokenHeaderIdentity({ secrets, secretName, people: common.configuration.people });
  return {
    ...common,
    identify: createSessionIdentity(sessions, byToken),
    sessions,
    consoleFiles: own.SLUICE_CONSOLE === undefined ? new Map() : readConsoleFiles(own.SLUICE_CONSOLE),
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    deploymentMachine: own.SLUICE_DEPLOYMENT_MACHINE,
    rollbackMachine: own.SLUICE_ROLLBACK_MACHINE,
    cluster: createServiceClusters({
      ...awsOptions(environment, 'EKS'),
      credentials: ownCredentials(environment),
      now: common.now,
      within: seconds(3),
      argocdNamespace: common.configuration.argocd.namespace,
    }),
    prober: createProber(),
    pause: (duration) => new Promise((resolve) => setTimeout(resolve, duration)),
    newId: () => crypto.randomUUID(),
    log: functionLog,
  };
}
