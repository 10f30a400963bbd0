import { createWorkflow, type Workflow } from '../../adapters/workflow/workflow.ts';
import { awsOptions, commonDeps, type Environment } from '../shared/environment.ts';
import { functionLog, type Log } from '../shared/log.ts';
import type { CommonDeps } from '../shared/operation-context.ts';

export interface ApprovalsDeps extends CommonDeps {
  readonly workflow: Pick<Workflow, 'succeed'>;
  readonly log: Log;
}

export function createDeps(environment: Environment): ApprovalsDeps {
  return {
    ...commonDeps(environment),
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    log: functionLog,
  };
}
