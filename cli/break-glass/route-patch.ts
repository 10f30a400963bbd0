import { gatewayDialect } from '../../adapters/traffic/gateway-router.ts';
import { istioDialect } from '../../adapters/traffic/istio-router.ts';
import type { TrafficRouterOptions } from '../../adapters/traffic/traffic-router.ts';
import type { EnvironmentTargets, RouteDialect, RouteTarget } from '../../adapters/traffic/weighted-route.ts';
import { type Fence, fenceAnnotation, parseFence } from '../../contracts/fence.ts';
import {
  allOn,
  type EnvironmentName,
  environmentNames,
  otherEnvironment,
  type Weights,
} from '../../contracts/names.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';

/** The object that splits the traffic. */
export interface Route {
  readonly router: TrafficRouterOptions['router'];
  readonly namespace: string;
  readonly name: string;
}

/** What is read of it. */
export interface RouteObject {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A step of a JSON patch (RFC 6902). `test` makes the API server refuse all of it when the route has another shape. */
export interface PatchStep {
  readonly op: 'test' | 'add';
  readonly path: string;
  readonly value: unknown;
}

/** One weighted target and where it stands. */
interface Place {
  readonly path: string;
  readonly id: string;
  readonly environment: EnvironmentName;
  readonly weight: number;
}

const dialectOf = ({ router, namespace }: Route): RouteDialect =>
  router === 'istio' ? istioDialect(namespace) : gatewayDialect(namespace);

/** Where the route leads to the environments, by their names in the configuration, or by the words blue and green in them. */
export function findPlaces(route: Route, live: RouteObject, targets: EnvironmentTargets | null): Place[] {
  const dialect = dialectOf(route);
  return listOf(live.spec, dialect.entries).flatMap((entry, entryIndex) => {
    const places = listOf(entry, dialect.targets).flatMap((target, index): Place[] => {
      const id = dialect.idOf(target);
      const environment = environmentNames.find((one) =>
        targets === null ? isNamed(id, one) : dialect.isSame(id, targets[one]),
      );
      const path = `/spec/${dialect.entries}/${entryIndex}/${dialect.targets}/${index}`;
      return environment === undefined ? [] : [{ path, id, environment, weight: weightOf(target, dialect) }];
    });
    const found = new Set(places.map(({ environment }) => environment));
    return found.size === environmentNames.length ? places : [];
  });
}

/** The places that Sluice's own chart of a route has, for when the route cannot be read. */
export const usualPlaces = (route: Route, targets: EnvironmentTargets): Place[] => {
  const dialect = dialectOf(route);
  return environmentNames.map((environment, index) => ({
    path: `/spec/${dialect.entries}/0/${dialect.targets}/${index}`,
    id: targets[environment],
    environment,
    weight: 0,
  }));
};

/** The patch that puts all the traffic on one side, and is refused as a whole when the route is not as it was read. */
export function patchFor(route: Route, places: readonly Place[], to: EnvironmentName): PatchStep[] {
  const weights = allOn(to);
  return [
    ...places.flatMap(({ path, id }) => testsOf(route, path, id)),
    ...places.map(({ path, environment }) => ({
      op: 'add' as const,
      path: `${path}/weight`,
      value: weights[environment],
    })),
  ];
}

function testsOf({ router, namespace: own }: Route, path: string, id: string): PatchStep[] {
  if (router === 'istio') return [{ op: 'test', path: `${path}/destination/host`, value: id }];
  const { namespace, name } = workloadOf('gateway-api', id);
  const named: PatchStep = { op: 'test', path: `${path}/name`, value: name };
  // A reference to the route's own namespace may leave it out.
  return namespace === own ? [named] : [named, { op: 'test', path: `${path}/namespace`, value: namespace }];
}

/** Service, and by Sluice's convention Deployment and HPA, behind a target. */
export function workloadOf(router: Route['router'], id: string): { namespace: string; name: string } {
  const [first = '', second = ''] = id.split(router === 'istio' ? '.' : '/');
  return router === 'istio' ? { name: first, namespace: second } : { namespace: first, name: second };
}

/** The weights of the last entry that leads to both; that is the one without a condition. */
export function weightsAt(places: readonly Place[]): Weights {
  const of = (environment: EnvironmentName) =>
    places.findLast((place) => place.environment === environment)?.weight ?? 0;
  return { blue: of('blue'), green: of('green') };
}

export const fenceOf = (live: RouteObject): Fence | null => parseFence(live.metadata?.annotations?.[fenceAnnotation]);

/** Where a return goes: during a shift to its origin, else to the side without traffic; null when only a person can know. */
export function destinationOf(weights: Weights, fence: Fence | null): EnvironmentName | null {
  const active = soleEnvironment(weights);
  return active === null ? (fence?.origin ?? null) : otherEnvironment(active);
}

const isNamed = (id: string, environment: EnvironmentName): boolean =>
  id.includes(environment) && !id.includes(otherEnvironment(environment));

const weightOf = (target: RouteTarget, { missingWeight }: RouteDialect): number =>
  typeof target.weight === 'number' ? target.weight : missingWeight;

/** A list in an object that came from outside; what is no list of objects is none. */
function listOf(
  holder: Readonly<Record<string, unknown>> | undefined,
  key: string,
): Readonly<Record<string, unknown>>[] {
  const list = holder?.[key];
  return Array.isArray(list) ? list.map((item) => (typeof item === 'object' && item !== null ? item : {})) : [];
}
