import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import { createFencedRouter } from './fenced-router.ts';
import { routePath } from './route-path.ts';
import type { TrafficRouter } from './traffic-router.ts';
import type { RouteDialect } from './weighted-route.ts';

export interface IstioRouterOptions {
  readonly namespace: string;
  readonly name: string;
  /** As in `chest-xray-mlops.production-blue.svc.cluster.local`. */
  readonly hosts: Readonly<Record<EnvironmentName, string>>;
  readonly now: () => Instant;
}

/** `spec.http[].route[].destination.host` and `weight`. Istio takes a missing weight for 0 beside others. */
export const istioDialect: RouteDialect = {
  entries: 'http',
  targets: 'route',
  idOf({ destination }) {
    const host = typeof destination === 'object' && destination !== null && 'host' in destination && destination.host;
    return typeof host === 'string' ? host : 'a destination without a host';
  },
  missingWeight: 0,
};

/** The route of a service as an Istio VirtualService (networking.istio.io/v1). */
export function createIstioRouter(kubernetes: KubernetesClient, options: IstioRouterOptions): TrafficRouter {
  const { namespace, name, hosts, now } = options;
  return createFencedRouter(kubernetes, {
    kind: 'VirtualService',
    path: routePath('istio', { namespace, name }),
    namespace,
    name,
    now,
    dialect: istioDialect,
    targets: hosts,
  });
}
