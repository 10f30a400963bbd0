import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTrafficRouter } from '../../../adapters/traffic/create-traffic-router.ts';
import type { ListenerRule } from '../../../adapters/traffic/listener-rules.ts';
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

const arnOf = (name: string) =>
  `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/${name}/0123456789abcdef`;
const targetGroups = { blue: arnOf('xray-blue'), green: arnOf('xray-green') };

/** Where requests go, and by which way they come. */
interface Ways {
  readonly hosts?: readonly string[];
  readonly gateways?: unknown;
  readonly parentRefs?: unknown;
  readonly [field: string]: unknown;
}
type Entry = Readonly<Record<string, unknown>>;

/** An object of a router that has its entries in a list of `spec`. */
const inSpec = (list: string) => (ways: Ways, entries: readonly Entry[]) => ({ spec: { ...ways, [list]: entries } });

/** An Ingress: an entry is an action with the path that uses it. */
function ingress({ hosts = [], group = 'public' }: Ways, entries: readonly Entry[]) {
  const paths = entries.map(({ name, path = '/' }) => ({
    path,
    pathType: 'Prefix',
    backend: { service: { name, port: { name: 'use-annotation' } } },
  }));
  const actions = entries.map(({ name, action }) => [
    `alb.ingress.kubernetes.io/actions.${name}`,
    JSON.stringify(action),
  ]);
  return {
    metadata: { annotations: { 'alb.ingress.kubernetes.io/group.name': group, ...Object.fromEntries(actions) } },
    spec: { ingressClassName: 'alb', rules: hosts.map((host) => ({ host, http: { paths } })) },
  };
}
const forwardTo = (...tuples: readonly object[]) => ({ type: 'forward', forwardConfig: { targetGroups: tuples } });

/** The same route in the words of each router. */
const dialects = {
  istio: {
    kind: 'VirtualService',
    apiVersion: 'networking.istio.io/v1',
    plural: 'virtualservices',
    object: inSpec('http'),
    ways: { hosts: ['chest-xray.example.com'], gateways: ['production/public'] },
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
    elsewhere: (prefix?: string) => ({
      ...(prefix === undefined ? {} : { match: [{ uri: { prefix } }] }),
      route: [{ destination: { host: 'old' } }],
    }),
    otherWay: { gateways: ['internal'] },
  },
  'gateway-api': {
    kind: 'HTTPRoute',
    apiVersion: 'gateway.networking.k8s.io/v1',
    plural: 'httproutes',
    object: inSpec('rules'),
    ways: { hostnames: ['chest-xray.example.com'], parentRefs: [{ name: 'public' }] },
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
    elsewhere: (prefix?: string) => ({
      ...(prefix === undefined ? {} : { matches: [{ path: { type: 'PathPrefix', value: prefix } }] }),
      backendRefs: [{ name: 'old', port: 80 }],
    }),
    otherWay: { parentRefs: [{ name: 'internal' }] },
  },
  alb: {
    kind: 'Ingress',
    apiVersion: 'networking.k8s.io/v1',
    plural: 'ingresses',
    object: ingress,
    ways: { hosts: ['chest-xray.example.com'] },
    entry: (weights: Weights) => ({
      name: 'chest-xray-mlops',
      action: forwardTo(
        { targetGroupARN: targetGroups.blue, weight: weights.blue },
        { targetGroupARN: targetGroups.green, weight: weights.green },
      ),
    }),
    // An ALB copies no requests.
    mirror: null,
    only: (environment: 'blue' | 'green') => ({
      name: 'chest-xray-mlops',
      action: { type: 'forward', targetGroupARN: targetGroups[environment] },
    }),
    hosts: (...hosts: string[]) => ({ hosts }),
    shadow: { name: 'canary', path: '/canary', action: forwardTo({ targetGroupARN: targetGroups.green, weight: 1 }) },
    elsewhere: (path?: string) => ({ name: 'old', path, action: forwardTo({ serviceName: 'old', servicePort: 80 }) }),
    otherWay: { group: 'internal' },
  },
};
interface Dialect {
  readonly kind: string;
  readonly apiVersion: string;
  readonly plural: string;
  object(ways: Ways, entries: readonly Entry[]): { metadata?: { annotations: Record<string, string> }; spec: object };
  readonly ways: Ways;
  entry(weights: Weights): Entry;
  readonly mirror: Entry | null;
  only(environment: 'blue' | 'green'): Entry;
  hosts(...hosts: string[]): Ways;
  readonly shadow: Entry;
  /** To a service that is none of ours. */
  elsewhere(prefix?: string): Entry;
  readonly otherWay: Ways;
}
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

