import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Configuration } from '../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../contracts/configuration/service.ts';
import { allOn, type EnvironmentName, environmentNames } from '../contracts/names.ts';
import { type RoleManifest, rolesIn } from '../core/cluster/roles.ts';
import type { Application } from './kubernetes/controllers/application/application-types.ts';
import {
  type Cluster,
  createKubeClient,
  isConflict,
  isNotFound,
  type KubeClient,
} from './kubernetes/controllers/kube-client.ts';
import type { Deployment, HorizontalPodAutoscaler, KubeObject, Pod } from './kubernetes/controllers/objects.ts';
import { type ResourceType, resources } from './kubernetes/controllers/resources.ts';

const argocd = join(import.meta.dirname, '..', 'argocd');

/** What an operator applies once to a cluster before Sluice can work on it; here, what `npm start` applies to an empty one. */
export async function installCluster(
  cluster: Cluster,
  configuration: Configuration,
  { headOf, valueFiles, git }: InstallOptions,
): Promise<void> {
  const { services, argocd: argo } = configuration;
  const kubernetes = createKubeClient(cluster);
  try {
    const namespaces = new Set([
      argo.namespace,
      ...services.flatMap(({ traffic, environments }) => [
        traffic.route.namespace,
        ...environmentNames.map((name) => environments[name].namespace),
      ]),
    ]);
    await Promise.all(
      [...namespaces].map((name) =>
        ensure(kubernetes, resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
      ),
    );
    // One API server is every cluster: what a function may do in any of them is one Role.
    const all = 'sandbox';
    const inAll = services.map((service) => ({
      ...service,
      cluster: all,
      argocd: { ...service.argocd, cluster: all },
    }));
    const here = { ...configuration, services: inAll };
    const roles = rolesIn(here, all, 'sluice');
    await Promise.all(roles.map((role) => applyRole(kubernetes, role)));
    const repositories = new Map(services.map((service) => [service, repositoryOf(service, git)]));
    const project = await manifest('projects/production.yaml');
    await applyProject(kubernetes, projectFor(configuration, project, new Set(repositories.values())));
    if (git !== null) await letRead(kubernetes, argo.namespace, new Set(repositories.values()), git.token);
    const hasMonitors = await isServed(kubernetes, resources.serviceMonitors);
    const fresh = new Set<ServiceConfiguration>();
    for (const service of services) {
      const known = await valueFiles(service);
      for (const environment of environmentNames) {
        const manifested = await manifest(`applications/production-${environment}.yaml`);
        const application = applicationOf(service, environment, manifested, {
          hasMonitors,
          namespace: argo.namespace,
          valueFiles: known,
          repoURL: repositoryOf(service, git),
        });
        const made = await ensure(kubernetes, resources.applications, application);
        if (made === 'exists' && git !== null) {
          // At each start GitHub may be at another address.
          const { namespace, name } = application.metadata;
          const spec = { source: { repoURL: repositoryOf(service, git) } };
          await kubernetes.patch(resources.applications, { namespace, name }, { spec });
        }
        if (made === 'exists') continue;
        await startFirstSync(kubernetes, application, await headOf(service, environment));
        fresh.add(service);
      }
      await installRoute(kubernetes, service);
    }
    for (const service of services) await allReady(kubernetes, service, argo.namespace);
    for (const service of fresh)
      if (await raiseLive(kubernetes, service)) await allReady(kubernetes, service, argo.namespace);
  } finally {
    kubernetes.close();
  }
}

export interface InstallOptions {
  /** The commit at the head of an environment's branch. */
  readonly headOf: (service: ServiceConfiguration, environment: EnvironmentName) => Promise<string>;
  /** The files in the folder of a service's chart. */
  readonly valueFiles: (service: ServiceConfiguration) => Promise<ReadonlySet<string>>;
  /** For the cluster's own Argo CD; null where the sandbox's stand-in of it runs, which asks GitHub by itself. */
  readonly git: GitAccess | null;
}

/** The deploy repositories for an Argo CD that reads with Git itself. */
export interface GitAccess {
  /** Of GitHub, without a slash at its end. */
  readonly origin: string;
  /** Of GitHub, with which they may be read. */
  readonly token: string;
}

/** What `sluice cluster-roles` prints and a person applies; the functions of the sandbox are in the same groups. */
async function applyRole(kubernetes: KubeClient, role: RoleManifest): Promise<void> {
  const { kind, metadata } = role;
  const plural = `${kind.toLowerCase()}s`;
  const namespaced = metadata.namespace !== undefined;
  const type = { group: 'rbac.authorization.k8s.io', version: 'v1', kind, plural, namespaced };
  // Another configuration may need other rules.
  if ((await ensure(kubernetes, type, { ...role, metadata: { ...metadata } })) === 'exists') {
    await kubernetes.patch(type, metadata, role);
  }
}

async function manifest(file: string): Promise<KubeObject> {
  // The project's own manifest, linted by its tests.
  return parse(await readFile(join(argocd, file), 'utf8')) as KubeObject;
}

const repositoryOf = ({ gitops }: ServiceConfiguration, git: GitAccess | null): string =>
  `${git?.origin ?? 'https://github.com'}/${gitops.repository}.git`;
const inCluster = 'https://kubernetes.default.svc';

/** For every service of the configuration. What is tried here heals on any day. */
function projectFor(
  { services, argocd: argo }: Configuration,
  project: KubeObject,
  repositories: ReadonlySet<string>,
): KubeObject {
  // The project's own manifest has sync windows.
  const spec = project.spec as { syncWindows: readonly { kind: string }[] };
  const namespaces = services.flatMap(({ environments: { blue, green } }) => [blue.namespace, green.namespace]);
  return {
    ...project,
    metadata: { ...project.metadata, namespace: argo.namespace },
    spec: {
      ...spec,
      sourceRepos: [...repositories],
      destinations: [...new Set(namespaces)].map((namespace) => ({ server: inCluster, namespace })),
      syncWindows: spec.syncWindows.filter(({ kind }) => kind === 'allow'),
    },
  };
}

/** Another configuration may have other services. */
async function applyProject(kubernetes: KubeClient, project: KubeObject): Promise<void> {
  if ((await ensure(kubernetes, resources.appProjects, project)) === 'created') return;
  const { name, namespace } = project.metadata;
  await kubernetes.patch(resources.appProjects, { name, namespace }, { spec: project.spec });
}

/** Tells Argo CD how to sign in, as for any private repository. */
async function letRead(
  kubernetes: KubeClient,
  namespace: string,
  repositories: ReadonlySet<string>,
  token: string,
): Promise<void> {
  const labels = { 'argocd.argoproj.io/secret-type': 'repository' };
  for (const url of repositories) {
    const name = `deploy-repository-${createHash('sha256').update(new URL(url).pathname).digest('hex').slice(0, 8)}`;
    const metadata = { namespace, name, labels };
    const stringData = { type: 'git', url, username: 'x-access-token', password: token };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData };
    const made = await ensure(kubernetes, resources.secrets, secret);
    if (made === 'exists') await kubernetes.patch(resources.secrets, { namespace, name }, { stringData });
  }
}

