import type { LockRecord } from '../../adapters/store/locks.ts';
import type { Workflow } from '../../adapters/workflow/workflow.ts';
import { anchoringDeps } from '../shared/anchor-audit.ts';
import { announcingDeps } from '../shared/announce.ts';
import { commonDeps } from '../shared/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../shared/environment.ts';
import { lateWorkflow } from '../shared/late-deps.ts';
import type { CommonDeps } from '../shared/operation-context.ts';
import { rescueDeadHolder } from '../shared/rescue-dead-holder.ts';

export interface OperationDeps extends CommonDeps {
  readonly workflow: Workflow;
  /** Starts the rollback of a holder whose execution is dead; does nothing for a living one (I5). */
  readonly rescueDeadHolder: (service: string, holder: LockRecord) => Promise<void>;
}

export function createDeps(environment: Environment): OperationDeps {
  const common = announcingDeps(environment, anchoringDeps(environment, commonDeps(environment)));
  const { SLUICE_ROLLBACK_MACHINE } = requireVariables(environment, 'SLUICE_ROLLBACK_MACHINE');
  const workflow = lateWorkflow(awsOptions(environment, 'SFN'));
  return {
    ...common,
    workflow,
    rescueDeadHolder: async (service, holder) => {
      await rescueDeadHolder({ ...common, workflow, rollbackMachine: SLUICE_ROLLBACK_MACHINE }, service, holder);
    },
  };
}
