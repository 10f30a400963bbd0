import type { Autoscaler } from '../../contracts/configuration/autoscaler.ts';
import type { Configuration, ServiceConfiguration } from '../../contracts/configuration/configuration.ts';
import { environmentNames } from '../../contracts/names.ts';

/** The functions that enter the clusters. */
export const clusterFunctionNames = [
  'api-read',
  'api-operate',
  'plan',
  'observe',
  'act',
  'return-traffic',
  'watch',
] as const;
export type ClusterFunctionName = (typeof clusterFunctionNames)[number];

/** The Kubernetes group of a function; its role enters by an access entry that says so. */
export const groupOf = (prefix: string, name: ClusterFunctionName): string => `${prefix}:${name}`;

/** A rule of Kubernetes' RBAC. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Rules in a namespace; an empty one stands for every namespace. */
interface Place {
  readonly namespace: string;
  readonly rules: readonly Rule[];
}

/** What each function does in the namespaces of one service. */
type Needs = Readonly<Record<ClusterFunctionName, readonly Place[]>>;

/** A Role or a RoleBinding, of a namespace or of the cluster, as Kubernetes has it. */
export interface RoleManifest {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1';
  readonly kind: 'Role' | 'RoleBinding' | 'ClusterRole' | 'ClusterRoleBinding';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly subjects?: readonly { readonly kind: 'Group'; readonly apiGroup: string; readonly name: string }[];
  readonly roleRef?: { readonly apiGroup: string; readonly kind: 'Role' | 'ClusterRole'; readonly name: string };
}

/** Those that look at every route object before a rise, or before one is planned: one that sends requests past the weights may be in any namespace. */
const surveyors: readonly ClusterFunctionName[] = ['plan', 'observe', 'act'];

const surveyOf = (services: readonly ServiceConfiguration[]): readonly Rule[] => [
  { apiGroups: ['networking.istio.io'], resources: ['virtualservices'], verbs: ['list'] },
  { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'], verbs: ['list'] },
  ...(services.some(({ traffic }) => traffic.router === 'alb')
    ? [{ apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['list'] }]
    : []),
];

/** The objects that carry the weights of each router. */
const routeResources = {
  istio: { apiGroups: ['networking.istio.io'], resources: ['virtualservices'] },
  'gateway-api': { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'] },
  alb: { apiGroups: ['networking.k8s.io'], resources: ['ingresses'] },
} as const;

/**
 * What Sluice's functions may do in a cluster, each for itself and with names: Roles and their bindings, sorted. Where the Argo CD of one
 * cluster delivers to others, that one has what concerns the Applications of all, and the others have the rest.
 */
export function rolesIn(configuration: Configuration, cluster: string, prefix: string): readonly RoleManifest[] {
  const services = configuration.services.filter((service) => service.cluster === cluster);
  const { namespace: argocd } = configuration.argocd;
  const needs = configuration.services.map((service) => needsIn(service, argocd, cluster));
  return clusterFunctionNames.flatMap((name): RoleManifest[] => {
    const byNamespace = new Map<string, Rule[]>();
    for (const { namespace, rules } of needs.flatMap((placesOf) => placesOf(name))) {
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), ...rules]);
    }
    const looksAround =
      surveyors.includes(name) && services.some((service) => needsOf(service, argocd)[name].length > 0);
    const subjects = [{ kind: 'Group', apiGroup, name: groupOf(prefix, name) }] as const;
    const role = `${prefix}-${name}`;
    return [
      ...(looksAround ? granted('ClusterRole', { name: `${role}-routes` }, surveyOf(services), subjects) : []),
      ...[...byNamespace]
        .sort(([a], [b]) => a.localeCompare(b))
        .flatMap(([namespace, rules]) => granted('Role', { name: role, namespace }, rules, subjects)),
    ];
  });
}

/** What one function does for one service, wherever that is. */
export const rulesOf = (service: ServiceConfiguration, argocd: string, name: ClusterFunctionName): readonly Place[] => [
  ...needsOf(service, argocd)[name],
  ...(surveyors.includes(name) && needsOf(service, argocd)[name].length > 0
    ? [{ namespace: '', rules: surveyOf([service]) }]
    : []),
];

const apiGroup = 'rbac.authorization.k8s.io';

/** The API group of Argo CD's objects. */
export const argoGroup = 'argoproj.io';

