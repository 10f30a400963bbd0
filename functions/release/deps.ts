import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import type { ReleaseDeps, TokenDeps } from '../../pipeline/ports.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { releaseReading } from '../runtime/release-reading.ts';
import { announcingDeps } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): ReleaseDeps & TokenDeps {
  const common = announcingDeps(environment, commonDeps(environment));
  return {
    ...common,
    ...releaseReading(environment, common),
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
  };
}
