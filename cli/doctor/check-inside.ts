import stringify from 'safe-stable-stringify';
import type { Configuration, ServiceConfiguration } from '../../contracts/configuration/configuration.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { type RoleManifest, rolesIn } from '../../core/cluster/roles.ts';
import { foreignDestination, wantedDelivery } from '../../core/gitops/application-source.ts';
import { readJson } from '../break-glass/kubectl.ts';
import type { World } from '../world.ts';
import { checkRoute } from './check-route.ts';
import { check, type Finding, looked, missing, unknown } from './finding.ts';

/** As much of a kubeconfig, and of what Kubernetes and Argo CD document, as is asked here. */
interface KubeConfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
  readonly contexts: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
}
interface Application {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly project?: string;
    readonly destination?: { readonly server?: string; readonly name?: string; readonly namespace?: string };
    readonly source?: { readonly targetRevision?: string; readonly path?: string };
    readonly syncPolicy?: {
      readonly automated?: { readonly prune?: boolean; readonly selfHeal?: boolean; readonly enabled?: boolean };
      readonly syncOptions?: readonly string[];
    };
    readonly ignoreDifferences?: readonly { readonly kind: string; readonly jsonPointers?: readonly string[] }[];
  };
}

interface AppProject {
  readonly spec: { readonly syncWindows?: readonly SyncWindow[] | null };
}
interface SyncWindow {
  readonly kind?: string;
  readonly schedule?: string;
  readonly manualSync?: boolean;
  readonly applications?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly clusters?: readonly string[];
}

export interface Inside {
  readonly configuration: Configuration;
  readonly cluster: string;
  /** Of the cluster's API, by which the operator's kubeconfig is asked for a context. */
  readonly endpoint: string;
  /** Of the installation. */
  readonly name: string;
}

/** What the operator's kubectl sees: the Roles of Sluice's functions, and the Applications and routes of its services. */
export async function checkInside(world: World, inside: Inside): Promise<readonly Finding[]> {
  const { configuration, cluster, endpoint, name } = inside;
  const what = `Inside cluster ${cluster}`;
  const config = await readJson<KubeConfig>(world, ['config', 'view', '-o', 'json']);
  if (config.kind === 'failed') return [unknown(what, `kubectl: ${config.why}`)];
  const entry = config.object.clusters.find(({ cluster: { server } }) => server === endpoint)?.name;
  const context = config.object.contexts.find((one) => one.context.cluster === entry)?.name;
  if (entry === undefined || context === undefined) {
    return [
      unknown(what, `no context of your kubeconfig leads to ${endpoint} (aws eks update-kubeconfig --name ${cluster})`),
    ];
  }
  const services = configuration.services.filter((service) => service.cluster === cluster);
  const delivered = configuration.services.filter(({ argocd }) => argocd.cluster === cluster);
  const applications = delivered.flatMap((service) =>
    environmentNames.map((environment) =>
      looked(what, () => checkApplication(world, context, configuration.argocd.namespace, service, environment)),
    ),
  );
  const roles = checkRoles(world, context, rolesIn(configuration, cluster, name), { cluster });
  const routes = services.map((service) =>
    looked(`${service.name}: its route`, () => checkRoute(world, context, service)),
  );
  const metrics = services.some(({ autoscaler }) => autoscaler.kind !== 'none')
    ? [checkMetrics(world, context, cluster)]
    : [];
  return (await Promise.all([roles, ...metrics, ...applications, ...routes])).flat();
}

/** As much of an APIService as is asked here. */
interface ApiService {
  readonly status?: { readonly conditions?: readonly { type: string; status: string; message?: string }[] };
}

/** Without readings no autoscaler is healthy, and so no Application with one: each deployment would wait for its sync, and fail. */
async function checkMetrics(world: World, context: string, cluster: string): Promise<readonly Finding[]> {
  const what = `Autoscalers of cluster ${cluster} get readings of CPU and memory`;
  const fix = `Install metrics-server, or mend it: aws eks create-addon --cluster-name ${cluster} --addon-name metrics-server`;
  const name = 'apiservices.apiregistration.k8s.io/v1beta1.metrics.k8s.io';
  const read = await readJson<ApiService>(world, ['--context', context, 'get', name, '-o', 'json']);
  const consequence = 'autoscalers have no readings, so Argo CD calls them Degraded and no sync ever counts as healthy';
  if (read.kind === 'failed') {
    const absent = /not ?found/i.test(read.why);
    return [
      absent
        ? missing(what, `there is no metrics API (v1beta1.metrics.k8s.io): ${consequence}`, fix)
        : unknown(what, read.why),
    ];
  }
  const available = read.object.status?.conditions?.find(({ type }) => type === 'Available');
  const said = available?.message ?? 'it has not said that it is';
  const holds = available?.status === 'True' ? 'holds' : 'fails';
  return [check(what, holds, `the metrics API is not available (${said}): ${consequence}`, fix)];
}

async function checkRoles(
  world: World,
  context: string,
  wanted: readonly RoleManifest[],
  { cluster }: { readonly cluster: string },
): Promise<readonly Finding[]> {
  const what = `Cluster ${cluster} has the Roles of Sluice’s functions`;
  const kinds = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'].map(
    (kind) => `${kind}.rbac.authorization.k8s.io`,
  );
  const words = ['--context', context, 'get', kinds.join(',')];
  const read = await readJson<{ items: readonly RoleManifest[] }>(world, [...words, '-A', '-o', 'json']);
  if (read.kind === 'failed') return [unknown(what, `kubectl: ${read.why}`)];
  const there = new Set(read.object.items.map(essence));
  const other = wanted.filter((manifest) => !there.has(essence(manifest)));
  const listed = other
    .map(
      ({ kind, metadata }) =>
        `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`,
    )
    .join(', ');
  return [
    check(
      what,
      other.length === 0 ? 'holds' : 'fails',
      `not there, or not as sluice.yaml needs them: ${listed}`,
      `sluice cluster-roles ${cluster} | kubectl --context ${context} apply -f -`,
    ),
  ];
}

