import { NotFound } from '../../contracts/errors.ts';
import { fenceAnnotation, formatFence, parseFence } from '../../contracts/fence.ts';
import { formatInstant, type Instant } from '../../contracts/instant.ts';
import { assertWeights } from '../../core/traffic/weights.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import { type FencedRouter, type LiveRoute, type RouteCallOptions, RouteNotOurs } from './traffic-router.ts';
import {
  type EnvironmentTargets,
  type RouteDialect,
  type RouteSpec,
  type RuleNames,
  readWeights,
  withWeights,
} from './weighted-route.ts';

/** The parts of a route object that are read here; everything else is carried along unread. */
export interface RouteObject {
  readonly metadata: { readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: RouteSpec;
}

export interface FencedRoute {
  readonly kind: string;
  readonly path: string;
  readonly namespace: string;
  readonly name: string;
  readonly dialect: RouteDialect;
  readonly targets: EnvironmentTargets;
  /** The entries that move together, by name. */
  readonly rules?: RuleNames;
  readonly now: () => Instant;
  /** Where the object has its weights, when that is not its `spec`. */
  readonly specOf?: (object: RouteObject) => RouteSpec;
  /** What a merge patch writes for weights, when that is not `spec`. */
  readonly changesOf?: (object: RouteObject, written: RouteSpec) => RouteChanges;
}

/** A part of a merge patch; the annotations lie beside the fence. */
export interface RouteChanges {
  readonly metadata?: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec?: RouteSpec;
}

/** A fenced route on any object that has weights. A read is one request and a write another: no discovery, no cache. */
export function createFencedRouter(kubernetes: KubernetesClient, route: FencedRoute): FencedRouter {
  const { path, dialect, targets, rules = null, now } = route;
  const { specOf = ({ spec = {} }) => spec, changesOf = (_object, spec): RouteChanges => ({ spec }) } = route;
  const label = `${route.kind} ${route.namespace}/${route.name}`;
  /** What a write of the same `resourceVersion` is made from: the version says that nothing of it has changed. */
  let lastSeen: RouteObject | null = null;

  const readObject = async (asked?: CallOptions): Promise<RouteObject> => {
    const live = await kubernetes.get<RouteObject>(path, asked);
    if (live === null) throw new NotFound(`${label} does not exist. docs/install.md says how to create the route`);
    lastSeen = live;
    return live;
  };
  const stateOf = (live: RouteObject, { purpose = 'shift' }: RouteCallOptions = {}): LiveRoute => {
    const reading = readWeights(specOf(live), dialect, targets, rules);
    if (reading.kind === 'not-ours' || (reading.kind === 'odd' && purpose !== 'return')) {
      throw new RouteNotOurs(label, reading.problem);
    }
    const problem = reading.kind === 'odd' ? reading.problem : null;
    const annotation = live.metadata.annotations?.[fenceAnnotation];
    const fence = parseFence(annotation);
    const damaged = annotation !== undefined && fence === null ? annotation.slice(0, 200) : null;
    return { weights: reading.weights, fence, resourceVersion: live.metadata.resourceVersion, damaged, problem };
  };

  return {
    read: async (asked) => stateOf(await readObject(asked), asked),
    async write({ weights, fence, resourceVersion }, asked) {
      assertWeights(weights);
      const basis = lastSeen?.metadata.resourceVersion === resourceVersion ? lastSeen : await readObject(asked);
      if (basis.metadata.resourceVersion !== resourceVersion) return { kind: 'conflict' };
      stateOf(basis, asked);
      const { metadata, ...changes } = changesOf(basis, withWeights(specOf(basis), dialect, targets, weights, rules));
      const patch = {
        metadata: {
          resourceVersion,
          annotations: {
            ...metadata?.annotations,
            [fenceAnnotation]: formatFence({ ...fence, at: formatInstant(now()) }),
          },
        },
        ...changes,
      };
      const outcome = await kubernetes.mergePatch<RouteObject>(path, patch, asked);
      if (outcome.kind === 'conflict') return { kind: 'conflict' };
      lastSeen = outcome.object;
      return { kind: 'written', resourceVersion: outcome.object.metadata.resourceVersion };
    },
  };
}
