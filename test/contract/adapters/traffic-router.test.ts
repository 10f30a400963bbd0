import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTrafficRouter } from '../../../adapters/traffic/create-traffic-router.ts';
import type { TrafficRouter } from '../../../adapters/traffic/traffic-router.ts';
import type { Fence } from '../../../contracts/fence.ts';
import { parseInstant } from '../../../contracts/instant.ts';
import type { Weights } from '../../../contracts/names.ts';
import { type ClusterWorld, startClusterWorld } from './cluster-world.ts';

const services = {
  blue: { namespace: 'production-blue', name: 'chest-xray-mlops' },
  green: { namespace: 'production-green', name: 'chest-xray-mlops' },
};
const hostOf = (environment: 'blue' | 'green') => `chest-xray-mlops.production-${environment}.svc.cluster.local`;

/** The same route in the words of each router. */
const dialects = {
  istio: {
    kind: 'VirtualService',
    apiVersion: 'networking.istio.io/v1',
    plural: 'virtualservices',
    others: { hosts: ['chest-xray.example.com'], gateways: ['production/public'] },
    list: 'http',
    entry: (weights: Weights) => ({
      timeout: '5s',
      route: (['blue', 'green'] as const).map((environment) => ({
        destination: { host: hostOf(environment), port: { number: 80 } },
        weight: weights[environment],
      })),
    }),
    shadow: { match: [{ headers: { canary: { exact: 'yes' } } }], route: [{ destination: { host: hostOf('green') } }] },
  },
  'gateway-api': {
    kind: 'HTTPRoute',
    apiVersion: 'gateway.networking.k8s.io/v1',
    plural: 'httproutes',
    others: { hostnames: ['chest-xray.example.com'], parentRefs: [{ name: 'public' }] },
    list: 'rules',
    entry: (weights: Weights) => ({
      timeouts: { request: '5s' },
      backendRefs: (['blue', 'green'] as const).map((environment) => ({
        ...services[environment],
        port: 80,
        weight: weights[environment],
      })),
    }),
    shadow: { matches: [{ path: { value: '/canary' } }], backendRefs: [{ ...services.green, port: 80 }] },
  },
};
const fence = (epoch: number, weights: Weights, seq = 1): Fence => ({
  epoch,
  seq,
  operation: `op-${epoch}`,
  origin: 'blue',
  weights,
});
/** When all of these writes happen. */
const stamped = parseInstant('2026-11-23T15:00:00Z');
const half = { blue: 50, green: 50 };
const allBlue = { blue: 100, green: 0 };

let world: ClusterWorld;
beforeAll(async () => {
  world = await startClusterWorld();
  await world.admin.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'production' },
  });
});

