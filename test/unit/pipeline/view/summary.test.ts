import { beforeEach, describe, expect, it } from 'vitest';
import { summarySchema } from '../../../../contracts/api/summary.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { allOn } from '../../../../contracts/names.ts';
import { readSummary } from '../../../../pipeline/view/summary.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const summary = async (changes: Parameters<typeof operatorApi>[1] = {}) =>
  summarySchema.parse(await (await operatorApi(world, changes).get('/api/summary')).json());

describe('all services, each in a line', () => {
  it('have what is live, what is at work and what it waits for, and how the last one ended', async () => {
    const { operation: first } = await registerDeployment(world, { name: 'first' });
    await world.store.operations.end(first.id, { outcome: 'failed', reason: 'no capacity', at: first.startedAt });
    world.pass(60_000);
    const { operation: second } = await registerDeployment(world, { name: 'second' });
    await world.store.operations.update(second.id, { pausedBecause: 'ana looks', pausedAt: second.startedAt });

    const { viewer, services } = await summary({ cluster: () => fakeCluster({ blue: 75, green: 25 }) });

    expect(viewer).toBe('ana@example.com');
    expect(services).toMatchObject([
      {
        ...{ name: world.service.name, active: 'blue', version: 'v2.0.0', weights: { blue: 75, green: 25 } },
        ...{ frozen: null, problem: null },
        atWork: { id: second.id, version: 'v2.1.0', waiting: { kind: 'pause' } },
        last: { id: first.id, outcome: 'failed', reason: 'no capacity' },
      },
    ]);
  });

  it('say what is frozen, and what of one cannot be read without hiding the others', async () => {
    await world.store.releases.freeze(world.service.name, {
      ...{ reason: 'both sides are bad', operation: null, by: 'sluice' },
      at: new Date(world.now()).toISOString(),
    });
    const broken = { ...world.service, name: 'broken' };
    const configuration = { ...world.configuration, services: [broken, world.service] };
    const unreachable = new DependencyUnavailable('Kubernetes', 'the cluster does not answer');

    const { services } = await summary({
      configuration,
      cluster: ({ name }) => {
        if (name === 'broken') throw unreachable;
        return fakeCluster(allOn('green'));
      },
    });

    expect(services).toMatchObject([
      { name: 'broken', active: null, version: null, problem: expect.stringContaining('does not answer') },
      { name: world.service.name, active: 'green', frozen: { reason: 'both sides are bad' }, problem: null },
    ]);
  });

  it.each([2, 0])('count the ready pods of the side that is live (%s)', async (blue) => {
    const { services } = await summary({ cluster: () => fakeCluster(allOn('blue'), { blue, green: 1 }) });

    expect(services).toMatchObject([{ active: 'blue', ready: blue }]);
  });

  it('count none where the Deployment is gone, and leave open what cannot be read', async () => {
    const { router, workloads } = fakeCluster(allOn('blue'));
    const answers = async (readDeployment: typeof workloads.readDeployment) =>
      (
        await summary({
          cluster: () => ({ ...fakeCluster(allOn('blue')), router, workloads: { ...workloads, readDeployment } }),
        })
      ).services;
    const unreadable = new DependencyUnavailable('Kubernetes', 'the cluster does not answer');

    expect(await answers(async () => null)).toMatchObject([{ ready: 0, version: null, problem: null }]);
    expect(await answers(() => Promise.reject(unreadable))).toMatchObject([
      { ready: null, version: null, problem: expect.stringContaining('does not answer') },
    ]);
  });

  it('cost four calls for each that is at rest, twenty services at once', async () => {
    const services = Array.from({ length: 200 }, (_, index) => ({ ...world.service, name: `service-${index}` }));
    const calls = { cluster: 0, store: 0, underWay: 0, mostUnderWay: 0 };
    const counted = <T extends object>(of: T, kind: 'cluster' | 'store'): T =>
      new Proxy(of, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key);
          if (typeof value === 'object' && value !== null) return counted(value, kind);
          return async (...given: unknown[]) => {
            calls[kind] += 1;
            calls.underWay += 1;
            calls.mostUnderWay = Math.max(calls.mostUnderWay, calls.underWay);
            try {
              // Adapters are objects of functions.
              return await Reflect.apply(value as () => unknown, target, given);
            } finally {
              calls.underWay -= 1;
            }
          };
        },
      });
    const deps = {
      ...world,
      configuration: { ...world.configuration, services },
      store: counted(world.store, 'store'),
      cluster: () => counted(fakeCluster(allOn('blue')), 'cluster'),
    };

    const found = await readSummary(deps as never, null);

    expect(found.services).toHaveLength(200);
    expect(calls).toMatchObject({ cluster: 2 * 200, store: 2 * 200 });
    expect(calls.mostUnderWay).toBeLessThanOrEqual(3 * 20);
  });
});
