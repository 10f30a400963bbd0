import { beforeEach, expect, it } from '@jest/globals';
import type { EnvironmentBranch } from '../../../../adapters/gitops/environment-branch.ts';
import { allOn } from '../../../../contracts/names.ts';
import { createHandler } from '../../../../functions/act/handler.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A deployment that has just got the lock, and the function that acts for it on this route. */
async function holding(route: FakeRoute, minReplicas = 3) {
  const capacities: unknown[] = [];
  const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
  const { id, deadline } = operation;
  const claim = { kind: 'deployment' as const, executionArn: execution.arn, at: execution.startedAt, deadline };
  await world.store.locks.acquire(world.service.name, { operation: id, ...claim });
  const cluster = fakeCluster(route.weights);
  const handle = createHandler({
    configuration: world.configuration,
    store: world.store,
    now: world.now,
    wakeWaiting: async () => {},
    // Preparing the standby writes nothing to Git.
    branch: {} as EnvironmentBranch,
    cluster: () => ({
      ...cluster,
      router: route,
      workloads: {
        ...cluster.workloads,
        readAutoscaler: async () => ({
          spec: { minReplicas, maxReplicas: 10, scaleTargetRef: { kind: '', name: '' } },
        }),
        setMinimumReplicas: async (namespace, _name, minimum) => {
          capacities.push([namespace, minimum]);
          return { kind: 'set', before: 1, minimum, maximum: 10 };
        },
      },
    }),
  });
  return { id, capacities, prepare: () => handle({ action: 'prepare-standby', execution }) };
}

it('claims the route and learns from it which side is the standby', async () => {
  const route = new FakeRoute(allOn('blue'), null);
  const { id, prepare } = await holding(route);

  expect(await prepare()).toMatchObject({ outcome: 'prepared' });

  expect(route.fence).toMatchObject({ epoch: 1, operation: id, origin: 'blue' });
  expect(route.weights).toEqual(allOn('blue'));
  expect(await world.store.operations.read(id)).toMatchObject({ origin: 'blue', target: 'green', originReplicas: 3 });
});

it('lifts the lock to the route, after a rescue that had fenced it without the database', async () => {
  const rescued = { epoch: 7, seq: 12, operation: 'a-rescue', origin: 'blue' as const, weights: allOn('blue') };
  const route = new FakeRoute(allOn('blue'), rescued);
  const { id, prepare } = await holding(route);

  expect(await prepare()).toMatchObject({ outcome: 'prepared' });

  expect(route.fence).toMatchObject({ epoch: 8, operation: id });
  expect(await world.store.locks.read(world.service.name)).toMatchObject({ epoch: 8, holder: id });
});

it('keeps the origin what it has although its load is about to fall: the autoscaler would take it away (I8)', async () => {
  const usual = await holding(new FakeRoute(allOn('blue'), null), 3);
  await usual.prepare();
  expect(usual.capacities).toEqual([
    ['production-blue', 3],
    ['production-green', 3],
  ]);
  world = await createWorld();

  const scaled = await holding(new FakeRoute(allOn('blue'), null), 2);
  await scaled.prepare();

  expect(scaled.capacities).toEqual([
    ['production-blue', 3],
    ['production-green', 3],
  ]);
});
