import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTrafficRouter } from '../../../adapters/traffic/create-traffic-router.ts';
import type { TrafficRouter } from '../../../adapters/traffic/traffic-router.ts';
import type { Fence } from '../../../contracts/fence.ts';
import { parseInstant } from '../../../contracts/instant.ts';
import type { Weights } from '../../../contracts/names.ts';
import { createNamespace } from '../../support/start-kubernetes.ts';
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
    mirror: { mirror: { host: hostOf('green') }, mirrorPercentage: { value: 10 } },
    only: (environment: 'blue' | 'green') => ({ route: [{ destination: { host: hostOf(environment) } }] }),
    hosts: (...hosts: string[]) => ({ hosts, gateways: ['production/public'] }),
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
    mirror: {
      filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { ...services.green, port: 80 }, percent: 10 } }],
    },
    only: (environment: 'blue' | 'green') => ({ backendRefs: [{ ...services[environment], port: 80 }] }),
    hosts: (...hostnames: string[]) => ({ hostnames, parentRefs: [{ namespace: 'production', name: 'public' }] }),
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
afterAll(() => world.close());
beforeAll(async () => {
  world = await startClusterWorld();
  for (const name of ['production', 'elsewhere']) await createNamespace(world.admin, name);
});

describe.each(['istio', 'gateway-api'] as const)('the %s router', (kind) => {
  const dialect = dialects[kind];
  const collection = `/apis/${dialect.apiVersion}/namespaces/production/${dialect.plural}`;
  const path = `${collection}/chest-xray-mlops`;
  const route = { namespace: 'production', name: 'chest-xray-mlops' };
  const newRouter = () => createTrafficRouter(world.kubernetes, { router: kind, route, services, now: () => stamped });
  let router: TrafficRouter;
  const others: string[] = [];
  /** Another object of the same kind, in a namespace that is nobody's. */
  const beside = async (name: string, spec: object, namespace = 'elsewhere') => {
    const there = `/apis/${dialect.apiVersion}/namespaces/${namespace}/${dialect.plural}`;
    const { apiVersion, kind: its } = dialect;
    await world.admin.create(there, { apiVersion, kind: its, metadata: { name }, spec });
    others.push(`${there}/${name}`);
  };
  beforeEach(async () => {
    router = newRouter();
    for (const other of others.splice(0)) await world.admin.delete(other);
    await world.admin.delete(path);
    await world.admin.create(collection, {
      apiVersion: dialect.apiVersion,
      kind: dialect.kind,
      metadata: { name: 'chest-xray-mlops', annotations: { team: 'ml' } },
      spec: { ...dialect.others, [dialect.list]: [dialect.entry(allBlue)] },
    });
    if (kind === 'gateway-api') await answerOfGateway();
  });
  afterEach(async () => {
    for (const other of others.splice(0)) await world.admin.delete(other);
  });
  /** What a gateway's controller writes. */
  const answerOfGateway = async (conditions: readonly object[] = [], observedGeneration = 1) => {
    const well = ['Accepted', 'ResolvedRefs'].map((type) => ({
      type,
      status: 'True',
      reason: type,
      observedGeneration,
    }));
    const parent = { parentRef: { name: 'public' }, controllerName: 'example.com/gateway' };
    const told = (conditions.length > 0 ? conditions : well).map((condition) => ({
      lastTransitionTime: '2026-11-23T14:00:00Z',
      message: '',
      ...condition,
    }));
    await world.admin.mergePatch(`${path}/status`, { status: { parents: [{ ...parent, conditions: told }] } });
  };

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
      name: 'DependencyRefused',
      route: `${dialect.kind} production/chest-xray-mlops`,
      problem: expect.stringContaining('2 entries of'),
    });
    const live = await router.read({ purpose: 'return' });
    expect(live).toMatchObject({ weights: shifted, problem: expect.stringContaining('2 entries of') });
    const write = { weights: allBlue, fence: fence(1, allBlue), resourceVersion: live.resourceVersion };
    await expect(router.write(write)).rejects.toMatchObject({ name: 'DependencyRefused' });
    expect(await router.write(write, { purpose: 'return' })).toMatchObject({ kind: 'written' });
    expect(await world.admin.get(path)).toMatchObject({
      spec: { [dialect.list]: [dialect.shadow, dialect.entry(allBlue)] },
    });
  });

  it('refuses requests that are copied to a side, and returns the traffic of such a route (I3, rule 6)', async () => {
    const copied = { ...dialect.entry({ blue: 20, green: 80 }), ...dialect.mirror };
    await world.admin.mergePatch(path, { spec: { [dialect.list]: [copied] } });

    const problem = expect.stringContaining('mirrors requests to green');
    await expect(router.read()).rejects.toMatchObject({ name: 'DependencyRefused', problem });
    const live = await router.read({ purpose: 'return' });
    expect(live).toMatchObject({ weights: { blue: 20, green: 80 }, problem });
    const write = { weights: allBlue, fence: fence(1, allBlue), resourceVersion: live.resourceVersion };
    expect(await router.write(write, { purpose: 'return' })).toMatchObject({ kind: 'written' });
    expect(await router.read({ purpose: 'return' })).toMatchObject({ weights: allBlue });
  });

  it('brings the traffic back over a route from which somebody took the other side (rule 6)', async () => {
    await world.admin.mergePatch(path, { spec: { [dialect.list]: [dialect.only('green')] } });

    const live = await router.read({ purpose: 'return' });
    const write = { weights: allBlue, fence: fence(1, allBlue), resourceVersion: live.resourceVersion };
    const written = await router.write(write, { purpose: 'return' });

    expect(live).toMatchObject({ weights: { blue: 0, green: 100 }, problem: expect.stringContaining('once each') });
    expect(written).toMatchObject({ kind: 'written' });
    expect(await router.read()).toMatchObject({ weights: allBlue, problem: null });
  });

  const rise = () => router.read({ purpose: 'rise' });
  it('looks around before a rise, and is content with previews and with other services', async () => {
    await beside('preview', { ...dialect.hosts('green.example.com'), [dialect.list]: [dialect.only('green')] });
    await beside('billing', {
      ...dialect.hosts('chest-xray.example.com'),
      [dialect.list]: [
        kind === 'istio'
          ? { match: [{ uri: { prefix: '/billing' } }], route: [{ destination: { host: 'billing' } }] }
          : {
              matches: [{ path: { type: 'PathPrefix', value: '/billing' } }],
              backendRefs: [{ name: 'billing', port: 80 }],
            },
      ],
    });

    expect(await rise()).toMatchObject({ weights: allBlue });
  });

  it.each([
    ['goes to a side under the same host', 'chest-xray.example.com', () => dialect.only('green'), 'leads to green'],
    ['goes to a side on a condition', 'Chest-Xray.example.com', () => dialect.shadow, 'leads to green'],
    [
      'takes the whole host elsewhere',
      'chest-xray.example.com',
      () =>
        kind === 'istio' ? { route: [{ destination: { host: 'old' } }] } : { backendRefs: [{ name: 'old', port: 80 }] },
      'leads to another service',
    ],
    [
      'copies the requests of another host',
      'other.example.com',
      () => ({ ...dialect.only('blue'), ...dialect.mirror }),
      'mirrors requests to green',
    ],
  ])('refuses a rise while a route of another namespace %s (I3)', async (_, host, entry, problem) => {
    // Gateway API takes names in small letters only.
    const written = kind === 'istio' ? host : host.toLowerCase();
    await beside('shadow', { ...dialect.hosts(written), [dialect.list]: [entry()] });

    await expect(rise()).rejects.toMatchObject({
      name: 'DependencyRefused',
      problem: expect.stringMatching(new RegExp(`${dialect.kind} elsewhere/shadow .*${problem}`)),
    });
    expect(await router.read()).toMatchObject({ weights: allBlue });
    expect(await router.read({ purpose: 'return' })).toMatchObject({ weights: allBlue, problem: null });
  });

  it('refuses a rise while a route of the other kind is for the same host', async () => {
    const other = dialects[kind === 'istio' ? 'gateway-api' : 'istio'];
    const there = `/apis/${other.apiVersion}/namespaces/elsewhere/${other.plural}`;
    const spec = { ...other.hosts('chest-xray.example.com'), [other.list]: [other.only('green')] };
    const { apiVersion, kind: its } = other;
    await world.admin.create(there, { apiVersion, kind: its, metadata: { name: 'old' }, spec });
    others.push(`${there}/old`);

    await expect(rise()).rejects.toMatchObject({ problem: expect.stringContaining(`${other.kind} elsewhere/old`) });
  });

  it('lets a route be that requests cannot come to by the same gateway', async () => {
    const ways = kind === 'istio' ? { gateways: ['internal'] } : { parentRefs: [{ name: 'internal' }] };
    const spec = { ...dialect.hosts('chest-xray.example.com'), ...ways, [dialect.list]: [dialect.only('green')] };
    await beside('internal', spec);

    expect(await rise()).toMatchObject({ weights: allBlue });
  });

  if (kind === 'istio') {
    it('refuses a rise while a delegate leads to a side', async () => {
      await beside('delegate', { http: [dialect.only('green')] });

      await expect(rise()).rejects.toMatchObject({ problem: expect.stringContaining('as a delegate') });
    });
  } else {
    it.each(['Accepted', 'ResolvedRefs'])('refuses a rise that a gateway would not follow: not %s', async (type) => {
      const well = ['Accepted', 'ResolvedRefs'].map((one) => ({
        type: one,
        status: 'True',
        reason: one,
        observedGeneration: 1,
      }));
      const bad = { type, status: 'False', reason: 'RefNotPermitted', message: 'no grant', observedGeneration: 1 };
      await answerOfGateway([...well.filter((one) => one.type !== type), bad]);

      await expect(rise()).rejects.toMatchObject({
        name: 'DependencyRefused',
        problem: `Gateway production/public says that it is not ${type}: RefNotPermitted: no grant`,
      });
      expect(await router.read()).toMatchObject({ weights: allBlue });
      expect(await router.read({ purpose: 'return' })).toMatchObject({ weights: allBlue });
    });

    it('waits for a gateway that has not answered for the newest weights', async () => {
      const { resourceVersion } = await router.read();
      await router.write({ weights: half, fence: fence(1, half), resourceVersion });

      await expect(rise()).rejects.toMatchObject({
        name: 'DependencyUnavailable',
        message: expect.stringContaining('has not said Accepted of its newest version'),
      });
      await answerOfGateway([], 2);
      expect(await rise()).toMatchObject({ weights: half });
    });

    it('waits for a gateway that has not answered at all', async () => {
      await world.admin.mergePatch(`${path}/status`, { status: { parents: [] } });

      await expect(rise()).rejects.toMatchObject({
        message: expect.stringContaining('public has not answered for it'),
      });
    });
  }

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
