import { createSecrets, type Secrets } from '../../adapters/secrets/secrets.ts';
import { createWorkflow, type Workflow } from '../../adapters/workflow/workflow.ts';
import { seconds } from '../../contracts/duration.ts';
import type { CommonDeps, Log } from '../../pipeline/ports.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';

export interface GitHubWebhookDeps extends CommonDeps {
  readonly secrets: Secrets;
  /** Name of the secret that GitHub signs with. */
  readonly secretName: string;
  readonly workflow: Workflow;
  /** ARN of the deployment machine. */
  readonly deploymentMachine: string;
  readonly log: Log;
}

export function createDeps(environment: Environment): GitHubWebhookDeps {
  // All that is asked of the database here is to note what came in: the answer does not wait long for that.
  const common = commonDeps(environment, { within: seconds(1) });
  const own = requireVariables(environment, 'SLUICE_DEPLOYMENT_MACHINE', 'SLUICE_GITHUB_WEBHOOK_SECRET');
  return {
    ...common,
    secrets: createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now: common.now }),
    secretName: own.SLUICE_GITHUB_WEBHOOK_SECRET,
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    deploymentMachine: own.SLUICE_DEPLOYMENT_MACHINE,
    log: functionLog,
  };
}
