import type { Backend, Endpoint, PathMatch, Routes, VirtualHost } from '../../router/routing-table.ts';
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
    ...virtualServices.flatMap(hostsOfVirtualService),
    ...httpRoutes.flatMap(hostsOfHttpRoute),
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

/** The first rule that matches is taken. Conditions about anything but the path are for some requests only: the sandbox's router leaves them out. */
function hostsOfVirtualService({ metadata, spec }: VirtualService): VirtualHost[] {
  if (spec?.hosts === undefined) return [];
  const hosts = spec.hosts.map((host) => host.toLowerCase());
  return (spec.http ?? []).flatMap(({ match = [], route = [] }) => {
    if (route.length === 0) return [];
    const destinations = route.map(({ destination, weight }) => {
      // `name.namespace.svc.cluster.local`, or a name in the route's own namespace.
      const [service = '', namespace = metadata.namespace ?? ''] = destination.host.split('.');
      return { namespace, service, weight: weight ?? (route.length === 1 ? 100 : 0) };
    });
    return pathsOf(match, uriOf).map((path) => ({ hosts, ...path, destinations }));
  });
}

/** An exact path is taken before a prefix, and the longest prefix first. */
function hostsOfHttpRoute({ metadata, spec }: HttpRoute): VirtualHost[] {
  if (spec?.hostnames === undefined) return [];
  const hosts = spec.hostnames.map((host) => host.toLowerCase());
  const rules = (spec.rules ?? []).flatMap(({ matches = [], backendRefs }) => {
    if (backendRefs === undefined) return [];
    const destinations = backendRefs.map(({ name, namespace = metadata.namespace ?? '', weight = 1 }) => ({
      namespace,
      service: name,
      weight,
    }));
    return pathsOf(matches, pathOf).map((path): VirtualHost => ({ hosts, ...path, destinations }));
  });
  const rank = ({ path }: VirtualHost): number =>
    path === undefined ? 0 : path.type === 'exact' ? Number.POSITIVE_INFINITY : path.value.length;
  return rules.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
}

/** What each of a rule's conditions says about the path; nothing where it is for every path. A rule without conditions is for everything. */
function pathsOf<T>(conditions: readonly T[], read: (condition: T) => PathMatch | null): { path?: PathMatch }[] {
  if (conditions.length === 0) return [{}];
  return conditions.flatMap((condition) => {
    const path = read(condition);
    if (path === null) return [];
    return path.type !== 'exact' && path.value === '/' ? [{}] : [{ path }];
  });
}

type Conditions = Readonly<Record<string, unknown>>;

/** `match[]` of a VirtualService; null: it is about something else, too. */
function uriOf({
  name: _,
  uri,
  ...others
}: Conditions & { uri?: { exact?: string; prefix?: string } }): PathMatch | null {
  if (Object.keys(others).length > 0) return null;
  if (uri?.exact !== undefined) return { type: 'exact', value: uri.exact };
  return uri?.prefix === undefined ? null : { type: 'prefix', value: uri.prefix };
}

/** `matches[]` of an HTTPRoute; null: it is about something else, too. */
function pathOf({ path, ...others }: Conditions & { path?: { type?: string; value?: string } }): PathMatch | null {
  const { type = 'PathPrefix', value = '/' } = path ?? {};
  if (Object.keys(others).length > 0 || type === 'RegularExpression') return null;
  return { type: type === 'Exact' ? 'exact' : 'segments', value };
}

/** The rules that an ALB gets of an Ingress; those for some paths only are left out. */
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
