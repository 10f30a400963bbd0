import { createMailer } from '../../adapters/mail/mailer.ts';
import type { Workflow } from '../../adapters/workflow/workflow.ts';
import { announcing, ownBus, tellLater } from '../shared/announce.ts';
import { commonDeps } from '../shared/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../shared/environment.ts';
import { lateWorkflow } from '../shared/late-deps.ts';
import { createPagers, type PagingDeps } from '../shared/page-on-call.ts';

export interface GuardianDeps extends PagingDeps {
  readonly workflow: Workflow;
  /** ARN of the rollback machine. */
  readonly rollbackMachine: string;
  /** ARNs of the machines the executions of which are operations. */
  readonly operationMachines: readonly string[];
  /** Tells others of what was written, once the rescue is on its way. */
  readonly tellKept: () => Promise<void>;
}

export function createDeps(environment: Environment): GuardianDeps {
  const own = requireVariables(
    environment,
    'SLUICE_DEPLOYMENT_MACHINE',
    'SLUICE_ROLLBACK_MACHINE',
    'SLUICE_TRAFFIC_MACHINE',
  );
  const { tell, tellKept } = tellLater(ownBus(environment));
  return {
    ...announcing(commonDeps(environment), tell),
    tellKept,
    workflow: lateWorkflow(awsOptions(environment, 'SFN')),
    rollbackMachine: own.SLUICE_ROLLBACK_MACHINE,
    operationMachines: [own.SLUICE_DEPLOYMENT_MACHINE, own.SLUICE_ROLLBACK_MACHINE, own.SLUICE_TRAFFIC_MACHINE],
    mailer: createMailer(awsOptions(environment, 'SESV2')),
    pagers: createPagers(awsOptions(environment, 'SNS')),
  };
}
