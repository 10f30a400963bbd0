import type { Schema } from './schema.ts';

/** One kind that the server serves. */
export interface Resource {
  /** '' for the core group. */
  group: string;
  /** Served versions, the stored (preferred) one first. All share one storage. */
  versions: readonly string[];
  plural: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  /** Paths below the object: `status` (written separately), `scale`, `log`, `binding` (to a node). */
  subresources: readonly Subresource[];
  /** What raises `metadata.generation`: nothing, a change outside metadata and status, or any change outside metadata. */
  generation: 'none' | 'spec' | 'any';
  /** Defined by a CRD on a real cluster: no strategic merge patch, and PUT needs a resourceVersion. */
  custom: boolean;
  /** Columns of a CRD's `additionalPrinterColumns`. */
  printerColumns?: readonly PrinterColumn[];
  /** What a CRD says of its objects: other fields are not kept, and what does not fit is refused. */
  schema?: Schema;
}

export type Subresource = 'status' | 'scale' | 'log' | 'binding';

export interface PrinterColumn {
  name: string;
  type: string;
  jsonPath: string;
  priority?: number;
}

/** `deployments.apps`; the core group's kinds go by their plural alone. Also the storage's key. */
export function resourceKey(resource: Pick<Resource, 'group' | 'plural'>): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
}

type Traits = Partial<Pick<Resource, 'shortNames' | 'categories' | 'subresources' | 'generation' | 'namespaced'>>;

const cluster = { namespaced: false } as const;
const withStatus: Traits = { subresources: ['status'] };
const specStatus: Traits = { subresources: ['status'], generation: 'spec' };
const workload: Traits = { subresources: ['status', 'scale'], generation: 'spec', categories: ['all'] };

function kinds(groupVersions: string, custom: boolean, rows: [kind: string, plural: string, traits?: Traits][]) {
  const [group, versions] = groupVersions.includes('/') ? groupVersions.split('/') : ['', groupVersions];
  return rows.map(
    ([kind, plural, traits]): Resource => ({
      group: group ?? '',
      versions: (versions ?? '').split(','),
      kind,
      plural,
      singular: kind.toLowerCase(),
      namespaced: true,
      shortNames: [],
      categories: [],
      subresources: [],
      generation: 'none',
      custom,
      ...traits,
    }),
  );
}
const builtIn = (groupVersions: string, rows: [string, string, Traits?][]) => kinds(groupVersions, false, rows);
const custom = (groupVersions: string, rows: [string, string, Traits?][]) => kinds(groupVersions, true, rows);