describe.each(['istio', 'gateway-api'] as const)('the %s router', (kind) => {
  const dialect = dialects[kind];
  const collection = `/apis/${dialect.apiVersion}/namespaces/production/${dialect.plural}`;
  const path = `${collection}/chest-xray-mlops`;
  const route = { namespace: 'production', name: 'chest-xray-mlops' };
  const newRouter = () => createTrafficRouter(world.kubernetes, { router: kind, route, services, now: () => stamped });
  let router: TrafficRouter;
  beforeEach(async () => {
    router = newRouter();
    await world.admin.delete(path);
    await world.admin.create(collection, {
      apiVersion: dialect.apiVersion,
      kind: dialect.kind,
      metadata: { name: 'chest-xray-mlops', annotations: { team: 'ml' } },
      spec: { ...dialect.others, [dialect.list]: [dialect.entry(allBlue)] },
    });
  });

  it('writes both weights and the fence at once, and leaves the rest of the object alone', async () => {
    const before = await router.read();
    const written = await router.write({
      weights: half,
      fence: fence(1, half),
      resourceVersion: before.resourceVersion,
    });
    const live = await router.read();

    expect(before).toMatchObject({ weights: allBlue, fence: null, damaged: null, problem: null });
    expect(written).toEqual({ kind: 'written', resourceVersion: live.resourceVersion });
    expect(live).toMatchObject({ weights: half, fence: fence(1, half), damaged: null });
    expect(live.fence?.at).toBe('2026-11-23T15:00:00.000Z');
    expect(await world.admin.get(path)).toMatchObject({
      metadata: { annotations: { team: 'ml' } },
      spec: { ...dialect.others, [dialect.list]: [dialect.entry(half)] },
    });
  });

  it('refuses a write that was decided on an older route, however late it comes (I12)', async () => {
    const seen = await router.read();
    const rescue = newRouter();
    const now = await rescue.read();
    await rescue.write({ weights: allBlue, fence: fence(8, allBlue), resourceVersion: now.resourceVersion });

    const late = await router.write({ weights: half, fence: fence(7, half), resourceVersion: seen.resourceVersion });

    expect(late).toEqual({ kind: 'conflict' });
    expect(await router.read()).toMatchObject({ weights: allBlue, fence: fence(8, allBlue) });
  });

  it('lets one of two simultaneous writers win, and the other know', async () => {
    const { resourceVersion } = await router.read();
    const other = newRouter();
    await other.read();

    const outcomes = await Promise.all([
      router.write({ weights: half, fence: fence(1, half), resourceVersion }),
      other.write({ weights: allBlue, fence: fence(2, allBlue), resourceVersion }),
    ]);

    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['conflict', 'written']);
    const live = await router.read();
    expect(live.weights).toEqual(live.fence?.weights);
  });

  it('writes in a function that was started after the read, too', async () => {
    const { resourceVersion } = await router.read();

    const written = await newRouter().write({ weights: half, fence: fence(1, half), resourceVersion });
    const stale = await newRouter().write({ weights: half, fence: fence(1, half, 2), resourceVersion });

    expect(written.kind).toBe('written');
    expect(stale).toEqual({ kind: 'conflict' });
  });

  it('writes twice in a row without reading in between, by the version that it was told', async () => {
    const { resourceVersion } = await router.read();
    const first = await router.write({ weights: half, fence: fence(1, half), resourceVersion });
    if (first.kind !== 'written') throw new Error('not written');

    const second = await router.write({
      weights: allBlue,
      fence: fence(1, allBlue, 2),
      resourceVersion: first.resourceVersion,
    });

    expect(second.kind).toBe('written');
    expect(await router.read()).toMatchObject({ weights: allBlue, fence: { seq: 2 } });
  });

  it('tells a damaged fence from none', async () => {
    await world.admin.mergePatch(path, { metadata: { annotations: { 'sluice.dev/fence': '{"epoch":"seven"}' } } });

    expect(await router.read()).toMatchObject({ fence: null, damaged: '{"epoch":"seven"}' });
  });

  it('refuses a route that leads elsewhere to a shift, and lets a return go ahead (I2, rule 6)', async () => {
    const shifted = { blue: 20, green: 80 };
    await world.admin.mergePatch(path, { spec: { [dialect.list]: [dialect.shadow, dialect.entry(shifted)] } });

    await expect(router.read()).rejects.toMatchObject({
      name: 'NeighbourRefused',
      route: `${dialect.kind} production/chest-xray-mlops`,
      problem: expect.stringContaining('2 entries of'),
    });
    const live = await router.read({ purpose: 'return' });
    expect(live).toMatchObject({ weights: shifted, problem: expect.stringContaining('2 entries of') });
    const write = { weights: allBlue, fence: fence(1, allBlue), resourceVersion: live.resourceVersion };
    await expect(router.write(write)).rejects.toMatchObject({ name: 'NeighbourRefused' });
    expect(await router.write(write, { purpose: 'return' })).toMatchObject({ kind: 'written' });
    expect(await world.admin.get(path)).toMatchObject({
      spec: { [dialect.list]: [dialect.shadow, dialect.entry(allBlue)] },
    });
  });

  it('writes no weights that break I1', async () => {
    const { resourceVersion } = await router.read();
    const weights = { blue: 60, green: 60 };

    await expect(router.write({ weights, fence: fence(1, allBlue), resourceVersion })).rejects.toMatchObject({
      name: 'InvalidInput',
    });
  });

  it('says that there is no route', async () => {
    await world.admin.delete(path);

    await expect(router.read()).rejects.toMatchObject({ name: 'NotFound' });
  });
});