/** What each function does for one service in one cluster. */
const needsIn = (service: ServiceConfiguration, argocd: string, cluster: string) => (name: ClusterFunctionName) =>
  needsOf(service, argocd)[name].filter(({ rules }) => {
    const isOfArgo = rules.every(({ apiGroups }) => apiGroups.includes(argoGroup));
    return cluster === (isOfArgo ? service.argocd.cluster : service.cluster);
  });

/** A Role and what binds it to its function. */
function granted(
  kind: 'Role' | 'ClusterRole',
  metadata: RoleManifest['metadata'],
  rules: readonly Rule[],
  subjects: NonNullable<RoleManifest['subjects']>,
): RoleManifest[] {
  const apiVersion = `${apiGroup}/v1` as const;
  const roleRef = { apiGroup, kind, name: metadata.name };
  return [
    { apiVersion, kind, metadata, rules },
    { apiVersion, kind: `${kind}Binding`, metadata, subjects, roleRef },
  ];
}

function needsOf(service: ServiceConfiguration, argocd: string): Needs {
  const { name, traffic, environments, autoscaler } = service;
  const route = (...verbs: string[]): Place => ({
    namespace: traffic.route.namespace,
    rules: [{ ...routeResources[traffic.router], verbs, resourceNames: [traffic.route.name] }],
  });
  const workloads = (...more: Rule[]): Place[] =>
    environmentNames.map((environment) => ({
      namespace: environments[environment].namespace,
      rules: [
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'], resourceNames: [name] },
        { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
        ...more,
      ],
    }));
  const deployments = (): Place[] =>
    environmentNames.map((environment) => ({
      namespace: environments[environment].namespace,
      rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'], resourceNames: [name] }],
    }));
  const capacity = capacityRules(autoscaler, name);
  const diagnosis: Rule[] = [
    { apiGroups: [''], resources: ['events'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  ];
  // Whether there is room for the pods of the standby.
  const quotas: Rule[] = [{ apiGroups: [''], resources: ['resourcequotas'], verbs: ['list'] }];
  const applications = (...verbs: string[]): Place => ({
    namespace: argocd,
    rules: [
      {
        apiGroups: [argoGroup],
        resources: ['applications'],
        verbs,
        resourceNames: environmentNames.map((environment) => environments[environment].application),
      },
    ],
  });
  if (service.mode === 'observe') {
    // Another pipeline changes what is there: those that would are given nothing, and the others only look.
    const behind = environmentNames.map(
      (environment): Place => ({
        namespace: environments[environment].namespace,
        rules: [
          {
            apiGroups: [''],
            resources: ['services'],
            verbs: ['get'],
            resourceNames: [environments[environment].backend],
          },
        ],
      }),
    );
    const looks = [route('get'), ...workloads(), ...behind];
    const sees = { 'api-read': looks, 'api-operate': looks, observe: looks };
    const plan = [route('get'), ...workloads(...capacity.see, ...quotas), applications('get'), ...behind];
    return { ...sees, plan, act: [], 'return-traffic': [], watch: [] };
  }
  return {
    'api-read': [route('get'), ...workloads()],
    'api-operate': [route('get'), ...workloads()],
    plan: [route('get'), ...workloads(...capacity.see, ...quotas), applications('get')],
    observe: [route('get'), ...workloads(...capacity.see, ...diagnosis, ...quotas), applications('get')],
    // A refresh is an annotation, a sync an `operation`: both are patches.
    act: [route('get', 'patch'), ...workloads(...capacity.set), applications('get', 'patch')],
    'return-traffic': [route('get', 'patch'), ...workloads()],
    watch: [route('get'), ...deployments(), applications('get')],
  };
}

const autoscalers = {
  HPA: { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
  ScaledObject: { apiGroups: ['keda.sh'], resources: ['scaledobjects'] },
} as const;

/**
 * What sets the capacity of an environment, and what looks at it. `/scale` is the right to the number of pods and to nothing else of a
 * Deployment: it raises one of 0 replicas, and every one that has no autoscaler, the fence of which is on the Application.
 */
function capacityRules({ kind, name }: Autoscaler, deployment: string): { see: Rule[]; set: Rule[] } {
  const scale: Rule = {
    apiGroups: ['apps'],
    resources: ['deployments/scale'],
    verbs: ['patch'],
    resourceNames: [deployment],
  };
  if (kind === 'none') return { see: [], set: [scale] };
  const rule = (...verbs: string[]): Rule => ({ ...autoscalers[kind], verbs, resourceNames: [name] });
  return { see: [rule('get')], set: [rule('get', 'patch'), scale] };
}
