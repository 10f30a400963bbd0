import type { TrafficRouterOptions } from './traffic-router.ts';

const resources = {
  istio: { group: 'networking.istio.io/v1', plural: 'virtualservices' },
  'gateway-api': { group: 'gateway.networking.k8s.io/v1', plural: 'httproutes' },
} as const;

/** Where the route object of a service is. Apart from the routers, which a cold start does not load before it has asked for the route. */
export function routePath(
  router: TrafficRouterOptions['router'],
  { namespace, name }: TrafficRouterOptions['route'],
): string {
  const { group, plural } = resources[router];
  return `/apis/${group}/namespaces/${namespace}/${plural}/${name}`;
}

/** Where all objects of a kind of route are, of all namespaces. */
export function collectionPath(router: TrafficRouterOptions['router']): string {
  const { group, plural } = resources[router];
  return `/apis/${group}/${plural}`;
}
