import type { Workflow } from '../../../../adapters/workflow/workflow.ts';
import { createHandler } from '../../../../functions/guardian/handler.ts';
import { machines, operationMachines, standbyMachine, type World } from './world.ts';

/** The guardian of a world, which pages by its pager and anchors nothing. */
export const guardianOf = (world: World, workflow: Workflow = world.workflow) =>
  createHandler({
    ...world,
    workflow,
    operationMachines,
    standbyMachine,
    rollbackMachine: machines.rollback,
    anchors: null,
    publishKept: async () => undefined,
    pagers: () => new Map([['webhook', world.pager]]),
  });

/** What the guardian's timer sends. */
export const timerEvent = { source: 'aws.events', 'detail-type': 'Scheduled Event' };
