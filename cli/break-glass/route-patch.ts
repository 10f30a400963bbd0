import { actionAnnotations, annotationOf } from '../../adapters/traffic/ingress-actions.ts';
import { dialectFor, specOf } from '../../adapters/traffic/other-routes.ts';
import type { RouteName, RouterName } from '../../adapters/traffic/route-path.ts';
import {
  type EnvironmentTargets,
  type RouteDialect,
  type RouteReading,
  type RouteTarget,
  type RuleNames,
  readWeights,
  weightsTogether,
  withWeights,
} from '../../adapters/traffic/weighted-route.ts';
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
export interface Route extends RouteName {
  readonly router: RouterName;
  /** `traffic.rules` of the configuration; null without one, too. */
  readonly rules: RuleNames;
}

/** What is read of it. */
export interface RouteObject {
  readonly metadata?: { readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };
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
  /** Null: it leads to neither side, and gets nothing. */
  readonly environment: EnvironmentName | null;
  readonly weight: number;
}

/** Services are other spellings of target groups, by which no weights are written here. */
const noService = { namespace: '', name: '' };

const dialectOf = ({ router, namespace }: Route, targets: EnvironmentTargets | null): RouteDialect =>
  dialectFor(router, namespace, { services: { blue: noService, green: noService }, targetGroups: targets });

/** Where the object has its weights. */
const weightedSpec = ({ router, namespace, name }: Route, live: RouteObject) =>
  specOf(router, { ...live, metadata: { namespace, name, ...live.metadata } });

/**
 * Where the route leads to the environments, by their names in the configuration, or by the words blue and green in them, and where an entry that
 * leads to both leads besides.
 */
export function findPlaces(route: Route, live: RouteObject, targets: EnvironmentTargets | null): Place[] {
  const dialect = dialectOf(route, targets);
  return listOf(weightedSpec(route, live), dialect.entries).flatMap((entry, entryIndex) => {
    const places = listOf(entry, dialect.targets).map((target, index): Place => {
      const id = dialect.idOf(target);
      const environment = environmentNames.find((one) =>
        targets === null ? isNamed(id, one) : dialect.isSame(id, targets[one]),
      );
      const path =
        route.router === 'alb'
          ? annotationPointer(annotationOf(String(entry.action)))
          : `/spec/${dialect.entries}/${entryIndex}/${dialect.targets}/${index}`;
      return { path, id, environment: environment ?? null, weight: weightOf(target, dialect) };
    });
    const found = new Set(places.map(({ environment }) => environment));
    return environmentNames.every((one) => found.has(one)) ? places : [];
  });
}

/** A key of annotations in a JSON pointer (RFC 6901). */
const annotationPointer = (key: string): string =>
  `/metadata/annotations/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** The places that Sluice's own chart of a route has, or named rules in the order of the configuration, for when the route cannot be read. */
export const usualPlaces = (route: Route, targets: EnvironmentTargets): Place[] => {
  const dialect = dialectOf(route, targets);
  return (route.rules ?? ['']).flatMap((_, entryIndex) =>
    environmentNames.map((environment, index) => ({
      path: `/spec/${dialect.entries}/${entryIndex}/${dialect.targets}/${index}`,
      id: targets[environment],
      environment,
      weight: 0,
    })),
  );
};

/** What the router would read of the named rules; null where none are named. */
export const readRules = (route: Route, live: RouteObject, targets: EnvironmentTargets | null): RouteReading | null =>
  route.rules === null || targets === null
    ? null
    : readWeights(weightedSpec(route, live), dialectOf(route, targets), targets, route.rules);

/**
 * The patch that puts all the traffic on one side, and is refused as a whole when the route is not as it was read.
 *
 * @param live what was read of it; null where it was not, which only an Ingress has to be: its weights are inside of an annotation.
 */
export function patchFor(
  route: Route,
  live: RouteObject | null,
  places: readonly Place[],
  to: EnvironmentName,
  targets: EnvironmentTargets | null = null,
): PatchStep[] {
  const weights = allOn(to);
  if (route.router === 'alb' && live !== null) return patchForActions(route, live, places, weights);
  return [
    ...(live === null ? namesExpected(route) : restoredRules(route, live, { places, targets, weights })),
    ...places.flatMap(({ path, id, environment }) => (environment === null ? [] : testsOf(route, path, id))),
    ...places.map(({ path, environment }) => ({
      op: 'add' as const,
      path: `${path}/weight`,
      value: environment === null ? 0 : weights[environment],
    })),
  ];
}

/** Which rules have to be where `usualPlaces` guesses them. */
function namesExpected(route: Route): PatchStep[] {
  const { entries } = dialectOf(route, null);
  return (route.rules ?? []).map((value, index) => ({ op: 'test', path: `/spec/${entries}/${index}/name`, value }));
}

/** Named rules that somebody took a side out of, as the router writes them. */
function restoredRules(
  route: Route,
  live: RouteObject,
  { places, targets, weights }: { places: readonly Place[]; targets: EnvironmentTargets | null; weights: Weights },
): PatchStep[] {
  if (route.rules === null || targets === null) return [];
  const dialect = dialectOf(route, targets);
  const spec = weightedSpec(route, live);
  const before = listOf(spec, dialect.entries);
  const written = withWeights(spec, dialect, targets, weights, route.rules)[dialect.entries] ?? [];
  return written.flatMap((entry, index): PatchStep[] => {
    const path = `/spec/${dialect.entries}/${index}/${dialect.targets}`;
    if (entry === before[index] || places.some((place) => place.path.startsWith(`${path}/`))) return [];
    return [
      { op: 'test', path, value: before[index]?.[dialect.targets] },
      { op: 'add', path, value: entry[dialect.targets] },
    ];
  });
}

/** Each action whole, as the adapter writes it. */
function patchForActions(route: Route, live: RouteObject, places: readonly Place[], weights: Weights): PatchStep[] {
  const idOf = (one: EnvironmentName) => places.find(({ environment }) => environment === one)?.id ?? '';
  const targets = { blue: idOf('blue'), green: idOf('green') };
  const spec = withWeights(weightedSpec(route, live), dialectOf(route, targets), targets, weights);
  const metadata = { namespace: route.namespace, ...live.metadata };
  const changed = actionAnnotations({ ...live, metadata }, spec.backends ?? []);
  return Object.entries(changed).flatMap(([key, value]): PatchStep[] => [
    { op: 'test', path: annotationPointer(key), value: metadata.annotations?.[key] },
    { op: 'add', path: annotationPointer(key), value },
  ]);
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

/** The weights of the entries that lead to both. */
export function weightsAt(places: readonly Place[]): Weights {
  const entries = [...Map.groupBy(places, ({ path }) => path.replace(/\/[^/]+\/\d+$/, '')).values()];
  const weightIn = (entry: readonly Place[], environment: EnvironmentName) =>
    entry.findLast((place) => place.environment === environment)?.weight ?? 0;
  return weightsTogether(entries.map((entry) => ({ blue: weightIn(entry, 'blue'), green: weightIn(entry, 'green') })));
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
