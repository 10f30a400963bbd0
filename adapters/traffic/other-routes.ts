import { environmentNames } from '../../contracts/names.ts';
import { albDialect } from './alb-router.ts';
import { gatewayDialect } from './gateway-router.ts';
import { ingressSpec } from './ingress-actions.ts';
import { istioDialect } from './istio-router.ts';
import { type RouterName, routeKinds } from './route-path.ts';
import type { TrafficRouterOptions } from './traffic-router.ts';
import {
  type EnvironmentTargets,
  isObject,
  leadsTo,
  listOf,
  mirrors,
  type RouteDialect,
  type RouteEntry,
  type RouteSpec,
} from './weighted-route.ts';

/** As much of a route object as is compared with another one. */
export interface ListedRoute {
  readonly metadata: {
    readonly namespace?: string;
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: RouteSpec;
}

/** Every route object of a cluster, by what reads it. Ingresses are there for a service whose own route is one. */
export type RoutesByRouter = Readonly<Record<RouterName, readonly ListedRoute[]>>;

/** What the environments are called in the objects that route to them. */
type Sides = Pick<TrafficRouterOptions, 'services' | 'targetGroups'>;

export interface OwnRoute extends Sides {
  readonly router: RouterName;
  readonly namespace: string;
  readonly name: string;
  /** As `specOf` gives it. */
  readonly spec: RouteSpec;
}

const routers = ['istio', 'gateway-api', 'alb'] as const;

/** Where an object has its weights: in its `spec`, or, of an Ingress, in annotations. */
export const specOf = (router: RouterName, object: Pick<ListedRoute, 'metadata' | 'spec'>): RouteSpec =>
  router === 'alb' ? ingressSpec(object) : (object.spec ?? {});

/** How the objects of a router write weights, and what they call the environments. */
export const dialectFor = (router: RouterName, routeNamespace: string, sides: Sides): RouteDialect => {
  switch (router) {
    case 'istio':
      return istioDialect(routeNamespace);
    case 'gateway-api':
      return gatewayDialect(routeNamespace);
    case 'alb':
      return albDialect(sides.targetGroups ?? null, sides.services);
  }
};

/**
 * What other route objects do to the traffic that the weights of ours are to decide: copies to an environment, whatever their host, and
 * requests for a host of ours that go to an environment, or to anywhere without a condition. A route for another host is a preview, and
 * one that takes some paths of our host to another service takes nothing to a release.
 *
 * Two objects of one kind meet only where they share a gateway (Istio), a parent (Gateway API) or an IngressGroup; of objects of different
 * kinds nobody but the cluster's owner knows whether they do, so a common host counts.
 */
export function problemsOfOthers(own: OwnRoute, all: RoutesByRouter): string[] {
  return routers.flatMap((router) =>
    all[router].flatMap((other) => {
      const namespace = other.metadata.namespace ?? '';
      if (router === own.router && namespace === own.namespace && other.metadata.name === own.name) return [];
      return problemsOf(own, { router, namespace, spec: specOf(router, other) }).map(
        (problem) => `${routeKinds[router]} ${namespace}/${other.metadata.name} ${problem}`,
      );
    }),
  );
}

/** The environments in the words of a route object. */
export const targetsFor = (router: RouterName, { services, targetGroups = null }: Sides): EnvironmentTargets => {
  if (router === 'alb' && targetGroups !== null) return targetGroups;
  const idOf = ({ namespace, name }: TrafficRouterOptions['services']['blue']) =>
    router === 'istio' ? `${name}.${namespace}.svc.cluster.local` : `${namespace}/${name}`;
  return { blue: idOf(services.blue), green: idOf(services.green) };
};

type Other = Pick<OwnRoute, 'router' | 'namespace' | 'spec'>;

function problemsOf(own: OwnRoute, other: Other): string[] {
  const dialect = dialectFor(other.router, other.namespace, own);
  const targets = targetsFor(other.router, own);
  const entries = [dialect.entries, ...dialect.besides].flatMap((list) => listOf(other.spec, list));
  const reached = environmentNames.filter((one) =>
    entries.some((entry) => leadsTo(entry, dialect, targets).includes(one)),
  );
  const copies = mirrors(other.spec, dialect, targets);
  // Without a host it is a delegate: it serves the hosts of whoever names it, which may be ours.
  if (other.router === 'istio' && hostsOf(other).length === 0) {
    return [
      ...copies,
      ...(reached.length === 0 ? [] : [`leads to ${reached.join(' and ')} as a delegate of another route`]),
    ];
  }
  const shared = hostsOf(other).filter((host) => hostsOf(own).includes(host));
  if (shared.length === 0 || !meets(own, other)) return copies;
  const leads = reached.length > 0 ? reached.join(' and ') : entries.some(isForAll(dialect)) ? 'another service' : null;
  return leads === null ? copies : [...copies, `is for ${shared.join(', ')} too and leads to ${leads}`];
}

/** Lower-case, and complete where Istio completes a short name; an HTTPRoute without hostnames is for all of its gateway's. */
export function hostsOf({ router, namespace, spec }: Other): string[] {
  const list = router === 'gateway-api' ? spec.hostnames : spec.hosts;
  const hosts = Array.isArray(list)
    ? list.filter((host) => typeof host === 'string').map((host) => host.toLowerCase())
    : [];
  if (router !== 'istio') return hosts.length === 0 ? ['*'] : hosts;
  return hosts.map((host) => (host.includes('.') || host === '*' ? host : `${host}.${namespace}.svc.cluster.local`));
}

/** Whether requests can come to both by the same way. */
function meets(own: Other, other: Other): boolean {
  if (own.router !== other.router) return true;
  const ways = waysOf(own);
  return waysOf(other).some((way) => ways.includes(way));
}

function waysOf({ router, namespace, spec }: Other): string[] {
  if (router === 'gateway-api') {
    return listOf(spec, 'parentRefs').map(
      ({ kind = 'Gateway', namespace: its = namespace, name }) => `${String(kind)} ${String(its)}/${String(name)}`,
    );
  }
  if (router === 'alb') return [String(spec.group)];
  const gateways = Array.isArray(spec.gateways) ? spec.gateways.filter((one) => typeof one === 'string') : [];
  // Without a gateway it is for the sidecars of the mesh.
  if (gateways.length === 0) return ['mesh'];
  return gateways.map((one) => (one === 'mesh' || one.includes('/') ? one : `${namespace}/${one}`));
}

/** Whether an entry takes every request that comes to it. */
const isForAll =
  ({ entries }: RouteDialect) =>
  (entry: RouteEntry): boolean => {
    if (entries === 'backends') return entry.isForAll === true;
    const conditions = listOf(entry, entries === 'http' ? 'match' : 'matches');
    return conditions.length === 0 || conditions.some(isEverything);
  };

const isEverything = (condition: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(condition).every(
    ([key, value]) => (key === 'uri' || key === 'path') && isObject(value) && (value.prefix ?? value.value) === '/',
  );
