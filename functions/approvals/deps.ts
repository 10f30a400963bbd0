import type { Workflow } from '../../adapters/workflow/workflow.ts';
import { commonDeps } from '../shared/common-deps.ts';
import { awsOptions, type Environment } from '../shared/environment.ts';
import { lateWorkflow } from '../shared/late-deps.ts';
import { functionLog, type Log } from '../shared/log.ts';
import type { CommonDeps } from '../shared/operation-context.ts';

export interface ApprovalsDeps extends CommonDeps {
  readonly workflow: Pick<Workflow, 'succeed'>;
  readonly log: Log;
}

export function createDeps(environment: Environment): ApprovalsDeps {
  return {
    ...commonDeps(environment),
    workflow: lateWorkflow(awsOptions(environment, 'SFN')),
    log: functionLog,
  };
}
