import { type ObjectWatch, watchObjects } from './watch-objects.ts';

export type Environment = 'blue' | 'green';
export const environments = ['blue', 'green'] as const;
export const otherOf = (environment: Environment): Environment => (environment === 'blue' ? 'green' : 'blue');

/** One state of the route object, as an ordinary Kubernetes client saw it. */
export interface RouteSeen {
  /** When it was seen, ms since 1970. */
  readonly at: number;
  readonly weights: readonly { host: string; weight: number }[];
  readonly blue: number;
  readonly green: number;
  readonly fence: { epoch: number; seq: number; operation: string; origin: Environment } | null;
}

/** Whether both states carry one and the same write of Sluice. */
export const sameWrite = ({ fence: one }: RouteSeen, { fence: other }: RouteSeen): boolean =>
  one !== null && one.epoch === other?.epoch && one.seq === other.seq;

/** One state of an environment's Deployment. */
export interface CapacitySeen {
  readonly at: number;
  readonly environment: Environment;
  /** Pods that it is to have. */
  readonly wanted: number;
  readonly ready: number;
  readonly version: string;
}

/** Who last wrote an environment's autoscaler. */
export interface AutoscalerSeen {
  readonly at: number;
  readonly environment: Environment;
  readonly minimum: number;
  readonly fence: { epoch: number; operation: string } | null;
}

/** Everything that was seen of the cluster, oldest first. */
export interface History {
  readonly route: readonly RouteSeen[];
  readonly capacity: readonly CapacitySeen[];
  readonly autoscalers: readonly AutoscalerSeen[];
}

const fenceAnnotation = 'sluice.dev/fence';

/** Watches the route, the Deployments and the autoscalers of a sandbox. */
export async function watchHistory(kubeconfig: string): Promise<History & { close(): void }> {
  const route: RouteSeen[] = [];
  const capacity: CapacitySeen[] = [];
  const autoscalers: AutoscalerSeen[] = [];
  const watches: ObjectWatch[] = await Promise.all([
    watchObjects(
      kubeconfig,
      '/apis/networking.istio.io/v1/namespaces/production/virtualservices',
      ({ metadata, spec }, event) => {
        if (event !== 'DELETED') route.push(routeSeen(metadata, spec));
      },
    ),
    watchObjects(kubeconfig, '/apis/apps/v1/deployments', ({ metadata, spec, status }) => {
      const environment = environmentOf(metadata.namespace);
      if (environment === null) return;
      capacity.push({
        at: Date.now(),
        environment,
        wanted: spec.replicas ?? 1,
        ready: status?.readyReplicas ?? 0,
        version: spec.template.metadata?.labels?.['app.kubernetes.io/version'] ?? '',
      });
    }),
    watchObjects(
      kubeconfig,
      '/apis/autoscaling/v2/horizontalpodautoscalers',
      ({ metadata, spec }) => {
        const environment = environmentOf(metadata.namespace);
        if (environment === null) return;
        const fence = parsed(metadata.annotations?.[fenceAnnotation]);
        autoscalers.push({ at: Date.now(), environment, minimum: spec.minReplicas ?? 1, fence });
      },
      'when-open',
    ),
  ]);
  return {
    route,
    capacity,
    autoscalers,
    close: () => {
      for (const watch of watches) watch.close();
    },
  };
}

interface RouteSpec {
  http: { route: { destination: { host: string }; weight?: number }[] }[];
}

function routeSeen(metadata: { annotations?: Record<string, string> }, spec: RouteSpec): RouteSeen {
  const weights = (spec.http[0]?.route ?? []).map(({ destination, weight }) => ({
    host: destination.host,
    weight: weight ?? 100,
  }));
  const of = (name: Environment) => weights.find(({ host }) => host.includes(`production-${name}`))?.weight ?? 0;
  const fence = parsed(metadata.annotations?.[fenceAnnotation]);
  return { at: Date.now(), weights, blue: of('blue'), green: of('green'), fence };
}

const environmentOf = (namespace: string): Environment | null =>
  environments.find((name) => namespace === `production-${name}`) ?? null;

const parsed = (annotation: string | undefined) => (annotation === undefined ? null : JSON.parse(annotation));
