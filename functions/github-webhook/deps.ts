import { z } from 'zod';
import { createSecrets, type Secrets } from '../../adapters/secrets/secrets.ts';
import { createWorkflow, type Workflow } from '../../adapters/workflow/workflow.ts';
import { seconds } from '../../contracts/duration.ts';
import { awsOptions, commonDeps, type Environment, readEnvironment } from '../shared/environment.ts';
import { functionLog, type Log } from '../shared/log.ts';
import type { CommonDeps } from '../shared/operation-context.ts';

export interface GitHubWebhookDeps extends CommonDeps {
  readonly secrets: Secrets;
  /** Name of the secret that GitHub signs with. */
  readonly secretName: string;
  readonly workflow: Workflow;
  /** ARN of the deployment machine. */
  readonly deploymentMachine: string;
  readonly log: Log;
}

const variables = {
  SLUICE_DEPLOYMENT_MACHINE: z.string().min(1),
  SLUICE_GITHUB_WEBHOOK_SECRET: z.string().min(1),
};

export function createDeps(environment: Environment): GitHubWebhookDeps {
  // All that is asked of the database here is to note what came in: the answer does not wait long for that.
  const common = commonDeps(environment, seconds(1));
  const own = readEnvironment(environment, variables);
  return {
    ...common,
    secrets: createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now: common.now }),
    secretName: own.SLUICE_GITHUB_WEBHOOK_SECRET,
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    deploymentMachine: own.SLUICE_DEPLOYMENT_MACHINE,
    log: functionLog,
  };
}
