import type { Backend, Endpoint, Routes, VirtualHost } from '../../router/routing-table.ts';
import type { EndpointSlice, HttpRoute, Ingress, Pod, Service, VirtualService } from './objects.ts';
import { isLeaving, portOf, versionOf } from './pod-state.ts';

/** The objects that say where requests go. */
export interface RouteObjects {
  virtualServices: readonly VirtualService[];
  httpRoutes: readonly HttpRoute[];
  ingresses?: readonly Ingress[];
  /** The Service (`namespace/name`) that each target group has the pods of, by its ARN: what TargetGroupBindings say. */
  targetGroups?: ReadonlyMap<string, string> | undefined;
  services: readonly Service[];
  slices: readonly EndpointSlice[];
  /** The pod of this key (`namespace/name`). */
  pod(key: string): Pod | undefined;
  /** Which environment a Service (`namespace/name`) is of, where that is known otherwise than by its label or namespace. */
  environments?: ReadonlyMap<string, string> | undefined;
}

const environmentLabel = 'sluice.dev/environment';

/** Reads the routes out of the cluster's objects. Endpoints of pods that are about to leave are left out at once. */
export function routesOf(objects: RouteObjects): Routes {
  const { virtualServices, httpRoutes, ingresses = [], targetGroups, services, slices, pod, environments } = objects;
  const virtualHosts = [
    ...virtualServices.flatMap(virtualHostOf),
    ...httpRoutes.flatMap(hostOfHttpRoute),
    ...ingresses.flatMap((ingress) => hostsOfIngress(ingress, targetGroups)),
  ].sort(byHost);
  const named = virtualHosts.flatMap(({ destinations }) => destinations);
  const labelled = services
    .filter(({ metadata }) => metadata.labels?.[environmentLabel] !== undefined)
    .map(({ metadata }) => ({ namespace: metadata.namespace ?? '', service: metadata.name }));
  const keys = [...new Set([...named, ...labelled].map(({ namespace, service }) => `${namespace}/${service}`))].sort();
  const backends = keys.map((key) => {
    const backend = backendOf(key, services, slices, pod);
    return { ...backend, environment: environments?.get(key) ?? backend.environment };
  });
  return { virtualHosts, backends };
}

const byHost = (a: VirtualHost, b: VirtualHost): number => (a.hosts[0] ?? '').localeCompare(b.hosts[0] ?? '');

function virtualHostOf({ metadata, spec }: VirtualService): VirtualHost[] {
  // Rules with a match are for some requests only; the sandbox's router knows the one for all the others.
  const rule = spec?.http?.find(({ match }) => match === undefined || match.length === 0);
  if (rule?.route === undefined || spec?.hosts === undefined) return [];
  const { route } = rule;
  const destinations = route.map(({ destination, weight }) => {
    // `name.namespace.svc.cluster.local`, or a name in the route's own namespace.
    const [service = '', namespace = metadata.namespace ?? ''] = destination.host.split('.');
    return { namespace, service, weight: weight ?? (route.length === 1 ? 100 : 0) };
  });
  return [{ hosts: spec.hosts.map((host) => host.toLowerCase()), destinations }];
}

function hostOfHttpRoute({ metadata, spec }: HttpRoute): VirtualHost[] {
  // The rule for `/` is the one for everything; with other matches it is for some requests only.
  const isForAll = (match: unknown): boolean => JSON.stringify(match).includes('"value":"/"');
  const rule = spec?.rules?.find(({ matches = [] }) => matches.every(isForAll));
  if (rule?.backendRefs === undefined || spec?.hostnames === undefined) return [];
  const destinations = rule.backendRefs.map(({ name, namespace = metadata.namespace ?? '', weight = 1 }) => ({
    namespace,
    service: name,
    weight,
  }));
  return [{ hosts: spec.hostnames.map((host) => host.toLowerCase()), destinations }];
}

/** The rules that an ALB gets of an Ingress; those for some paths only are left out, as of the other routes. */
function hostsOfIngress({ metadata, spec }: Ingress, targetGroups: RouteObjects['targetGroups']): VirtualHost[] {
  if (spec?.ingressClassName !== 'alb') return [];
  return (spec.rules ?? []).flatMap(({ host = '*', http }): VirtualHost[] => {
    const service = http?.paths.find(({ path = '/' }) => path === '/')?.backend.service;
    const action = metadata.annotations?.[`alb.ingress.kubernetes.io/actions.${service?.name}`];
    if (service?.port?.name !== 'use-annotation' || action === undefined) return [];
    const destinations = forwardsOf(action).flatMap(({ targetGroupARN, serviceName, weight = 1 }) => {
      const key = targetGroups?.get(targetGroupARN ?? '') ?? `${metadata.namespace}/${serviceName ?? ''}`;
      const [namespace = '', name = ''] = key.split('/');
      return name === '' ? [] : [{ namespace, service: name, weight }];
    });
    return [{ hosts: [host.toLowerCase()], destinations }];
  });
}

interface Forward {
  readonly targetGroupARN?: string;
  readonly serviceName?: string;
  readonly weight?: number;
}

/** An action that is no JSON makes no rule: the controller reports it, and leaves the load balancer as it is. */
function forwardsOf(action: string): readonly Forward[] {
  try {
    return JSON.parse(action).forwardConfig?.targetGroups ?? [];
  } catch {
    return [];
  }
}

function backendOf(
  key: string,
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  pod: RouteObjects['pod'],
): Backend {
  const [namespace = '', service = ''] = key.split('/');
  const object = services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === service);
  const environment = object?.metadata.labels?.[environmentLabel] ?? /(?:^|-)(blue|green)$/.exec(namespace)?.[1] ?? '';
  const endpoints = slices
    .filter(({ metadata }) => metadata.namespace === namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service)
    .flatMap((slice) => endpointsOf(slice, namespace, pod))
    .sort((a, b) => a.pod.localeCompare(b.pod) || a.address.localeCompare(b.address));
  return { namespace, service, environment, endpoints };
}

function endpointsOf(slice: EndpointSlice, namespace: string, pod: RouteObjects['pod']): Endpoint[] {
  const port = slice.ports?.[0]?.port;
  if (port === undefined) return [];
  return (slice.endpoints ?? []).flatMap(({ addresses, conditions, targetRef }) => {
    const target = targetRef?.kind === 'Pod' ? pod(`${namespace}/${targetRef.name}`) : undefined;
    // `ready` is true when it is not said (discovery.k8s.io/v1).
    if (conditions?.ready === false || (target !== undefined && isLeaving(target))) return [];
    const version = target === undefined ? '' : versionOf(target);
    const listener = target === undefined ? undefined : portOf(target);
    // A pod of this machine is a listener on loopback, whatever its address in the cluster is.
    const at = (address: string) =>
      listener === undefined ? { address, port } : { address: '127.0.0.1', port: listener };
    return addresses.map((address) => ({ pod: targetRef?.name ?? address, ...at(address), version }));
  });
}