/**
 * The Application of an environment, from this repository's own manifest. The chart scales by what the configuration says, and is monitored where there
 * is somebody to do it; the manifest is the one for an HPA.
 */
function applicationOf(
  service: ServiceConfiguration,
  environment: EnvironmentName,
  application: KubeObject,
  given: {
    readonly hasMonitors: boolean;
    readonly namespace: string;
    readonly valueFiles: ReadonlySet<string>;
    readonly repoURL: string;
  },
): KubeObject {
  const { name, environments, gitops, autoscaler } = service;
  const parameters = [
    ...(autoscaler.kind === 'HPA' ? [] : [{ name: 'autoscaling.kind', value: autoscaler.kind }]),
    ...(given.hasMonitors ? [] : [{ name: 'metrics.serviceMonitor', value: 'false' }]),
  ];
  // The project's own manifest has a source with Helm, and a destination.
  const spec = application.spec as { source: { helm: { valueFiles: string[] } }; destination: object };
  const helm = {
    ...spec.source.helm,
    releaseName: name,
    valueFiles: spec.source.helm.valueFiles.filter((file) => given.valueFiles.has(file)),
    ...(parameters.length === 0 ? {} : { parameters }),
  };
  return {
    ...application,
    metadata: {
      ...application.metadata,
      name: environments[environment].application,
      namespace: given.namespace,
      labels: { ...application.metadata.labels, 'app.kubernetes.io/name': name },
    },
    spec: {
      ...spec,
      source: { ...spec.source, repoURL: given.repoURL, path: gitops.path, helm },
      destination: { ...spec.destination, namespace: environments[environment].namespace },
    },
  };
}