/** Every kind that is there before a CustomResourceDefinition adds another. The order of groups is that of `/apis`. */
export const resourceTable: readonly Resource[] = [
  ...builtIn('v1', [
    ['Namespace', 'namespaces', { ...cluster, ...withStatus, shortNames: ['ns'] }],
    [
      'Pod',
      'pods',
      { subresources: ['status', 'log', 'binding'], generation: 'spec', shortNames: ['po'], categories: ['all'] },
    ],
    ['Service', 'services', { ...withStatus, shortNames: ['svc'], categories: ['all'] }],
    ['ConfigMap', 'configmaps', { shortNames: ['cm'] }],
    ['Secret', 'secrets'],
    ['Event', 'events', { shortNames: ['ev'] }],
    ['ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }],
    ['Endpoints', 'endpoints', { shortNames: ['ep'] }],
    ['Node', 'nodes', { ...cluster, ...withStatus, shortNames: ['no'] }],
    ['PersistentVolumeClaim', 'persistentvolumeclaims', { ...withStatus, shortNames: ['pvc'] }],
    ['PersistentVolume', 'persistentvolumes', { ...cluster, ...withStatus, shortNames: ['pv'] }],
    ['ResourceQuota', 'resourcequotas', { ...withStatus, shortNames: ['quota'] }],
    ['LimitRange', 'limitranges', { shortNames: ['limits'] }],
    ['ReplicationController', 'replicationcontrollers', { ...workload, shortNames: ['rc'] }],
  ]),
  ...builtIn('apps/v1', [
    ['Deployment', 'deployments', { ...workload, shortNames: ['deploy'] }],
    ['ReplicaSet', 'replicasets', { ...workload, shortNames: ['rs'] }],
    ['StatefulSet', 'statefulsets', { ...workload, shortNames: ['sts'] }],
    ['DaemonSet', 'daemonsets', { ...specStatus, shortNames: ['ds'], categories: ['all'] }],
    ['ControllerRevision', 'controllerrevisions'],
  ]),
  ...builtIn('autoscaling/v2', [
    [
      'HorizontalPodAutoscaler',
      'horizontalpodautoscalers',
      { ...withStatus, shortNames: ['hpa'], categories: ['all'] },
    ],
  ]),
  ...builtIn('batch/v1', [
    ['Job', 'jobs', { ...specStatus, categories: ['all'] }],
    ['CronJob', 'cronjobs', { ...specStatus, shortNames: ['cj'], categories: ['all'] }],
  ]),
  ...builtIn('coordination.k8s.io/v1', [['Lease', 'leases']]),
  ...builtIn('discovery.k8s.io/v1', [['EndpointSlice', 'endpointslices']]),
  ...builtIn('policy/v1', [['PodDisruptionBudget', 'poddisruptionbudgets', { ...specStatus, shortNames: ['pdb'] }]]),
  ...builtIn('networking.k8s.io/v1', [
    ['Ingress', 'ingresses', { ...specStatus, shortNames: ['ing'] }],
    ['IngressClass', 'ingressclasses', cluster],
    ['NetworkPolicy', 'networkpolicies', { generation: 'spec', shortNames: ['netpol'] }],
  ]),
  ...builtIn('rbac.authorization.k8s.io/v1', [
    ['Role', 'roles'],
    ['RoleBinding', 'rolebindings'],
    ['ClusterRole', 'clusterroles', cluster],
    ['ClusterRoleBinding', 'clusterrolebindings', cluster],
  ]),
  ...builtIn('scheduling.k8s.io/v1', [['PriorityClass', 'priorityclasses', { ...cluster, shortNames: ['pc'] }]]),
  ...builtIn('storage.k8s.io/v1', [['StorageClass', 'storageclasses', { ...cluster, shortNames: ['sc'] }]]),
  ...builtIn('admissionregistration.k8s.io/v1', [
    ['MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', cluster],
    ['ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', cluster],
  ]),
  ...builtIn('apiextensions.k8s.io/v1', [
    [
      'CustomResourceDefinition',
      'customresourcedefinitions',
      { ...cluster, ...specStatus, shortNames: ['crd', 'crds'], categories: ['api-extensions'] },
    ],
  ]),
  // Argo CD's CRDs declare no status subresource: its controller writes status in the object itself.
  ...custom('argoproj.io/v1alpha1', [
    ['Application', 'applications', { generation: 'any', shortNames: ['app', 'apps'] }],
    ['ApplicationSet', 'applicationsets', { ...specStatus, shortNames: ['appset', 'appsets'] }],
    ['AppProject', 'appprojects', { generation: 'any', shortNames: ['appproj', 'appprojs'] }],
  ]),
  ...custom('networking.istio.io/v1,v1beta1,v1alpha3', [
    ['VirtualService', 'virtualservices', { ...specStatus, shortNames: ['vs'], categories: ['istio-io'] }],
    ['DestinationRule', 'destinationrules', { ...specStatus, shortNames: ['dr'], categories: ['istio-io'] }],
    ['Gateway', 'gateways', { ...specStatus, shortNames: ['gw'], categories: ['istio-io'] }],
    ['ServiceEntry', 'serviceentries', { ...specStatus, shortNames: ['se'], categories: ['istio-io'] }],
    ['Sidecar', 'sidecars', { ...specStatus, categories: ['istio-io'] }],
  ]),
  ...custom('security.istio.io/v1,v1beta1', [
    ['AuthorizationPolicy', 'authorizationpolicies', { ...specStatus, shortNames: ['ap'] }],
    ['PeerAuthentication', 'peerauthentications', { ...specStatus, shortNames: ['pa'] }],
  ]),
  ...custom('gateway.networking.k8s.io/v1,v1beta1', [
    ['GatewayClass', 'gatewayclasses', { ...cluster, ...specStatus, shortNames: ['gc'] }],
    ['Gateway', 'gateways', { ...specStatus, shortNames: ['gtw'] }],
    ['HTTPRoute', 'httproutes', specStatus],
    ['ReferenceGrant', 'referencegrants', { generation: 'any', shortNames: ['refgrant'] }],
  ]),
  ...custom('keda.sh/v1alpha1', [['ScaledObject', 'scaledobjects', { ...specStatus, shortNames: ['so'] }]]),
  ...custom('monitoring.coreos.com/v1', [
    ['ServiceMonitor', 'servicemonitors', { generation: 'any', shortNames: ['smon'] }],
    ['PodMonitor', 'podmonitors', { generation: 'any', shortNames: ['pmon'] }],
    ['PrometheusRule', 'prometheusrules', { generation: 'any', shortNames: ['promrule'] }],
  ]),
];