describe.each(['istio', 'gateway-api', 'alb'] as const)('the %s router', (kind) => {
  // One shape for three objects: an entry is whatever the dialect's own `object` takes.
  const dialect: Dialect = dialects[kind];
  const collection = `/apis/${dialect.apiVersion}/namespaces/production/${dialect.plural}`;
  const path = `${collection}/chest-xray-mlops`;
  const route = { namespace: 'production', name: 'chest-xray-mlops' };
  /** What the load balancer was told; by itself what the Ingress says at first. */
  let rules: readonly ListenerRule[] = [];
  const ruleWith = (weights: Weights): ListenerRule => ({
    label: 'HTTPS:443, rule 1',
    hosts: ['chest-xray.example.com'],
    forwards: (['blue', 'green'] as const).map((one) => ({ targetGroup: targetGroups[one], weight: weights[one] })),
    isSticky: false,
  });
  const newRouter = () =>
    createTrafficRouter(world.kubernetes, {
      router: kind,
      route,
      services,
      now: () => stamped,
      ...(kind === 'alb' ? { targetGroups, listenerRules: async () => rules } : {}),
    });
  let router: TrafficRouter;
  const others: string[] = [];
  /** Another object of the same kind, in a namespace that is nobody's. */
  const beside = async (name: string, ways: Ways, entries: readonly Entry[], its: Dialect = dialect) => {
    const there = `/apis/${its.apiVersion}/namespaces/elsewhere/${its.plural}`;
    const { metadata, spec } = its.object(ways, entries);
    await world.admin.create(there, { ...kindOf(its), metadata: { name, ...metadata }, spec });
    others.push(`${there}/${name}`);
  };
  const kindOf = ({ apiVersion, kind: its }: Dialect) => ({ apiVersion, kind: its });
  /** Puts these entries in the place of those of our route. */
  const rewrite = (...entries: readonly Entry[]) => world.admin.mergePatch(path, dialect.object(dialect.ways, entries));
  beforeEach(async () => {
    router = newRouter();
    for (const other of others.splice(0)) await world.admin.delete(other);
    await world.admin.delete(path);
    const { metadata, spec } = dialect.object(dialect.ways, [dialect.entry(allBlue)]);
    const annotations = { team: 'ml', ...metadata?.annotations };
    await world.admin.create(collection, {
      ...kindOf(dialect),
      metadata: { name: 'chest-xray-mlops', annotations },
      spec,
    });
    rules = [ruleWith(allBlue)];
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
    expect(await world.admin.get(path)).toMatchObject(dialect.object(dialect.ways, [dialect.entry(half)]));
    expect(await world.admin.get(path)).toMatchObject({ metadata: { annotations: { team: 'ml' } } });
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
    await rewrite(dialect.shadow, dialect.entry(shifted));

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
    expect(await world.admin.get(path)).toMatchObject(
      dialect.object(dialect.ways, [dialect.shadow, dialect.entry(allBlue)]),
    );
  });

  const { mirror } = dialect;
  if (mirror !== null) {
    it('refuses requests that are copied to a side, and returns the traffic of such a route (I3, rule 6)', async () => {
      await rewrite({ ...dialect.entry({ blue: 20, green: 80 }), ...mirror });

      const problem = expect.stringContaining('mirrors requests to green');
      await expect(router.read()).rejects.toMatchObject({ name: 'DependencyRefused', problem });
      const live = await router.read({ purpose: 'return' });
      expect(live).toMatchObject({ weights: { blue: 20, green: 80 }, problem });
      const write = { weights: allBlue, fence: fence(1, allBlue), resourceVersion: live.resourceVersion };
      expect(await router.write(write, { purpose: 'return' })).toMatchObject({ kind: 'written' });
      expect(await router.read({ purpose: 'return' })).toMatchObject({ weights: allBlue });
    });
  }

  it('brings the traffic back over a route from which somebody took the other side (rule 6)', async () => {
    await rewrite(dialect.only('green'));

    const live = await router.read({ purpose: 'return' });
    const write = { weights: allBlue, fence: fence(1, allBlue), resourceVersion: live.resourceVersion };
    const written = await router.write(write, { purpose: 'return' });

    expect(live).toMatchObject({ weights: { blue: 0, green: 100 }, problem: expect.stringContaining('once each') });
    expect(written).toMatchObject({ kind: 'written' });
    expect(await router.read()).toMatchObject({ weights: allBlue, problem: null });
  });

  if (kind !== 'alb') {
    describe('with named rules', () => {
      const named = (name: string, weights: Weights): Entry => ({ name, ...dialect.entry(weights) });
      const other = { name: 'billing', ...dialect.elsewhere('/billing') };
      const unnamed = dialect.elsewhere('/old');
      const both = (weights: Weights): Entry[] => [other, named('api', weights), unnamed, named('web', weights)];
      const withRules = (...rules: string[]) =>
        createTrafficRouter(world.kubernetes, { router: kind, route, services, rules, now: () => stamped });
      const entries = async () => {
        const live = await world.admin.get<{ spec: Readonly<Record<string, readonly Entry[]>> }>(path);
        return live?.spec[kind === 'istio' ? 'http' : 'rules'] ?? [];
      };
      const shifted = { blue: 20, green: 80 };
      let rules: TrafficRouter;
      beforeEach(async () => {
        rules = withRules('api', 'web');
        await rewrite(...both(allBlue));
      });

      it('moves all of them in one write, and leaves the others as they were', async () => {
        const before = await entries();
        const live = await rules.read();
        const newest = await world.admin.get<{ metadata: { generation: number } }>(path);
        const written = await rules.write({
          weights: half,
          fence: fence(1, half),
          resourceVersion: live.resourceVersion,
        });

        expect(live).toMatchObject({ weights: allBlue, problem: null });
        expect(written.kind).toBe('written');
        expect(await rules.read()).toMatchObject({ weights: half, fence: fence(1, half), problem: null });
        const after = await entries();
        expect(after).toMatchObject(both(half));
        expect([JSON.stringify(after[0]), JSON.stringify(after[2])]).toEqual([
          JSON.stringify(before[0]),
          JSON.stringify(before[2]),
        ]);
        expect(await world.admin.get(path)).toMatchObject({
          metadata: { generation: (newest?.metadata.generation ?? 0) + 1 },
        });
      });

      it('keeps what somebody changes of another rule meanwhile, and refuses the write that did not know it', async () => {
        const { resourceVersion } = await rules.read();
        const moved = { name: 'billing', ...dialect.elsewhere('/invoices') };
        await rewrite(moved, ...both(allBlue).slice(1));

        expect(await rules.write({ weights: half, fence: fence(1, half), resourceVersion })).toEqual({
          kind: 'conflict',
        });
        const again = await rules.read();
        await rules.write({ weights: half, fence: fence(1, half), resourceVersion: again.resourceVersion });

        expect(await entries()).toMatchObject([moved, ...both(half).slice(1)]);
      });

      it('moves a single one among rules for other services', async () => {
        await rewrite(other, named('api', allBlue), unnamed);
        const one = withRules('api');
        const { resourceVersion } = await one.read();
        await one.write({ weights: half, fence: fence(1, half), resourceVersion });

        expect(await entries()).toMatchObject([other, named('api', half), unnamed]);
      });

      const alone = { name: 'web', ...dialect.only('green') };
      const gone = { name: 'web', ...dialect.elsewhere('/x') };
      const canary = { ...dialect.shadow, name: 'canary' };
      const returned = ['api', 'web', 'more'].map((name) => named(name, allBlue));
      /** What somebody made of the rules, how it is told, and what a return makes of that. */
      const odd: readonly (readonly [string, readonly Entry[], string, readonly Entry[]])[] = [
        [
          'has other weights than the rest',
          [named('api', shifted), named('web', half)],
          'give the rules of traffic.rules the same weights',
          returned.slice(0, 2),
        ],
        ['is gone', [named('api', shifted)], 'is named web, as traffic.rules has it, but api', returned.slice(0, 1)],
        ['has lost a side', [named('api', shifted), alone], '(web) does not lead to', returned.slice(0, 1)],
        ['leads elsewhere', [named('api', shifted), gone], '(web) does not lead to', [...returned.slice(0, 1), gone]],
        [
          'leads to a side that is not named',
          [named('api', shifted), named('web', shifted), canary],
          '(canary) leads to green too; name it in traffic.rules',
          [...returned.slice(0, 2), canary],
        ],
        [
          'splits that is not named',
          [named('api', shifted), named('web', shifted), named('more', shifted)],
          '(more) leads to blue and green too; name it in traffic.rules',
          returned,
        ],
      ];
      it.each(odd)('refuses a shift when a rule %s, and brings the traffic back', async (_, changed, problem, back) => {
        await rewrite(...changed);

        const told = expect.stringContaining(problem);
        await expect(rules.read()).rejects.toMatchObject({ name: 'DependencyRefused', problem: told });
        const live = await rules.read({ purpose: 'return' });
        expect(live.problem).toEqual(told);
        expect(live.weights.blue).toBeLessThan(100);
        const write = { weights: allBlue, fence: fence(1, allBlue), resourceVersion: live.resourceVersion };
        await expect(rules.write(write)).rejects.toMatchObject({ name: 'DependencyRefused' });
        expect(await rules.write(write, { purpose: 'return' })).toMatchObject({ kind: 'written' });
        expect(await rules.read({ purpose: 'return' })).toMatchObject({ weights: allBlue });
        expect((await entries()).toSpliced(back.length)).toMatchObject(back);
      });

      it('adds the side that a rule has lost', async () => {
        await rewrite(named('api', shifted), alone);
        const { resourceVersion } = await rules.read({ purpose: 'return' });
        await rules.write({ weights: allBlue, fence: fence(1, allBlue), resourceVersion }, { purpose: 'return' });

        const { resourceVersion: now, ...live } = await rules.read();
        expect(live).toMatchObject({ weights: allBlue, problem: null });
        await rules.write({ weights: shifted, fence: fence(1, shifted, 2), resourceVersion: now });
        expect(await rules.read()).toMatchObject({ weights: shifted });
      });

      it('claims rules that differ, and moves no weight by it', async () => {
        const changed = [named('api', shifted), named('web', { blue: 40, green: 60 })];
        await rewrite(...changed);
        const { weights, resourceVersion } = await rules.read({ purpose: 'return' });

        await rules.write({ weights, fence: fence(1, weights), resourceVersion }, { purpose: 'return' });

        expect(await entries()).toMatchObject(changed);
        expect(await rules.read({ purpose: 'return' })).toMatchObject({ weights, fence: fence(1, weights) });
      });

      if (kind === 'gateway-api') {
        it('waits for each rule of the load balancer behind the gateway', async () => {
          const behind = createTrafficRouter(world.kubernetes, {
            ...{ router: kind, route, services, targetGroups, rules: ['api', 'web'], now: () => stamped },
            listenerRules: async () => [ruleWith(half), { ...ruleWith(allBlue), label: 'HTTPS:443, rule 2' }],
          });
          await rewrite(...both(half));

          expect(await behind.lag()).toContain('HTTPS:443, rule 2 of the load balancer has blue 100 %');
        });
      }

      it('takes no side for one with all of the traffic, or none, while a rule says otherwise', async () => {
        await rewrite(named('api', { blue: 0, green: 100 }), named('web', allBlue));

        expect(await rules.read({ purpose: 'return' })).toMatchObject({ weights: half });
      });
    });
  }

  const rise = () => router.read({ purpose: 'rise' });
  it('looks around before a rise, and is content with previews and with other services', async () => {
    await beside('preview', dialect.hosts('green.example.com'), [dialect.only('green')]);
    await beside('billing', dialect.hosts('chest-xray.example.com'), [dialect.elsewhere('/billing')]);

    expect(await rise()).toMatchObject({ weights: allBlue });
  });

  type Passing = readonly [string, string, () => Entry, string];
  const copying: Passing = [
    'copies the requests of another host',
    'other.example.com',
    () => ({ ...dialect.only('blue'), ...mirror }),
    'mirrors requests to green',
  ];
  const passing: readonly Passing[] = [
    ['goes to a side under the same host', 'chest-xray.example.com', () => dialect.only('green'), 'leads to green'],
    ['goes to a side on a condition', 'Chest-Xray.example.com', () => dialect.shadow, 'leads to green'],
    ['takes the whole host elsewhere', 'chest-xray.example.com', () => dialect.elsewhere(), 'leads to another service'],
    ...(mirror === null ? [] : [copying]),
  ];
  it.each(passing)('refuses a rise while a route of another namespace %s (I3)', async (_, host, entry, problem) => {
    // Only Istio takes names in capital letters.
    const written = kind === 'istio' ? host : host.toLowerCase();
    await beside('shadow', dialect.hosts(written), [entry()]);

    await expect(rise()).rejects.toMatchObject({
      name: 'DependencyRefused',
      problem: expect.stringMatching(new RegExp(`${dialect.kind} elsewhere/shadow .*${problem}`)),
    });
    expect(await router.read()).toMatchObject({ weights: allBlue });
    expect(await router.read({ purpose: 'return' })).toMatchObject({ weights: allBlue, problem: null });
  });

  it('refuses a rise while a route of the other kind is for the same host', async () => {
    const other: Dialect = dialects[kind === 'istio' ? 'gateway-api' : 'istio'];
    await beside('old', other.hosts('chest-xray.example.com'), [other.only('green')], other);

    await expect(rise()).rejects.toMatchObject({ problem: expect.stringContaining(`${other.kind} elsewhere/old`) });
  });

  it('lets a route be that requests cannot come to by the same gateway', async () => {
    const ways = { ...dialect.hosts('chest-xray.example.com'), ...dialect.otherWay };
    await beside('internal', ways, [dialect.only('green')]);

    expect(await rise()).toMatchObject({ weights: allBlue });
  });

  if (kind === 'istio') {
    it('refuses a rise while a delegate leads to a side', async () => {
      await beside('delegate', {}, [dialect.only('green')]);

      await expect(rise()).rejects.toMatchObject({ problem: expect.stringContaining('as a delegate') });
    });
  }
  if (kind === 'gateway-api') {
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

    it('waits for the load balancer behind a gateway that has accepted the newest weights, where its target groups are named', async () => {
      const behind = createTrafficRouter(world.kubernetes, {
        ...{ router: kind, route, services, targetGroups, now: () => stamped },
        listenerRules: async () => rules,
      });
      const { resourceVersion } = await router.read();
      await router.write({ weights: half, fence: fence(1, half), resourceVersion });
      await answerOfGateway([], 2);

      await expect(behind.read({ purpose: 'rise' })).rejects.toMatchObject({
        name: 'DependencyUnavailable',
        message: expect.stringContaining('of the load balancer has blue 100 %'),
      });
      expect([await router.lag(), await behind.lag()]).toEqual([null, expect.stringContaining('not yet')]);
      rules = [ruleWith(half)];
      expect(await behind.read({ purpose: 'rise' })).toMatchObject({ weights: half });
    });

    it('waits for a gateway that has not answered at all', async () => {
      await world.admin.mergePatch(`${path}/status`, { status: { parents: [] } });

      await expect(rise()).rejects.toMatchObject({
        message: expect.stringContaining('public has not answered for it'),
      });
    });
  }

  if (kind === 'alb') {
    it('says that the load balancer has not taken the weights up, and raises no more until it has', async () => {
      const { resourceVersion } = await router.read();
      expect(await router.lag()).toBeNull();
      await router.write({ weights: half, fence: fence(1, half), resourceVersion });

      const behind = 'HTTPS:443, rule 1 of the load balancer has blue 100 %';
      expect(await router.lag()).toContain(behind);
      await expect(rise()).rejects.toMatchObject({
        name: 'DependencyUnavailable',
        message: expect.stringContaining(behind),
      });
      expect(await router.read({ purpose: 'return' })).toMatchObject({ weights: half });
      rules = [ruleWith(half)];
      expect([await router.lag(), (await rise()).weights]).toEqual([null, half]);
    });

    it('reads names as the controller does, in any case, and writes them as it documents them', async () => {
      const { name } = dialect.entry(allBlue);
      const tuples = [
        { TargetGroupARN: targetGroups.blue, Weight: 20 },
        { TargetGroupARN: targetGroups.green, Weight: 80 },
      ];
      await rewrite({ name, action: { Type: 'forward', ForwardConfig: { TargetGroups: tuples } } });

      const live = await router.read();
      await router.write({ weights: half, fence: fence(1, half), resourceVersion: live.resourceVersion });

      expect(live.weights).toEqual({ blue: 20, green: 80 });
      expect(await world.admin.get(path)).toMatchObject(dialect.object(dialect.ways, [dialect.entry(half)]));
    });

    it('refuses an action that keeps clients on a side, and lets them go on the way back', async () => {
      const { name, action } = dialects.alb.entry({ blue: 0, green: 100 });
      const sticky = { targetGroupStickinessConfig: { enabled: true, durationSeconds: 3_600 } };
      await rewrite({ name, action: { ...action, forwardConfig: { ...action.forwardConfig, ...sticky } } });

      await expect(router.read()).rejects.toMatchObject({ problem: expect.stringContaining('keeps clients on') });
      const live = await router.read({ purpose: 'return' });
      const write = { weights: allBlue, fence: fence(1, allBlue), resourceVersion: live.resourceVersion };
      await router.write(write, { purpose: 'return' });

      expect(await router.read()).toMatchObject({ weights: allBlue, problem: null });
    });

    it.each([
      ['names a Service', { serviceName: 'chest-xray-mlops', servicePort: 80, weight: 50 }, 'also leads to'],
      ['has no weight', { targetGroupARN: targetGroups.green }, 'has no weight'],
    ])('refuses an action of which a target group %s', async (_, second, problem) => {
      const first = { targetGroupARN: targetGroups.blue, weight: 50 };
      const third = { targetGroupARN: targetGroups.green, weight: 0 };
      const tuples = 'serviceName' in second ? [first, second, third] : [first, second];
      await rewrite({ name: 'chest-xray-mlops', action: forwardTo(...tuples) });

      await expect(router.read()).rejects.toMatchObject({ problem: expect.stringContaining(problem) });
    });

    it('lets an action be that takes some requests of the host to another service, by conditions', async () => {
      await beside('old', dialect.ways, [dialect.elsewhere()]);
      const conditions = JSON.stringify([
        { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'x', values: ['y'] } },
      ]);
      const annotations = { 'alb.ingress.kubernetes.io/conditions.old': conditions };
      await world.admin.mergePatch(others.at(-1) ?? '', { metadata: { annotations } });

      expect(await rise()).toMatchObject({ weights: allBlue });
    });

    it('refuses a path that goes to the Service of a side without an action, whatever Ingress has it', async () => {
      const there = '/apis/networking.k8s.io/v1/namespaces/production-green/ingresses';
      await createNamespace(world.admin, 'production-green');
      const backend = { service: { name: 'chest-xray-mlops', port: { number: 80 } } };
      const rule = { host: 'chest-xray.example.com', http: { paths: [{ path: '/x', pathType: 'Prefix', backend }] } };
      const annotations = { 'alb.ingress.kubernetes.io/group.name': 'public' };
      const metadata = { name: 'direct', annotations };
      await world.admin.create(there, { ...kindOf(dialect), metadata, spec: { rules: [rule] } });
      others.push(`${there}/direct`);

      await expect(rise()).rejects.toMatchObject({
        problem: expect.stringMatching(/Ingress production-green\/direct .*leads to green/),
      });
    });

    it.each([
      ['that no path uses', { name: 'unused' }],
      ['that is no JSON', { name: 'chest-xray-mlops', action: undefined }],
    ])('says of an action %s that nothing leads to the sides', async (_, entry) => {
      const { metadata, spec } = dialect.object(dialect.ways, [entry]);
      await world.admin.mergePatch(path, { metadata, spec });
      const actions = {
        'alb.ingress.kubernetes.io/actions.chest-xray-mlops': entry.name === 'unused' ? undefined : '{',
      };
      if (entry.name !== 'unused') await world.admin.mergePatch(path, { metadata: { annotations: actions } });

      await expect(router.read({ purpose: 'return' })).rejects.toMatchObject({
        problem: expect.stringContaining('no entry of backends leads to'),
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