/** Whether the cluster knows a kind: that of an operator is there where the operator is. */
async function isServed(kubernetes: KubeClient, type: ResourceType): Promise<boolean> {
  try {
    await kubernetes.list(type);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function ensure(kubernetes: KubeClient, type: ResourceType, object: KubeObject): Promise<'created' | 'exists'> {
  try {
    await kubernetes.create(type, object);
    return 'created';
  } catch (error) {
    if (isConflict(error)) return 'exists';
    throw error;
  }
}

/** What docs/install.md has a person do: the first release of an environment is pinned and synced before Sluice comes. */
async function startFirstSync(kubernetes: KubeClient, { metadata }: KubeObject, revision: string): Promise<void> {
  const operation = { initiatedBy: { username: 'admin' }, sync: { revision, syncOptions: ['CreateNamespace=true'] } };
  const spec = { source: { targetRevision: revision } };
  const place = { namespace: metadata.namespace, name: metadata.name };
  await kubernetes.patch(resources.applications, place, { spec, operation });
}

/** The route before Sluice has ever touched it: everything on blue, and no fence yet. */
async function installRoute(kubernetes: KubeClient, service: ServiceConfiguration): Promise<void> {
  if (service.traffic.router === 'istio') {
    await ensure(kubernetes, resources.virtualServices, virtualServiceOf(service));
    return;
  }
  if (service.traffic.router === 'alb') {
    await ensure(kubernetes, resources.ingresses, ingressOf(service));
    return;
  }
  await ensure(kubernetes, resources.httpRoutes, httpRouteOf(service));
  const { namespace } = service.traffic.route;
  for (const environment of environmentNames) {
    const place = { namespace: service.environments[environment].namespace, name: `${service.name}-route` };
    await ensure(kubernetes, resources.referenceGrants, {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: place,
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace }],
        to: [{ group: '', kind: 'Service', name: service.name }],
      },
    });
  }
}

/** Named rules as a route may have them: each but the last is for a path of its name. Without names, one rule for everything. */
const ruleNamesOf = ({ rules }: ServiceConfiguration['traffic']): { name?: string; path?: string }[] =>
  rules?.map((name, index) => (index === rules.length - 1 ? { name } : { name, path: `/${name}` })) ?? [{}];

function httpRouteOf({ name, traffic, environments }: ServiceConfiguration): KubeObject {
  const { route, host } = traffic;
  const weights = allOn('blue');
  const backendRefs = environmentNames.map((environment) => {
    return { name, namespace: environments[environment].namespace, port: 80, weight: weights[environment] };
  });
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: route.name, namespace: route.namespace },
    spec: {
      parentRefs: [{ name: 'production', namespace: 'istio-system' }],
      hostnames: [host ?? name],
      rules: ruleNamesOf(traffic).map(({ path, ...rule }) => ({
        ...rule,
        ...(path === undefined ? {} : { matches: [{ path: { type: 'PathPrefix', value: path } }] }),
        backendRefs,
      })),
    },
  };
}

