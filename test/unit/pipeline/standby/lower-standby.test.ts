import { beforeEach, expect, it } from 'vitest';
import type { EnvironmentBranch } from '../../../../adapters/gitops/environment-branch.ts';
import { hours, seconds } from '../../../../contracts/duration.ts';
import type { Fence } from '../../../../contracts/fence.ts';
import { allOn, type Weights } from '../../../../contracts/names.ts';
import { createHandler } from '../../../../functions/act/handler.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { createWorld, executionOf, registerDeployment, type World } from '../support/world.ts';

let world: World;
let deployment: string;
let woken: string[];
let capacities: [namespace: string, minimum: number][];
const execution = executionOf('deploy-1-standby');

/** A deployment from blue to green has succeeded and released the lock, which had epoch 1. */
beforeEach(async () => {
  world = await createWorld();
  const registered = await registerDeployment(world, { name: 'deploy-1' });
  deployment = registered.operation.id;
  woken = [];
  capacities = [];
  await take(deployment);
  await world.store.operations.update(deployment, { origin: 'blue', target: 'green', epoch: 1 });
  const at = new Date(world.now()).toISOString();
  await world.store.operations.end(deployment, { outcome: 'succeeded', reason: 'done', at });
  await world.store.locks.release(world.service.name, deployment);
});

const take = async (operation: string) => {
  const at = new Date(world.now()).toISOString();
  const deadline = new Date(world.now() + hours(1)).toISOString();
  const claim = { operation, kind: 'deployment' as const, executionArn: `arn:${operation}`, at, deadline };
  await world.store.locks.acquire(world.service.name, claim);
};
const fenceOf = (operation: string, epoch: number, weights: Weights): Fence => ({
  epoch,
  seq: 4,
  operation,
  origin: 'blue',
  weights,
});
/** The route as the deployment left it, or as somebody did later. */
const left = (weights: Weights = allOn('green'), by = deployment, epoch = 1) =>
  new FakeRoute(weights, fenceOf(by, epoch, weights));

/** `ready`: pods of green; `people`: the minimum that they want. */
function lowering(
  route: FakeRoute,
  setMinimum: (namespace: string) => void = () => undefined,
  { ready = 3, people }: { ready?: number; people?: number } = {},
) {
  const cluster = fakeCluster(route.weights, { green: ready });
  const handle = createHandler({
    configuration: world.configuration,
    store: world.store,
    now: world.now,
    lookAtToken: world.lookAtToken,
    wakeWaiting: async (service) => void woken.push(service),
    // The standby's capacity has nothing to do with Git.
    branch: {} as EnvironmentBranch,
    cluster: () => ({
      ...cluster,
      router: route,
      workloads: {
        ...cluster.workloads,
        readCapacity: async (namespace) => ({
          object: namespace,
          minimum: 3,
          limit: null,
          problem: null,
          fence: namespace === 'production-blue' ? { epoch: 1, operation: 'op', minimum: 3, people } : null,
        }),
        setMinimumReplicas: async (namespace, _name, minimum) => {
          setMinimum(namespace);
          capacities.push([namespace, minimum]);
          return { kind: 'set', before: 3, minimum, maximum: 10 };
        },
      },
    }),
  });
  return () => handle({ action: 'lower-standby', execution, service: world.service.name, after: deployment });
}
const keptWarm = () => world.pass(world.service.standby.keepWarm);
const lock = () => world.store.locks.read(world.service.name);
const audit = async () =>
  (await world.store.audit.list(deployment)).filter(({ action }) => /standby|capacity/.test(action));

it('lowers the side that lost the traffic once it was kept warm, and lets the active one breathe again', async () => {
  keptWarm();

  expect(await lowering(left())()).toEqual({ outcome: 'lowered' });

  const { standby, replicas } = world.service;
  expect(capacities).toEqual([
    ['production-blue', standby.then],
    ['production-green', replicas.min],
  ]);
  expect((await audit()).map(({ action, phase }) => `${action} ${phase}`)).toEqual([
    'lower-standby intent',
    'lower-standby result',
    'relax-capacity intent',
    'relax-capacity result',
  ]);
  expect((await lock()).holder).toBeNull();
  expect(woken).toEqual([world.service.name]);
});

it('leaves the active one what people wanted for the service when the other side was active (ADR 35)', async () => {
  keptWarm();

  await lowering(left(), undefined, { people: 8 })();

  expect(capacities).toContainEqual(['production-green', 8]);
});

it('waits on when it is woken before that, whoever woke it (I8)', async () => {
  world.pass(world.service.standby.keepWarm - seconds(1));
  const route = left();

  expect(await lowering(route)()).toEqual({ outcome: 'warm' });

  expect(capacities).toEqual([]);
  expect(route.writes).toEqual([]);
  expect((await lock()).epoch).toBe(1);
});