/** The fields of a Role or a RoleBinding that decide who may do what. */
const essence = ({ kind, metadata: { namespace, name }, rules, subjects, roleRef }: RoleManifest): string | undefined =>
  stringify({
    kind,
    namespace: namespace ?? null,
    name,
    rules: rules ?? null,
    subjects: subjects?.map((subject) => [subject.kind, subject.name]) ?? null,
    role: roleRef?.name ?? null,
  });

/** What Sluice writes of an environment's objects, by `autoscaler`. */
const ownedFields = {
  HPA: { kind: 'HorizontalPodAutoscaler', field: '/spec/minReplicas' },
  ScaledObject: { kind: 'ScaledObject', field: '/spec/minReplicaCount' },
  none: { kind: 'Deployment', field: '/spec/replicas' },
} as const;

async function checkApplication(
  world: World,
  context: string,
  namespace: string,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<readonly Finding[]> {
  const { environments, gitops, autoscaler } = service;
  const { application } = environments[environment];
  const what = `Application ${application} is Sluice’s to sync`;
  const words = ['--context', context, '-n', namespace, 'get', `applications.argoproj.io/${application}`, '-o', 'json'];
  const read = await readJson<Application>(world, words);
  const fix = 'argocd/applications/ has an example of each.';
  if (read.kind === 'failed') {
    return [
      /not ?found/i.test(read.why) ? missing(what, 'there is no such Application', fix) : unknown(what, read.why),
    ];
  }
  const { metadata, spec } = read.object;
  const { source, syncPolicy, ignoreDifferences = [] } = spec;
  const { automated, syncOptions = [] } = syncPolicy ?? {};
  const pin = source?.targetRevision ?? 'HEAD';
  const pinned = metadata?.annotations?.['sluice.dev/pinned'];
  const heals = automated !== undefined && automated.enabled !== false;
  const owned = ownedFields[autoscaler.kind];
  const ignores = ignoreDifferences.some(
    ({ kind, jsonPointers = [] }) => kind === owned.kind && jsonPointers.includes(owned.field),
  );
  const elsewhere = foreignDestination(application, read.object, wantedDelivery(service, environment));
  const faults = [
    elsewhere === null ? [] : [elsewhere],
    source === undefined ? ['it has no single source (spec.source), which is what Sluice pins'] : [],
    /^[0-9a-f]{40}$/.test(pin)
      ? []
      : [
          `it follows ${pin}${heals ? ' by itself: a push would go live unapproved' : ''}; targetRevision has to be a commit`,
        ],
    pinned === undefined || pinned === pin
      ? []
      : [`somebody else has pinned it to ${pin}; Sluice had pinned it to ${pinned}`],
    source?.path === gitops.path ? [] : [`its path is ${source?.path}, not ${gitops.path}`],
    heals && automated.selfHeal === true
      ? []
      : ['it does not heal: what somebody changes in the cluster stays (automated.selfHeal)'],
    heals && automated.prune === true ? [] : ['it does not prune: what a release drops stays (automated.prune)'],
    syncOptions.includes('RespectIgnoreDifferences=true')
      ? []
      : ['its self-heal would undo the capacity that Sluice sets (syncOptions: RespectIgnoreDifferences=true)'],
    ignores ? [] : [`it does not ignore ${owned.field} of the ${owned.kind}, which is Sluice’s to set`],
  ].flat();
  const windows =
    spec.project === undefined
      ? []
      : [
          await checkWindows(world, context, {
            project: spec.project,
            namespace,
            application,
            environment: environments[environment],
          }),
        ];
  return [check(what, faults.length === 0 ? 'holds' : 'fails', faults.join('; '), fix), ...windows];
}

/** Argo CD holds even a rescue back in a window that does not let pass what somebody asks for. */
async function checkWindows(
  world: World,
  context: string,
  at: {
    readonly project: string;
    readonly namespace: string;
    readonly application: string;
    readonly environment: ServiceConfiguration['environments'][EnvironmentName];
  },
): Promise<Finding> {
  const { project, namespace, application, environment } = at;
  const what = `Sluice’s syncs of ${application} pass every sync window of AppProject ${project}`;
  const words = ['--context', context, '-n', namespace, 'get', `appprojects.argoproj.io/${project}`, '-o', 'json'];
  const read = await readJson<AppProject>(world, words);
  if (read.kind === 'failed') return unknown(what, read.why);
  const concerns = ({ applications = [], namespaces = [], clusters = [] }: SyncWindow): boolean =>
    applications.some((one) => globs(one, application)) ||
    namespaces.some((one) => globs(one, environment.namespace)) ||
    // By which name Argo CD knows the cluster, is not known here.
    clusters.length > 0;
  const closed = (read.object.spec.syncWindows ?? []).filter(
    (window) => window.manualSync !== true && concerns(window),
  );
  const named = closed.map(({ kind, schedule }) => `${kind} ${schedule}`).join(', ');
  const detail = `a deployment or a rescue waits while one of these does not let it pass: ${named}`;
  const fix = 'Give these syncWindows `manualSync: true`; argocd/projects/production.yaml has an example.';
  return check(what, closed.length === 0 ? 'holds' : 'fails', detail, fix);
}

/** `*` stands for any characters. */
const globs = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(name);
