/** What routes the requests of a service. */
export type RouterName = 'istio' | 'gateway-api' | 'alb';

/** `traffic.route` of the configuration. */
export interface RouteName {
  readonly namespace: string;
  readonly name: string;
}

const resources = {
  istio: { group: 'networking.istio.io/v1', plural: 'virtualservices' },
  'gateway-api': { group: 'gateway.networking.k8s.io/v1', plural: 'httproutes' },
  alb: { group: 'networking.k8s.io/v1', plural: 'ingresses' },
} as const;

/** What an object is called that a router reads. */
export const routeKinds = { istio: 'VirtualService', 'gateway-api': 'HTTPRoute', alb: 'Ingress' } as const;

/** How kubectl finds the route object of a service: the words after its verb. */
export const kubectlRoute = (router: RouterName, { namespace, name }: RouteName): string =>
  `-n ${namespace} ${routeKinds[router].toLowerCase()} ${name}`;

/** Where the route object of a service is. Apart from the routers, which a cold start does not load before it has asked for the route. */
export function routePath(router: RouterName, { namespace, name }: RouteName): string {
  const { group, plural } = resources[router];
  return `/apis/${group}/namespaces/${namespace}/${plural}/${name}`;
}

/** Where all objects of a kind of route are, of all namespaces. */
export function collectionPath(router: RouterName): string {
  const { group, plural } = resources[router];
  return `/apis/${group}/${plural}`;
}
