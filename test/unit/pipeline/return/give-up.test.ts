import { beforeEach, describe, expect, it } from 'vitest';
import { milliseconds } from '../../../../contracts/duration.ts';
import { allOn, type Weights } from '../../../../contracts/names.ts';
import { because } from '../../../../contracts/reason.ts';
import type { RollbackTrigger } from '../../../../contracts/trigger.ts';
import { createHandler } from '../../../../functions/return-traffic/handler.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import type { FakeRoute } from '../support/fake-route.ts';
import { inShift, returned } from '../support/observing.ts';
import { createWorld, executionOf, start, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const handlerOn = (route: FakeRoute) => {
  // The target has all of its pods as well, so that it could take everything at once.
  const cluster = fakeCluster(route.weights, { green: 3 });
  return createHandler({
    configuration: world.configuration,
    store: world.store,
    now: world.now,
    cluster: () => ({ ...cluster, router: route }),
    workflow: world.workflow,
    databaseBudget: milliseconds(5_000),
    publishKept: async () => undefined,
  });
};

describe('two bad sides (I2’s exception)', () => {
  it('sends everything to the target at once when the origin is proven worse, fenced and on record, however often it is asked', async () => {
    const { id, route } = await inShift(world);
    const trigger: RollbackTrigger = {
      kind: 'failure',
      service: world.service.name,
      operation: id,
      failed: null,
      cause: 'origin-worse',
      reason: because('BothSidesBad', 'both sides are bad'),
    };
    const command = { action: 'return-traffic', execution: executionOf('r-1'), service: world.service.name, trigger };

    const answers = [await handlerOn(route)(command), await handlerOn(route)(command)];

    expect(answers.map(({ outcome }) => outcome)).toEqual(['returned', 'returned']);
    expect(route.writes.map(({ weights }) => weights)).toEqual([allOn('green')]);
    const { holder } = await world.store.locks.read(world.service.name);
    expect(await world.store.operations.read(holder ?? '')).toMatchObject({ target: 'green', related: id });
  });

  it.each([
    ['once it was there', 'verifying-return'],
    ['while it still waits for pods there', 'returning-traffic'],
  ] as const)('moves a return to the side that it came from, %s, however often it is asked (I10)', async (_, state) => {
    const { id: deployment, route } = await inShift(world);
    const { execution, id } = await returned(world, route, deployment);
    await world.store.operations.enter(id, state, execution.startedAt);
    const command = { action: 'give-way', execution, environment: 'green', reason: 'blue is worse [Unclassified]' };

    await handlerOn(route)(command);
    await handlerOn(route)(command);

    expect(route.writes.map(({ weights, fence }) => [weights, fence.seq, fence.origin])).toEqual([
      [allOn('green'), 5, 'green'],
    ]);
    expect(await world.store.operations.read(id)).toMatchObject({
      target: 'green',
      reason: 'blue is worse [Unclassified]',
    });
    const entries = (await world.store.audit.list(id)).filter(({ action }) => action === 'return-traffic');
    expect(entries[0]?.details).toMatchObject({ before: allOn('blue'), wanted: allOn('green') });
  });
});

it('a planned rollback that gives up goes where it came from, also when its task is repeated (I7, I10)', async () => {
  const { id: deployment, route } = await inShift(world);
  const { execution, id } = await returned(world, route, deployment);
  const split: Weights = { blue: 50, green: 50 };
  // On its way from green to blue.
  route.weights = split;
  if (route.fence !== null) route.fence = { ...route.fence, origin: 'green', weights: split };
  await world.store.operations.enter(id, 'shifting-traffic', new Date(start).toISOString());
  const command = { action: 'give-up', execution, service: world.service.name, reason: 'Error rate 5 %, limit 1 %' };

  await handlerOn(route)(command);
  await handlerOn(route)(command);

  expect(route.weights).toEqual(allOn('green'));
  expect(route.writes).toHaveLength(1);
});
