/** A kind as the API's paths name it. */
export interface ResourceType {
  /** Empty for the core group. */
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}

const of = (group: string, version: string, kind: string, plural: string): ResourceType => ({
  group,
  version,
  kind,
  plural,
  namespaced: true,
});

/** The kinds that the controllers know by name. */
export const resources = {
  pods: of('', 'v1', 'Pod', 'pods'),
  services: of('', 'v1', 'Service', 'services'),
  configMaps: of('', 'v1', 'ConfigMap', 'configmaps'),
  secrets: of('', 'v1', 'Secret', 'secrets'),
  events: of('', 'v1', 'Event', 'events'),
  namespaces: { ...of('', 'v1', 'Namespace', 'namespaces'), namespaced: false },
  nodes: { ...of('', 'v1', 'Node', 'nodes'), namespaced: false },
  leases: of('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  apiServices: { ...of('apiregistration.k8s.io', 'v1', 'APIService', 'apiservices'), namespaced: false },
  deployments: of('apps', 'v1', 'Deployment', 'deployments'),
  replicaSets: of('apps', 'v1', 'ReplicaSet', 'replicasets'),
  autoscalers: of('autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  scaledObjects: of('keda.sh', 'v1alpha1', 'ScaledObject', 'scaledobjects'),
  endpointSlices: of('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices'),
  virtualServices: of('networking.istio.io', 'v1', 'VirtualService', 'virtualservices'),
  httpRoutes: of('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes'),
  ingresses: of('networking.k8s.io', 'v1', 'Ingress', 'ingresses'),
  referenceGrants: of('gateway.networking.k8s.io', 'v1beta1', 'ReferenceGrant', 'referencegrants'),
  serviceMonitors: of('monitoring.coreos.com', 'v1', 'ServiceMonitor', 'servicemonitors'),
  applications: of('argoproj.io', 'v1alpha1', 'Application', 'applications'),
  appProjects: of('argoproj.io', 'v1alpha1', 'AppProject', 'appprojects'),
} as const;

/** `v1`, `apps/v1`. */
export const apiVersionOf = ({ group, version }: Pick<ResourceType, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`;

/** The path of a kind, of its objects in a namespace, or of one object and its subresource. */
export function pathOf(
  { group, version, plural, namespaced }: ResourceType,
  at: { namespace?: string | undefined; name?: string; subresource?: 'status' | 'scale' | 'binding' } = {},
): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const inNamespace = namespaced && at.namespace !== undefined ? `/namespaces/${at.namespace}` : '';
  const parts = [at.name, at.subresource].filter((part) => part !== undefined);
  return [`${root}${inNamespace}/${plural}`, ...parts].join('/');
}
