import { createSecrets, type Secrets } from '../../adapters/secrets/secrets.ts';
import { createSnsSignatures, type SnsSignatures } from '../../adapters/topic/sns-signature.ts';
import { createWorkflow, type Workflow } from '../../adapters/workflow/workflow.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import type { CommonDeps, Log } from '../../pipeline/ports.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';

export interface AlertmanagerWebhookDeps extends CommonDeps {
  readonly secrets: Secrets;
  /** Name of the secret that Alertmanager presents as its bearer token. */
  readonly secretName: string;
  /** Who sent a message of a topic. */
  readonly signatures: SnsSignatures;
  /** How long traffic waits for the database to say whether a message is a replay; 300 ms without it. */
  readonly claimWithin?: Milliseconds;
  readonly workflow: Workflow;
  /** ARN of the rollback machine. */
  readonly rollbackMachine: string;
  readonly log: Log;
}

export function createDeps(environment: Environment): AlertmanagerWebhookDeps {
  // All that is asked of the database here is to note what came in: the answer does not wait long for that.
  const common = commonDeps(environment, { within: seconds(1) });
  const own = requireVariables(environment, 'SLUICE_ROLLBACK_MACHINE', 'SLUICE_ALERTMANAGER_TOKEN_SECRET');
  return {
    ...common,
    secrets: createSecrets({ ...awsOptions(environment, 'SECRETS_MANAGER'), now: common.now }),
    secretName: own.SLUICE_ALERTMANAGER_TOKEN_SECRET,
    signatures: createSnsSignatures({ now: common.now }),
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    rollbackMachine: own.SLUICE_ROLLBACK_MACHINE,
    log: functionLog,
  };
}
