import type { Workflow } from '../../adapters/workflow/workflow.ts';
import type { CommonDeps } from '../../pipeline/operation/operation-context.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { lateWorkflow } from '../runtime/late-deps.ts';
import { functionLog, type Log } from '../runtime/log.ts';

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
