import { beforeEach, describe, expect, it } from 'vitest';
import type { Workloads } from '../../../../adapters/cluster/workloads.ts';
import { milliseconds } from '../../../../contracts/duration.ts';
import { allOn } from '../../../../contracts/names.ts';
import { createHandler as createActing } from '../../../../functions/act/handler.ts';
import { createHandler as createReturning } from '../../../../functions/return-traffic/handler.ts';
import type { ActDeps } from '../../../../pipeline/ports.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import type { FakeRoute } from '../support/fake-route.ts';
import { inShift, observing, returned } from '../support/observing.ts';
import { createWorld, digest, executionOf, start, type World } from '../support/world.ts';

let world: World;
let shift: Awaited<ReturnType<typeof inShift>>;
beforeEach(async () => {
  world = await createWorld();
  shift = await inShift(world);
});

const labels = { 'app.kubernetes.io/name': 'chest-xray-mlops' };
const app = { name: 'app', image: `registry.example.com/app@${digest}` };
const proxy = { name: 'proxy', image: 'registry.example.com/proxy:1.0' };
const tagged = { name: 'app', image: 'registry.example.com/app:v2.0.5' };

/** What the cluster says of either side: three pods, of which so many are ready, with these containers. */
function side(containers: { name: string; image: string }[], ready = 3, replicas = 3): Partial<Workloads> {
  const template = { metadata: { labels }, spec: { containers } };
  return {
    readDeployment: async () => ({ spec: { replicas, selector: { matchLabels: labels }, template } }),
    listPods: async () =>
      [0, 1, 2].slice(0, replicas).map((index) => ({
        metadata: { name: `pod-${index}`, labels },
        spec: { containers },
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: index < ready ? 'True' : 'False' }],
          containerStatuses: containers.map(({ name }) => ({
            name,
            image: '',
            ready: index < ready,
            restartCount: 0,
            imageID: name === 'app' ? `registry.example.com/app@${digest}` : '',
          })),
        },
      })),
  };
}

const written: Pick<Workloads, 'setMinimumReplicas'> = {
  setMinimumReplicas: async (_namespace, _name, minimum) => ({ kind: 'set', before: 3, minimum, maximum: 10 }),
};
const clusterOf = (route: FakeRoute, seen: Partial<Workloads>) => () => {
  const cluster = fakeCluster(route.weights);
  return { ...cluster, router: route, workloads: { ...cluster.workloads, ...seen, ...written } };
};
const acting = (route: FakeRoute, seen: Partial<Workloads>) =>
  // The branch is not touched here.
  createActing({ ...world, wakeWaiting: async () => undefined, cluster: clusterOf(route, seen) } as unknown as ActDeps);
const everythingOnGreen = (route: FakeRoute) => {
  route.weights = allOn('green');
  if (route.fence !== null) route.fence = { ...route.fence, weights: route.weights };
};

/** Each task that asks whether a side is ready for all of the traffic, and whether it took it for ready. */
const askers: Record<string, (seen: Partial<Workloads>) => Promise<boolean>> = {
  ReturnTraffic: async (seen) => {
    everythingOnGreen(shift.route);
    const own = { databaseBudget: milliseconds(5_000), publishKept: async () => undefined };
    const handle = createReturning({ ...world, ...own, cluster: clusterOf(shift.route, seen) });
    const { name: service } = world.service;
    const about = { environment: 'green', name: 'Slow', severity: 'critical', fingerprint: 'f1', summary: null };
    const trigger = { kind: 'alert', service, ...about, startsAt: start };
    const { outcome } = await handle({
      action: 'return-traffic',
      execution: executionOf('rollback-1'),
      service,
      trigger,
    });
    expect(['returned', 'cold']).toContain(outcome);
    expect(shift.route.weights).toEqual(allOn(outcome === 'returned' ? 'blue' : 'green'));
    return outcome === 'returned';
  },
  AwaitTarget: async (workloads) => {
    const { execution } = await returned(world, shift.route, shift.id);
    everythingOnGreen(shift.route);
    const { handle } = observing(world, shift.route, world.service, { workloads });
    const { outcome } = await handle({ action: 'await-target', execution, waited: 0 });
    expect(['ready', 'waiting']).toContain(outcome);
    return outcome === 'ready';
  },
  AwaitCapacity: async (workloads) => {
    const { handle } = observing(world, shift.route, world.service, { workloads });
    const { outcome } = await handle({ action: 'await-capacity', execution: shift.execution, weight: 100 });
    expect(['ready', 'waiting']).toContain(outcome);
    return outcome === 'ready';
  },
  SetWeight: async (seen) => {
    const handle = acting(shift.route, seen);
    const { outcome } = await handle({ action: 'set-weight', execution: shift.execution, weight: 100, seq: 4 });
    expect(['set', 'not-ready']).toContain(outcome);
    expect(shift.route.weights).toEqual(outcome === 'set' ? allOn('green') : { blue: 50, green: 50 });
    return outcome === 'set';
  },
  'the standby machine': async (seen) => {
    everythingOnGreen(shift.route);
    const at = new Date(world.now()).toISOString();
    await world.store.operations.end(shift.id, { outcome: 'succeeded', reason: 'done', at });
    await world.store.locks.release(world.service.name, shift.id);
    world.pass(world.service.standby.keepWarm);
    const execution = executionOf('deploy-1-standby');
    const command = { action: 'lower-standby', execution, service: world.service.name, after: shift.id } as const;
    const { outcome } = await acting(shift.route, seen)(command);
    expect(['lowered', 'warm']).toContain(outcome);
    return outcome === 'lowered';
  },
};

describe.each(Object.entries(askers))('%s takes for ready', (_, asks) => {
  it.each<[string, Partial<Workloads>]>([
    ['a side with a sidecar in front of its container', side([proxy, app])],
    ['a side with an image by tag, which its nodes have resolved', side([tagged])],
    ['a side whose autoscaler wants many more', side([app], 3, 10)],
  ])('%s', async (_how, seen) => {
    expect(await asks(seen)).toBe(true);
  });

  it.each<[string, Partial<Workloads>]>([
    ['no side of which one pod of three is ready', side([app], 1)],
    ['no side of which none is, with a sidecar and an image by tag', side([proxy, tagged], 0)],
    ['no side of 0 replicas, which Argo CD calls healthy', side([app], 0, 0)],
  ])('%s (I2)', async (_how, seen) => {
    expect(await asks(seen)).toBe(false);
  });
});