it('keeps it warm while the active side has too few pods for the traffic, and then leaves it alone and says so (I11)', async () => {
  keptWarm();
  const lower = lowering(left(), undefined, { ready: 1 });

  expect(await lower()).toEqual({ outcome: 'warm' });
  world.pass(world.service.deadlines.capacity);

  expect(await lower()).toEqual({
    outcome: 'left-alone',
    reason:
      'green is not ready for all the traffic (1 of the 3 pods that it needs are ready): blue stays warm [StandbyKept].',
  });
  expect(capacities).toEqual([]);
  expect((await lock()).holder).toBeNull();
});

it.each<[string, () => FakeRoute, string]>([
  ['that became active by a rollback', () => left(allOn('blue'), 'the-rollback', 2), 'the-rollback came later'],
  [
    'that became active in a rescue of which the table knows nothing',
    () => left(allOn('blue'), 'the-rescue', 9),
    'the-rescue came later',
  ],
  ['that a person gave a share by kubectl', () => left({ blue: 5, green: 95 }), 'blue has 5 % of the traffic'],
  [
    'which is the way back of a later switch, and inside its keepWarm',
    () => left(allOn('green'), 'the-switch', 3),
    'the-switch came later',
  ],
])('leaves a standby alone %s', async (_what, found, reason) => {
  keptWarm();
  const route = found();

  expect(await lowering(route)()).toMatchObject({ outcome: 'left-alone', reason: expect.stringContaining(reason) });

  expect(capacities).toEqual([]);
  expect(route.writes).toEqual([]);
  expect(await audit()).toEqual([expect.objectContaining({ action: 'lower-standby', phase: 'result' })]);
  expect((await lock()).holder).toBeNull();
});

it('is not misled by a still newer operation that has moved nothing', async () => {
  keptWarm();
  await registerDeployment(world, { name: 'waits-for-approval' });

  expect(await lowering(left(allOn('green'), 'the-switch', 3))()).toMatchObject({ outcome: 'left-alone' });
  expect(await lowering(left())()).toEqual({ outcome: 'lowered' });
});

it('leaves it alone while somebody else holds the lock (I4)', async () => {
  keptWarm();
  await take('another');

  expect(await lowering(left())()).toMatchObject({ outcome: 'left-alone' });

  expect(capacities).toEqual([]);
  expect(await lock()).toMatchObject({ holder: 'another', epoch: 2 });
});

it('leaves it alone when the traffic moves between its look and its claim', async () => {
  keptWarm();
  const route = left();
  route.meanwhile = () => {
    route.version += 1;
    route.weights = { blue: 100, green: 0 };
  };

  expect(await lowering(route)()).toMatchObject({ outcome: 'left-alone' });
  expect(capacities).toEqual([]);
});

it('is refused by a rescue that came without the database in that moment (I12)', async () => {
  keptWarm();
  const route = left();
  route.meanwhile = () => {
    route.version += 1;
    route.weights = allOn('blue');
    route.fence = fenceOf('the-rescue', 9, allOn('blue'));
  };

  await expect(lowering(route)()).rejects.toMatchObject({ name: 'StaleHolder' });

  expect(capacities).toEqual([]);
  expect((await lock()).holder).toBeNull();
});

it('that died between the two sides is repeated, and ends as if it had not', async () => {
  keptWarm();
  const route = left();
  let dies = true;
  const lower = lowering(route, (namespace) => {
    if (namespace === 'production-green' && dies) throw new Error('died');
  });
  await expect(lower()).rejects.toThrow('died');
  dies = false;

  expect(await lower()).toEqual({ outcome: 'lowered' });

  expect(new Map(capacities)).toEqual(
    new Map([
      ['production-blue', world.service.standby.then],
      ['production-green', world.service.replicas.min],
    ]),
  );
  expect(route.fence?.operation).toBe(idOf(execution));
  expect(route.weights).toEqual(allOn('green'));
});

it('keeps the standby warm while the load balancer still sends it requests, and leaves it alone where that goes on (I2)', async () => {
  keptWarm();
  const route = left();
  route.behind = 'HTTPS:443, rule 1 of the load balancer has blue 100 %';

  expect(await lowering(route)()).toEqual({ outcome: 'warm' });
  world.pass(world.service.deadlines.capacity);
  expect(await lowering(route)()).toMatchObject({
    outcome: 'left-alone',
    reason: expect.stringContaining('rule 1 of the load balancer has blue 100 %'),
  });
  expect(capacities).toEqual([]);
  route.behind = null;
  expect(await lowering(route)()).toEqual({ outcome: 'lowered' });
});
