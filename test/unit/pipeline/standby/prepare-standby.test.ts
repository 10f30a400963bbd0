import { beforeEach, expect, it } from 'vitest';
import type { EnvironmentBranch } from '../../../../adapters/gitops/environment-branch.ts';
import { type Milliseconds, minutes, seconds } from '../../../../contracts/duration.ts';
import { instant } from '../../../../contracts/instant.ts';
import { allOn } from '../../../../contracts/names.ts';
import { createHandler } from '../../../../functions/act/handler.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { approveAll, createWorld, registerDeployment, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A deployment that has just got the lock, and the function that acts for it on this route. */
async function holding(
  route: FakeRoute,
  minimum = 3,
  maxReplicas = 10,
  approved = true,
  unwellFor: Milliseconds | null = null,
) {
  const capacities: unknown[] = [];
  const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
  if (approved) await approveAll(world, operation);
  const { id, deadline } = operation;
  const claim = { kind: 'deployment' as const, executionArn: execution.arn, at: execution.startedAt, deadline };
  await world.store.locks.acquire(world.service.name, { operation: id, ...claim });
  const cluster = fakeCluster(route.weights);
  const handle = createHandler({
    configuration: world.configuration,
    store: world.store,
    now: world.now,
    lookAtToken: world.lookAtToken,
    wakeWaiting: async () => {},
    // Preparing the standby writes nothing to Git.
    branch: {} as EnvironmentBranch,
    cluster: () => ({
      ...cluster,
      router: route,
      workloads: {
        ...cluster.workloads,
        readCapacity: async (namespace, name) => ({
          object: `HorizontalPodAutoscaler ${namespace}/${name}`,
          minimum,
          limit: { field: 'maxReplicas', pods: maxReplicas },
          fence: null,
          problem: null,
          ...(unwellFor === null
            ? {}
            : { unwell: { message: `${name} gets no readings`, since: instant(world.now() - unwellFor) } }),
        }),
        setMinimumReplicas: async (namespace, _name, wanted) => {
          capacities.push([namespace, wanted]);
          return { kind: 'set', before: 1, minimum: wanted, maximum: maxReplicas };
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

it('changes nothing for what nobody approved: neither the route nor the capacity (I3, I13)', async () => {
  const route = new FakeRoute(allOn('blue'), null);
  const { id, capacities, prepare } = await holding(route, 3, 10, false);

  expect(await prepare()).toEqual({
    outcome: 'not-approved',
    cause: 'drift',
    reason: `Nobody was asked to approve operation ${id} [NotApproved].`,
  });

  expect({ fence: route.fence, capacities }).toEqual({ fence: null, capacities: [] });
  expect(await world.store.operations.read(id)).toMatchObject({ target: null });
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

it('refuses a shift for which the target’s autoscaler may not start enough pods, with the number and the command, and changes nothing (I2)', async () => {
  const { id, capacities, prepare } = await holding(new FakeRoute(allOn('blue'), null), 2, 2);

  expect(await prepare()).toEqual({
    outcome: 'no-capacity',
    cause: 'fault',
    reason:
      '100 % of the traffic needs 3 pods on green, and HorizontalPodAutoscaler production-green/chest-xray-mlops may start at most 2 [CapacityRefused]. Set maxReplicas ' +
      'to at least 3, in the chart and with: kubectl -n production-green patch horizontalpodautoscaler/chest-xray-mlops --type merge ' +
      `-p '{"spec":{"maxReplicas":3}}'`,
  });

  expect(capacities).toEqual([]);
  expect(await world.store.operations.read(id)).toMatchObject({ target: null });
});

it('refuses a deployment whose sync could never be healthy, since the autoscaler has had no readings for minutes', async () => {
  const route = () => new FakeRoute(allOn('blue'), null);
  const { capacities, prepare } = await holding(route(), 3, 10, true, minutes(2));

  const refused = await prepare();

  expect(refused).toMatchObject({
    outcome: 'no-capacity',
    reason: expect.stringMatching(/^chest-xray-mlops gets no readings\. .*metrics-server/),
  });
  expect(capacities).toEqual([]);
});

it('does not refuse one whose pods have just started', async () => {
  const { prepare } = await holding(new FakeRoute(allOn('blue'), null), 3, 10, true, seconds(119));

  expect(await prepare()).toMatchObject({ outcome: 'prepared' });
});
