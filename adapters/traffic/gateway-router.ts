import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import { createFencedRouter } from './fenced-router.ts';
import { routePath } from './route-path.ts';
import type { FencedRouter } from './traffic-router.ts';
import { isObject, listOf, type RouteDialect, type RuleNames } from './weighted-route.ts';

export interface GatewayRouterOptions {
  readonly namespace: string;
  readonly name: string;
  /** The Service of each environment. Those of another namespace than the route's need a ReferenceGrant there. */
  readonly services: Readonly<Record<EnvironmentName, { readonly namespace: string; readonly name: string }>>;
  /** `traffic.rules` of the configuration. */
  readonly rules: RuleNames;
  readonly now: () => Instant;
}

/**
 * `spec.rules[].backendRefs[]`: a reference without a namespace is to the route's own, one without a weight weighs 1. Requests are copied
 * by filters of the type RequestMirror, of a rule or of one of its backends.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/spec/#httproutefilter
 */
export const gatewayDialect = (routeNamespace: string): RouteDialect => ({
  entries: 'rules',
  targets: 'backendRefs',
  besides: [],
  idOf({ kind = 'Service', namespace = routeNamespace, name }) {
    const id = `${String(namespace)}/${String(name)}`;
    return kind === 'Service' ? id : `${String(kind)} ${id}`;
  },
  isSame: (id, ours) => id === ours,
  doubtsOf: () => [],
  redirected({ filters: _, ...target }, ours) {
    const [namespace = routeNamespace, name] = ours.split('/');
    return { ...target, namespace, name };
  },
  mirrorsOf: (entry) =>
    [...listOf(entry, 'filters'), ...listOf(entry, 'backendRefs').flatMap((backend) => listOf(backend, 'filters'))]
      .map(({ requestMirror }) => requestMirror)
      .filter(isObject)
      .filter(({ percent, fraction }) => percent !== 0 && !(isObject(fraction) && fraction.numerator === 0))
      .flatMap(({ backendRef }) => (isObject(backendRef) ? [backendRef] : [])),
  hasNames: true,
  missingWeight: 1,
});

/** The route of a service as an HTTPRoute of the Gateway API (gateway.networking.k8s.io/v1). */
export function createGatewayRouter(kubernetes: KubernetesClient, options: GatewayRouterOptions): FencedRouter {
  const { namespace, name, services, rules, now } = options;
  return createFencedRouter(kubernetes, {
    kind: 'HTTPRoute',
    path: routePath('gateway-api', { namespace, name }),
    namespace,
    name,
    rules,
    now,
    dialect: gatewayDialect(namespace),
    targets: {
      blue: `${services.blue.namespace}/${services.blue.name}`,
      green: `${services.green.namespace}/${services.green.name}`,
    },
  });
}
