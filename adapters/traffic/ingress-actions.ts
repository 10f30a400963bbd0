import { isObject, listOf, type RouteEntry, type RouteSpec } from './weighted-route.ts';

/** As much of an Ingress (networking.k8s.io/v1) as says where the AWS Load Balancer Controller sends its requests. */
export interface IngressObject {
  readonly metadata: {
    readonly namespace?: string;
    readonly name?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: RouteSpec;
}

/** Annotations with an action have its name after this. */
const prefix = 'alb.ingress.kubernetes.io/actions.';
/** A backend whose port is called so is an action of the Service's name. */
const useAnnotation = 'use-annotation';

export const annotationOf = (action: string): string => `${prefix}${action}`;

/**
 * An Ingress in the form of the other routes: its `hosts`, the `group` that shares a load balancer, and in `backends` one entry for each action that a path of it uses, with the target
 * groups that it forwards to. What leads to a Service without an action, and so without a weight, is in `services`.
 *
 * An action that no path uses has no effect, and is left out. One that cannot be read forwards to nothing: the controller refuses it, too.
 *
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions
 */
export function ingressSpec({ metadata, spec = {} }: IngressObject): RouteSpec {
  const { namespace = '', name: own = '', annotations = {} } = metadata;
  const uses = backendsOf(spec);
  const backends = [...Map.groupBy(uses, ({ backend }) => backend)].map(([backend, paths]): RouteEntry => {
    const [name = '', port = ''] = backend.split(':');
    const isForAll = paths.some((path) => path.isForAll) && annotations[`${conditions}${name}`] === undefined;
    if (port !== useAnnotation) return { isForAll, targetGroups: [{ service: `${namespace}/${name}` }] };
    return {
      action: name,
      isForAll,
      targetGroups: targetGroupsOf(readAction(annotations[annotationOf(name)]), namespace),
    };
  });
  return {
    group: annotations['alb.ingress.kubernetes.io/group.name'] ?? `${namespace}/${own}`,
    hosts: [...new Set(uses.map(({ host }) => host))],
    backends: backends.filter(({ action }) => action !== undefined),
    services: backends.filter(({ action }) => action === undefined),
  };
}

/**
 * The annotations that change when the entries of `backends` become these: each action with its new target groups, and otherwise as it was.
 * Clients are let go that an action keeps on one target group (`targetGroupStickinessConfig`): they would stay where the weights lead nobody.
 */
export function actionAnnotations(object: IngressObject, backends: readonly RouteEntry[]): Record<string, string> {
  const { annotations = {} } = object.metadata;
  return Object.fromEntries(
    backends.flatMap(({ action: name, ...backend }): [string, string][] => {
      const key = annotationOf(String(name));
      const known = readAction(annotations[key]) ?? {};
      const { targetGroupARN: _, ...action } = known;
      const { targetGroupStickinessConfig: sticky, ...forward } = isObject(action.forwardConfig)
        ? action.forwardConfig
        : {};
      const targetGroups = listOf(backend, 'targetGroups').map(({ service, isSticky, ...target }) => target);
      if (targetGroups.length === 0) return [];
      const released = isObject(sticky) ? { targetGroupStickinessConfig: { ...sticky, enabled: false } } : {};
      const written = { ...action, type: 'forward', forwardConfig: { ...forward, targetGroups, ...released } };
      return JSON.stringify(written) === JSON.stringify(known) ? [] : [[key, JSON.stringify(written)]];
    }),
  );
}

const conditions = 'alb.ingress.kubernetes.io/conditions.';

interface BackendUse {
  readonly host: string;
  /** `name:port`. */
  readonly backend: string;
  /** Whether it takes every path. */
  readonly isForAll: boolean;
}

/** Each path with its backend; a rule without a host, and the default backend, are for every host (`*`). */
function backendsOf(spec: RouteSpec): BackendUse[] {
  const rules = listOf(spec, 'rules').flatMap(({ host, http }) =>
    listOf(isObject(http) ? http : {}, 'paths').flatMap(({ path, pathType, backend }) =>
      useOf(typeof host === 'string' ? host : '*', backend, isWhole(path, pathType)),
    ),
  );
  return [...rules, ...useOf('*', spec.defaultBackend, true)];
}

const isWhole = (path: unknown, pathType: unknown): boolean =>
  path === undefined || path === '' || (path === '/' && pathType === 'Prefix') || path === '/*';

function useOf(host: string, backend: unknown, isForAll: boolean): BackendUse[] {
  const service = isObject(backend) ? backend.service : undefined;
  if (!isObject(service)) return [];
  const port = isObject(service.port) ? (service.port.name ?? service.port.number) : '';
  return [{ host: host.toLowerCase(), backend: `${String(service.name)}:${String(port)}`, isForAll }];
}

/** The target groups of an action: those of `forwardConfig`, or the single one of the short form. */
function targetGroupsOf(action: RouteEntry | null, namespace: string): RouteEntry[] {
  if (action?.type !== 'forward') return [];
  if (typeof action.targetGroupARN === 'string') return [{ targetGroupARN: action.targetGroupARN }];
  const config = isObject(action.forwardConfig) ? action.forwardConfig : {};
  const sticky = isObject(config.targetGroupStickinessConfig) && config.targetGroupStickinessConfig.enabled === true;
  return listOf(config, 'targetGroups').map((target) => ({
    ...target,
    // A Service is one of the Ingress's own namespace.
    ...(target.serviceName === undefined ? {} : { service: `${namespace}/${String(target.serviceName)}` }),
    ...(sticky ? { isSticky: true } : {}),
  }));
}

/** The controller reads names in any case (`Type`, `ForwardConfig`), as Go's JSON does; they are written as it documents them. */
const documented = new Map(
  [
    'type',
    'targetGroupARN',
    'targetGroupName',
    'forwardConfig',
    'targetGroups',
    'serviceName',
    'servicePort',
    'weight',
    'targetGroupStickinessConfig',
    'enabled',
    'durationSeconds',
  ].map((name) => [name.toLowerCase(), name]),
);

function readAction(annotation: string | undefined): RouteEntry | null {
  if (annotation === undefined) return null;
  try {
    const action: unknown = JSON.parse(annotation, (_key, value: unknown) =>
      isObject(value) && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [documented.get(key.toLowerCase()) ?? key, one]))
        : value,
    );
    return isObject(action) ? action : null;
  } catch {
    return null;
  }
}
