import { beforeEach, describe, expect, it } from 'vitest';
import type { EnvironmentBranch } from '../../../../adapters/gitops/environment-branch.ts';
import { type RouteCallOptions, RouteNotOurs } from '../../../../adapters/traffic/traffic-router.ts';
import { seconds } from '../../../../contracts/duration.ts';
import { createHandler } from '../../../../functions/act/handler.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { inShift, observing, returned } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

/** A route beside which requests come to the environments: by its own doing (`shape`), or by another object's (`rise`). */
class OddRoute extends FakeRoute {
  readonly seenFor: 'shape' | 'rise';
  constructor({ weights, fence }: FakeRoute, seenFor: 'shape' | 'rise') {
    super(weights, fence);
    this.seenFor = seenFor;
  }
  override async read({ purpose = 'shift' }: RouteCallOptions = {}) {
    if (purpose === 'rise' || (this.seenFor === 'shape' && purpose === 'shift')) {
      throw new RouteNotOurs('VirtualService production/chest-xray-mlops', 'http[0] mirrors requests to green');
    }
    return super.read();
  }
}

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const acting = (route: FakeRoute) =>
  createHandler({
    ...world,
    wakeWaiting: async () => {},
    branch: {} as EnvironmentBranch,
    cluster: () => ({ ...fakeCluster(route.weights, { green: 3 }), router: route }),
  });
const refusal = {
  name: 'DependencyRefused',
  message: expect.stringContaining('mirrors requests to green [RouteNotOurs]'),
};

describe('a deployment', () => {
  it.each(['observe-live', 'recheck'] as const)(
    'ends at %s, before anybody approves or anything is touched, while requests are copied to a side (I3)',
    async (action) => {
      const { execution, route } = await inShift(world);
      const { handle } = observing(world, new OddRoute(route, 'rise'));

      await expect(handle({ action, execution })).rejects.toMatchObject(refusal);
    },
  );

  it('gives its release no further weight, and no first one, once requests come past the weights', async () => {
    const { execution, id, route } = await inShift(world);
    const live = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' as const };
    await world.store.operations.update(id, { shiftedAt: null, live, weights: { blue: 50, green: 50 } });
    const odd = new OddRoute(route, 'rise');

    // Less for green is more for blue, which is ready for it.
    const set = await acting(odd)({ action: 'set-weight', execution, weight: 40, seq: 4 });

    expect(set).toEqual({
      outcome: 'drift',
      cause: 'drift',
      reason: 'VirtualService production/chest-xray-mlops: http[0] mirrors requests to green [RouteNotOurs].',
    });
    expect(odd.writes).toEqual([]);
    expect(await world.store.operations.read(id)).toMatchObject({ shiftedAt: null });
  });

  it('judges a step from when the load balancer has its weight, not from when the route has it', async () => {
    const { execution, id, route } = await inShift(world);
    const live = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' as const };
    await world.store.operations.update(id, { live, weights: { blue: 50, green: 50 } });
    const set = () => acting(route)({ action: 'set-weight', execution, weight: 40, seq: 4 });
    const before = await world.store.operations.read(id);
    route.behind = 'HTTPS:443, rule 1 of the load balancer has blue 50 %';

    await expect(set()).rejects.toMatchObject({
      name: 'DependencyUnavailable',
      message: expect.stringContaining('40 % for green is written: HTTPS:443, rule 1'),
    });
    const waiting = await world.store.operations.read(id);
    world.pass(seconds(20));
    route.behind = null;
    expect(await set()).toEqual({ outcome: 'set' });

    expect(waiting).toMatchObject({ weights: { blue: 60, green: 40 }, judgement: before?.judgement });
    expect(await world.store.operations.read(id)).toMatchObject({ judgement: { since: world.now() } });
    expect(route.writes).toHaveLength(1);
  });

  it('goes back within one look once somebody has requests copied on its own route', async () => {
    const { execution, route } = await inShift(world);
    const { handle } = observing(world, new OddRoute(route, 'shape'));

    const judged = await handle({ action: 'judge', execution, weight: 50 });

    expect(judged).toMatchObject({ outcome: 'drift', reason: expect.stringContaining('mirrors requests to green') });
  });
});

describe('a rollback', () => {
  it('moves the traffic and is verified, however odd the route is (rule 6)', async () => {
    const { id, route } = await inShift(world);
    const { execution, id: rollback } = await returned(world, route, id);
    const odd = new OddRoute(route, 'shape');
    // The way back waits for no load balancer: that it follows is looked at in the end.
    odd.behind = 'HTTPS:443, rule 1 of the load balancer has blue 50 %';
    odd.weights = { blue: 50, green: 50 };
    if (odd.fence !== null) odd.fence = { ...odd.fence, weights: odd.weights };
    const release = { version: 'v2.0.0', commit: 'c0ffee', digest: `sha256:${'cd'.repeat(32)}`, chartTree: null };
    await world.store.operations.update(rollback, { release, weights: odd.weights });

    const set = await acting(odd)({ action: 'set-weight', execution, weight: 100, seq: 5 });
    odd.behind = null;
    const verified = await observing(world, odd).handle({ action: 'verify-return', execution });

    expect(set).toEqual({ outcome: 'set' });
    expect(odd.weights).toEqual({ blue: 100, green: 0 });
    expect(verified).toEqual({ outcome: 'verified' });
  });
});