/** As docs/alb.md has it. */
function ingressOf({ name, traffic: { route, host, targetGroups } }: ServiceConfiguration): KubeObject {
  const weights = allOn('blue');
  const action = {
    type: 'forward',
    forwardConfig: {
      targetGroups: environmentNames.map((side) => ({ targetGroupARN: targetGroups?.[side], weight: weights[side] })),
    },
  };
  const backend = { service: { name, port: { name: 'use-annotation' } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: route.name,
      namespace: route.namespace,
      annotations: { [`alb.ingress.kubernetes.io/actions.${name}`]: JSON.stringify(action) },
    },
    spec: {
      ingressClassName: 'alb',
      rules: [{ host: host ?? name, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

function virtualServiceOf({ name, traffic, environments }: ServiceConfiguration): KubeObject {
  const weights = allOn('blue');
  const route = environmentNames.map((environment) => ({
    destination: {
      host: `${name}.${environments[environment].namespace}.svc.cluster.local`,
      port: { number: 80 },
    },
    weight: weights[environment],
  }));
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: traffic.route.name, namespace: traffic.route.namespace },
    spec: {
      hosts: [traffic.host ?? name],
      gateways: ['istio-system/production'],
      http: ruleNamesOf(traffic).map(({ path, ...rule }) => ({
        ...rule,
        ...(path === undefined ? {} : { match: [{ uri: { prefix: path } }] }),
        route,
      })),
    },
  };
}

/** A chart is for any side; the one with the traffic has `replicas.min` before Sluice comes. Whether that took a write. */
async function raiseLive(kubernetes: KubeClient, { name, environments, autoscaler, replicas }: ServiceConfiguration) {
  const { namespace } = environments.blue;
  const [type, field, place] = (
    {
      HPA: [resources.autoscalers, 'minReplicas', autoscaler.name],
      ScaledObject: [resources.scaledObjects, 'minReplicaCount', autoscaler.name],
      none: [resources.deployments, 'replicas', name],
    } as const
  )[autoscaler.kind];
  const at = { namespace, name: place };
  const found = await kubernetes.get<{ spec?: Record<string, unknown> }>(type, at).catch((error: unknown) => {
    // Sluice itself says what is missing when it first needs it.
    if (isNotFound(error)) return null;
    throw error;
  });
  if (found === null || Number(found.spec?.[field] ?? 1) >= replicas.min) return false;
  await kubernetes.patch(type, at, { spec: { [field]: replicas.min } });
  return true;
}

const PATIENCE_MS = 60_000;

/** Waits until both environments have the pods that they are to have, so that "ready" of the sandbox means what it says. */
async function allReady(kubernetes: KubeClient, service: ServiceConfiguration, argo: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (const environment of environmentNames) {
    const { namespace, application } = service.environments[environment];
    while (true) {
      const place = { namespace, name: service.name };
      const [deployment, autoscaler] = await Promise.all([
        kubernetes.get<Deployment>(resources.deployments, place).catch(() => null),
        kubernetes
          .get<HorizontalPodAutoscaler>(resources.autoscalers, { namespace, name: service.autoscaler.name })
          .catch(() => null),
      ]);
      const replicas = deployment?.spec.replicas ?? 1;
      // A real autoscaler raises a new Deployment only at its next look, and leaves one of 0 replicas alone.
      const wanted = replicas === 0 ? 0 : Math.max(replicas, autoscaler?.spec.minReplicas ?? 1);
      if ((deployment?.status?.readyReplicas ?? 0) >= wanted) break;
      if (Date.now() > end) {
        const why = await whyNot(kubernetes, { namespace, application: { namespace: argo, name: application } });
        throw new Error(
          `Deployment ${namespace}/${service.name} did not become ready within a minute. ${why ?? '`kubectl describe` tells why.'}`,
        );
      }
      await pause(50);
    }
  }
}

/** What Argo CD or a pod says of it; null where neither says anything. */
async function whyNot(
  kubernetes: KubeClient,
  { namespace, application }: { namespace: string; application: { namespace: string; name: string } },
): Promise<string | null> {
  const found = await kubernetes.get<Application>(resources.applications, application).catch(() => null);
  const { conditions = [], operationState } = found?.status ?? {};
  const failed = operationState?.phase === 'Succeeded' ? undefined : operationState?.message;
  const said = conditions.find(({ type }) => type.endsWith('Error'))?.message ?? failed;
  if (said !== undefined && said !== '') return `Argo CD says of ${application.name}: ${said}`;
  const pods = await kubernetes.list<Pod>(resources.pods, namespace).catch(() => null);
  for (const { metadata, status } of pods?.items ?? []) {
    const waiting = status?.containerStatuses?.find(({ state }) => state.waiting)?.state.waiting;
    if (waiting !== undefined) return `Pod ${metadata.name} waits: ${waiting.reason}. \`kubectl describe\` tells more.`;
  }
  return null;
}
