import { atFirstCall } from '../../adapters/shared/at-first-call.ts';
import type { AwsOptions } from '../../adapters/shared/aws.ts';
import { storeOn } from '../../adapters/store/store-on.ts';
import type { Workflow } from '../../adapters/workflow/workflow.ts';
import type { Milliseconds } from '../../contracts/duration.ts';
import type { CommonDeps } from '../../pipeline/ports.ts';
import { commonDepsOn, type Environment } from './environment.ts';

/**
 * Configuration, store and clock, for functions that ask somebody else first: the database's client is loaded when it is needed.
 *
 * @param within budget of one call of the database, loading not included.
 */
export const commonDepsWithLateStore = (environment: Environment, within: Milliseconds): CommonDeps =>
  commonDepsOn(environment, (table) =>
    storeOn(
      atFirstCall(async () => {
        const { openTable } = await import('../../adapters/store/dynamo-table.ts');
        return openTable({ ...table, within });
      }),
    ),
  );

/** The state machines' engine, loaded when something is started, stopped or woken: seldom the first thing to do. */
export const lateWorkflow = (options: AwsOptions): Workflow =>
  atFirstCall(async () => {
    const { createWorkflow } = await import('../../adapters/workflow/workflow.ts');
    return createWorkflow(options);
  });
