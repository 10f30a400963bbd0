import type { LockRecord } from '../../adapters/store/locks.ts';
import type { Workflow } from '../../adapters/workflow/workflow.ts';
import { announcing, ownBus, tellLater } from '../../pipeline/notice/announce.ts';
import { anchoring, anchoringAside, ownAnchors } from '../../pipeline/operation/anchor-audit.ts';
import { asideLater } from '../../pipeline/operation/aside.ts';
import type { CommonDeps } from '../../pipeline/operation/operation-context.ts';
import { rescueDeadHolder } from '../../pipeline/rescue/rescue-dead-holder.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../runtime/environment.ts';
import { lateWorkflow } from '../runtime/late-deps.ts';

export interface OperationDeps extends CommonDeps {
  readonly workflow: Workflow;
  /** Starts the rollback of a holder whose execution is dead; does nothing for a living one (I5). */
  readonly rescueDeadHolder: (service: string, holder: LockRecord) => Promise<void>;
  /** Tells others of what was written, and anchors what has ended, once the lock is free for the next. */
  readonly tellKept: () => Promise<void>;
}

export function createDeps(environment: Environment): OperationDeps {
  const { tell, tellKept } = tellLater(ownBus(environment));
  const { aside, doKept } = asideLater(anchoringAside);
  const bare = commonDeps(environment);
  const common = announcing(anchoring(bare, ownAnchors(environment, bare), aside), tell);
  const { SLUICE_ROLLBACK_MACHINE } = requireVariables(environment, 'SLUICE_ROLLBACK_MACHINE');
  const workflow = lateWorkflow(awsOptions(environment, 'SFN'));
  return {
    ...common,
    workflow,
    tellKept: async () => void (await Promise.all([tellKept(), doKept()])),
    rescueDeadHolder: async (service, holder) => {
      await rescueDeadHolder({ ...common, workflow, rollbackMachine: SLUICE_ROLLBACK_MACHINE }, service, holder);
    },
  };
}
