import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import type { ApprovalsDeps } from '../../pipeline/ports.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';

export function createDeps(environment: Environment): ApprovalsDeps {
  return {
    ...commonDeps(environment),
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    log: functionLog,
  };
}
