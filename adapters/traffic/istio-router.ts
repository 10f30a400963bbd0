import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import { createFencedRouter } from './fenced-router.ts';
import { routePath } from './route-path.ts';
import type { FencedRouter } from './traffic-router.ts';
import { isObject, listOf, type RouteDialect, type RouteTarget, type RuleNames } from './weighted-route.ts';

export interface IstioRouterOptions {
  readonly namespace: string;
  readonly name: string;
  /** As in `chest-xray-mlops.production-blue.svc.cluster.local`. */
  readonly hosts: Readonly<Record<EnvironmentName, string>>;
  /** `traffic.rules` of the configuration. */
  readonly rules: RuleNames;
  readonly now: () => Instant;
}

/** A Service as a host names it. */
interface ServiceHost {
  readonly service: string;
  readonly namespace: string;
  /** Of the cluster, as in `cluster.local`; null where the host leaves it out. */
  readonly domain: string | null;
}

/**
 * `spec.http[].route[].destination.host` and `weight`. Istio takes a missing weight for 0 beside others, completes a host without a dot
 * by the namespace of the route, and takes any other one literally (`ResolveShortnameToFQDN` in istio/istio): `app.shop` and
 * `app.shop.svc` name no Service, although they look like one.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/
 */
export const istioDialect = (routeNamespace: string): RouteDialect => ({
  entries: 'http',
  targets: 'route',
  besides: ['tls', 'tcp'],
  idOf: (target) => hostOf(target) ?? 'a destination without a host',
  isSame(id, ours) {
    const [named, wanted] = [serviceOf(id, routeNamespace), serviceOf(ours, routeNamespace)];
    return named.service === wanted.service && named.namespace === wanted.namespace;
  },
  doubtsOf(targets) {
    const hosts = targets.map((target) => hostOf(target) ?? '');
    const domains = new Set(hosts.map((host) => serviceOf(host, routeNamespace).domain).filter((one) => one !== null));
    return [
      ...targets.flatMap((target) => doubtOf(target, routeNamespace)),
      ...(domains.size > 1 ? [`${hosts.join(' and ')} are in different domains; a cluster has one`] : []),
    ];
  },
  redirected(target, ours) {
    const { subset: _, ...destination } = destinationOf(target);
    const { service, namespace } = serviceOf(ours, routeNamespace);
    const domain = serviceOf(hostOf(target) ?? '', routeNamespace).domain ?? 'cluster.local';
    return { ...target, destination: { ...destination, host: `${service}.${namespace}.svc.${domain}` } };
  },
  mirrorsOf(entry) {
    const { mirror, mirrorPercentage, mirrorPercent } = entry;
    const one = { destination: mirror, percentage: mirrorPercentage ?? mirrorPercent };
    return [...(isObject(mirror) ? [one] : []), ...listOf(entry, 'mirrors')].filter(
      ({ percentage }) => percentOf(percentage) !== 0,
    );
  },
  hasNames: true,
  missingWeight: 0,
});

const destinationOf = ({ destination }: RouteTarget): Readonly<Record<string, unknown>> =>
  isObject(destination) ? destination : {};

function hostOf(target: RouteTarget): string | null {
  const { host } = destinationOf(target);
  return typeof host === 'string' ? host : null;
}

function doubtOf(target: RouteTarget, routeNamespace: string): string[] {
  const host = hostOf(target) ?? '';
  const { service, namespace, domain } = serviceOf(host, routeNamespace);
  const { subset } = destinationOf(target);
  const isLiteral = host.includes('.') && domain === null;
  return [
    ...(isLiteral
      ? [`Istio takes the host ${host} literally and finds no Service; write ${service}.${namespace}.svc.cluster.local`]
      : []),
    ...(subset === undefined
      ? []
      : [`${host} names the subset ${String(subset)}, so that a DestinationRule picks the pods; leave it out`]),
  ];
}

/** `app`, `app.shop`, `app.shop.svc`, `app.shop.svc.cluster.local`, and the same in a cluster with a domain of its own. */
function serviceOf(host: string, routeNamespace: string): ServiceHost {
  const [service = '', namespace = routeNamespace, svc, ...domain] = host.split('.');
  // What has no `svc` in third place is some other name, such as www.example.com: the whole of it is what it names.
  if (svc !== undefined && svc !== 'svc') return { service: host, namespace: '', domain: null };
  return { service, namespace, domain: domain.length === 0 ? null : domain.join('.') };
}

/** `{value: 12.5}`, or the older plain number; null when nothing is said, which means all. */
function percentOf(percentage: unknown): number | null {
  const value = isObject(percentage) ? percentage.value : percentage;
  // A protobuf double of 0 may be left out where its message is there.
  if (isObject(percentage) && value === undefined) return 0;
  return typeof value === 'number' ? value : null;
}

/** The route of a service as an Istio VirtualService (networking.istio.io/v1). */
export function createIstioRouter(kubernetes: KubernetesClient, options: IstioRouterOptions): FencedRouter {
  const { namespace, name, hosts, rules, now } = options;
  return createFencedRouter(kubernetes, {
    kind: 'VirtualService',
    path: routePath('istio', { namespace, name }),
    namespace,
    name,
    rules,
    now,
    dialect: istioDialect(namespace),
    targets: hosts,
  });
}
