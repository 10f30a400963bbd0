import { beforeEach, describe, expect, it } from 'vitest';
import { milliseconds } from '../../../../contracts/duration.ts';
import { allOn } from '../../../../contracts/names.ts';
import { createHandler as createObserve } from '../../../../functions/observe/handler.ts';
import { createHandler } from '../../../../functions/return-traffic/handler.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import type { FakeRoute } from '../support/fake-route.ts';
import { inShift } from '../support/in-shift.ts';
import { createWorld, executionOf, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const rollback = executionOf('rollback-1');
const returning = (route: FakeRoute, operation: string) => {
  const service = world.service.name;
  const trigger = { kind: 'failure', service, operation, failed: null, cause: 'failed', reason: 'drift' };
  return createHandler({
    configuration: world.configuration,
    store: world.store,
    now: world.now,
    cluster: () => ({ ...fakeCluster(route.weights), router: route }),
    workflow: world.workflow,
    databaseBudget: milliseconds(5_000),
    publishKept: async () => undefined,
  })({ action: 'return-traffic', execution: rollback, service, trigger });
};
const verifying = (route: FakeRoute) =>
  createObserve({
    configuration: world.configuration,
    store: world.store,
    now: world.now,
    cluster: () => ({ ...fakeCluster(route.weights), router: route }),
    metrics: () => ({ query: async () => ({ kind: 'no-data' }) }),
    prober: { probe: async () => ({ ok: true, status: 200, duration: milliseconds(1) }) },
    pause: async () => undefined,
    patience: milliseconds(1_000),
    log: world.log,
  })({ action: 'verify-return', execution: rollback });

describe('a return that finds the fence of an adopted route lost', () => {
  it('writes a new one with the traffic, and its verification has the service frozen (DESIGN §5, the fence)', async () => {
    const { operation, route, epoch } = await inShift(world);
    await world.store.locks.markAdopted(world.service.name);
    route.fence = null;

    const back = await returning(route, operation.id);

    expect(back).toMatchObject({ outcome: 'returned' });
    const record = await world.store.operations.read(idOf(rollback));
    const cause = (record?.reason ?? 'no reason').replace(/\.$/, '').replace(/[[\]]/g, '\\$&');
    expect(route).toMatchObject({ weights: allOn('blue'), fence: { epoch: epoch + 1, operation: idOf(rollback) } });
    // Why the traffic went back is told beside what was found then.
    expect(await verifying(route)).toMatchObject({
      outcome: 'fence-lost',
      reason: expect.stringMatching(new RegExp(`^${cause}\\. The fence annotation of the route was removed`)),
    });
  });

  it('says so although its own first attempt has written a new one already (I10)', async () => {
    const { operation, route } = await inShift(world);
    await world.store.locks.markAdopted(world.service.name);
    route.fence = null;
    await returning(route, operation.id);

    await returning(route, operation.id);

    expect(await verifying(route)).toMatchObject({ outcome: 'fence-lost' });
  });

  it('takes a route that was never adopted for what it is: its first fence is no loss', async () => {
    const { operation, route } = await inShift(world);
    route.fence = null;
    await returning(route, operation.id);

    expect(await verifying(route)).toMatchObject({ outcome: 'verified' });
  });

  it('sees a fence that is removed between the return and its verification', async () => {
    const { operation, route } = await inShift(world);
    await world.store.locks.markAdopted(world.service.name);
    await returning(route, operation.id);
    route.fence = null;

    expect(await verifying(route)).toMatchObject({ outcome: 'fence-lost' });
  });
});
