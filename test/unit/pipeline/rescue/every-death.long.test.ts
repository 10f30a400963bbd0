import { beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionDescription } from '../../../../adapters/workflow/workflow.ts';
import { milliseconds } from '../../../../contracts/duration.ts';
import { allOn, type Weights } from '../../../../contracts/names.ts';
import type { OperationState } from '../../../../contracts/operation.ts';
import { createHandler as createOperation } from '../../../../functions/operation/handler.ts';
import { createHandler as createReturn } from '../../../../functions/return-traffic/handler.ts';
import { rescueDeadHolder } from '../../../../pipeline/rescue/rescue-dead-holder.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { guardianOf, timerEvent } from '../support/guardian.ts';
import {
  createWorld,
  executionOf,
  FakeWorkflow,
  machines,
  registerDeployment,
  start,
  type World,
} from '../support/world.ts';

/** How it dies, and what Step Functions says of it afterwards; nothing once its machine is deleted. */
const causes = [
  { cause: 'StopExecution', status: 'ABORTED', forgotten: false },
  { cause: 'a timeout', status: 'TIMED_OUT', forgotten: false },
  { cause: 'States.Runtime', status: 'FAILED', forgotten: false },
  { cause: 'its machine deleted', status: 'ABORTED', forgotten: true },
] as const;
const moments: { moment: string; state: OperationState; weights: Weights | null; outcome: string }[] = [
  { moment: 'before the lock', state: 'awaiting-approval', weights: null, outcome: 'failed' },
  { moment: 'while syncing', state: 'syncing', weights: allOn('blue'), outcome: 'failed' },
  {
    moment: 'between two weights',
    state: 'shifting-traffic',
    weights: { blue: 75, green: 25 },
    outcome: 'rolled-back',
  },
  { moment: 'while baking', state: 'baking', weights: allOn('green'), outcome: 'rolled-back' },
  { moment: 'in Finalize', state: 'finalizing', weights: allOn('green'), outcome: 'rolled-back' },
];
const finders = ['its event', 'the guardian’s timer', 'the next reader of the lock'] as const;

const cases = causes.flatMap((cause) => finders.map((finder) => ({ ...cause, finder })));

describe.each(moments)('a deployment that dies $moment', ({ state, weights, outcome }) => {
  let world: World;
  let count = 0;
  beforeAll(async () => {
    world = await createWorld();
  });

  // Without a lock there is nothing to read: the other two find it.
  const found = cases.filter(({ finder }) => weights !== null || finder !== 'the next reader of the lock');
  it.each(found)('of $cause has its one outcome, found by $finder', async ({ status, forgotten, finder }) => {
    count += 1;
    const name = `deploy-${count}`;
    const service = world.service.name;
    const { execution, operation } = await registerDeployment(world, { name });
    const { store, now } = world;
    await store.operations.enter(operation.id, state, execution.startedAt);
    const route = new FakeRoute(weights ?? allOn('blue'), null);
    if (weights !== null) {
      const claim = { kind: 'deployment' as const, executionArn: execution.arn, at: execution.startedAt };
      const taken = await store.locks.acquire(service, {
        operation: operation.id,
        ...claim,
        deadline: operation.deadline,
      });
      if (taken.kind !== 'acquired') throw new Error('the lock was not free');
      const { epoch } = taken;
      route.fence = { epoch, seq: 2, operation: operation.id, origin: 'blue', weights };
      const shiftedAt = weights.green > 0 ? execution.startedAt : null;
      await store.operations.update(operation.id, { origin: 'blue', target: 'green', epoch, weights, shiftedAt });
    }
    const described: ExecutionDescription = {
      ...{ executionArn: execution.arn, stateMachineArn: machines.deployment, name, status, startedAt: start },
      ...{ stoppedAt: start, input: '{}', output: null, error: null, cause: null },
    };
    const workflow = Object.assign(new FakeWorkflow(), {
      describe: async (arn: string) => (arn === execution.arn && !forgotten ? described : null),
    });
    // Only then is one that nobody knows none that has just begun.
    if (forgotten) world.pass(60_000);
    const guardian = guardianOf(world, workflow);
    const find = async () => {
      if (finder === 'the guardian’s timer') {
        return guardian(timerEvent);
      }
      if (finder === 'the next reader of the lock') {
        const deps = { store, now, workflow, rollbackMachine: machines.rollback };
        return rescueDeadHolder(deps, service, await store.locks.read(service));
      }
      const { arn: executionArn } = execution;
      const detail = { executionArn, stateMachineArn: machines.deployment, name, status, startDate: start };
      return guardian({ source: 'aws.states', detail });
    };

    await find();
    await find();
    // What was started for it, once, does what the rollback machine does with the traffic and with the outcome.
    expect(workflow.started).toHaveLength(weights === null ? 0 : 1);
    for (const rescue of workflow.started) {
      const { trigger } = rescue.input as { trigger: object }; // started by the code under test
      const rescuing = executionOf(rescue.name);
      const deps = { ...world, workflow };
      const returned = await createReturn({
        ...deps,
        cluster: () => ({ ...fakeCluster(route.weights), router: route }),
        databaseBudget: milliseconds(5_000),
        publishKept: async () => undefined,
      })({ action: 'return-traffic', execution: rescuing, service, trigger });
      expect(returned).toMatchObject({ outcome: weights?.green === 0 ? 'nothing-to-return' : 'returned' });
      const finalize = { action: 'finalize-rollback', execution: rescuing, reason: '' };
      await createOperation({ ...deps, rescueDeadHolder: async () => undefined, publishKept: async () => undefined })(
        finalize,
      );
    }

    expect(route.weights).toEqual(allOn('blue'));
    expect(await store.operations.read(operation.id)).toMatchObject({ outcome });
    expect((await store.locks.read(service)).holder).toBeNull();
    expect(await store.releases.frozen(service)).toBeNull();
  });
});
