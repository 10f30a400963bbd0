import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import type { OperationDeps } from '../../pipeline/ports.ts';
import { rescueDeadHolder } from '../../pipeline/rescue/rescue-dead-holder.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../runtime/environment.ts';
import { keepEffects } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): OperationDeps {
  const { deps: common, publishKept } = keepEffects(environment, commonDeps(environment));
  const { SLUICE_ROLLBACK_MACHINE } = requireVariables(environment, 'SLUICE_ROLLBACK_MACHINE');
  const workflow = createWorkflow(awsOptions(environment, 'SFN'));
  return {
    ...common,
    workflow,
    publishKept,
    rescueDeadHolder: async (service, holder) => {
      await rescueDeadHolder({ ...common, workflow, rollbackMachine: SLUICE_ROLLBACK_MACHINE }, service, holder);
    },
  };
}
