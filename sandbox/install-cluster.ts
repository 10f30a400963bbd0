import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Configuration } from '../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../contracts/configuration/service.ts';
import { allOn, type EnvironmentName, environmentNames } from '../contracts/names.ts';
import { type RoleManifest, rolesIn } from '../core/cluster/roles.ts';
import { clusterName } from './installation.ts';
import {
  type Cluster,
  createKubeClient,
  isConflict,
  isNotFound,
  type KubeClient,
} from './kubernetes/controllers/kube-client.ts';
import type { Deployment, HorizontalPodAutoscaler, KubeObject } from './kubernetes/controllers/objects.ts';
import { type ResourceType, resources } from './kubernetes/controllers/resources.ts';

const argocd = join(import.meta.dirname, '..', 'argocd');

/** What an operator applies once to a cluster before Sluice can work on it; here, what `npm start` applies to an empty one. */
export async function installCluster(
  cluster: Cluster,
  configuration: Configuration,
  headOf: (environment: EnvironmentName) => Promise<string>,
): Promise<void> {
  const [service] = configuration.services;
  if (service === undefined) throw new Error('the configuration has no service');
  const kubernetes = createKubeClient(cluster);
  try {
    const { route } = service.traffic;
    const namespaces = [
      'argocd',
      route.namespace,
      ...environmentNames.map((name) => service.environments[name].namespace),
    ];
    await Promise.all(
      namespaces.map((name) =>
        ensure(kubernetes, resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
      ),
    );
    await Promise.all(rolesIn(configuration, clusterName, 'sluice').map((role) => applyRole(kubernetes, role)));
    await ensure(kubernetes, resources.appProjects, withoutHolidays(await manifest('projects/production.yaml')));
    const hasMonitors = await isServed(kubernetes, resources.serviceMonitors);
    for (const environment of environmentNames) {
      const manifested = await manifest(`applications/production-${environment}.yaml`);
      const application = valuesFor(service, manifested, { hasMonitors });
      const made = await ensure(kubernetes, resources.applications, application);
      if (made === 'created') await startFirstSync(kubernetes, application, await headOf(environment));
    }
    await ensure(kubernetes, resources.virtualServices, routeOf(service));
    await allReady(kubernetes, service);
  } finally {
    kubernetes.close();
  }
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

/** What is tried here heals on any day. */
function withoutHolidays(project: KubeObject): KubeObject {
  // The project's own manifest has sync windows.
  const spec = project.spec as { syncWindows: readonly { kind: string }[] };
  return { ...project, spec: { ...spec, syncWindows: spec.syncWindows.filter(({ kind }) => kind === 'allow') } };
}

/** The chart scales by what the configuration says, and is monitored where there is somebody to do it; the manifest is the one for an HPA. */
function valuesFor(
  { autoscaler: { kind } }: ServiceConfiguration,
  application: KubeObject,
  { hasMonitors }: { readonly hasMonitors: boolean },
): KubeObject {
  const parameters = [
    ...(kind === 'HPA' ? [] : [{ name: 'autoscaling.kind', value: kind }]),
    ...(hasMonitors ? [] : [{ name: 'metrics.serviceMonitor', value: 'false' }]),
  ];
  if (parameters.length === 0) return application;
  // The project's own manifest has a source with Helm.
  const spec = application.spec as { source: { helm: object } };
  const helm = { ...spec.source.helm, parameters };
  return { ...application, spec: { ...spec, source: { ...spec.source, helm } } };
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
function routeOf({ name, traffic: { route, host }, environments }: ServiceConfiguration): KubeObject {
  const weights = allOn('blue');
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: route.name, namespace: route.namespace },
    spec: {
      hosts: [host ?? name],
      gateways: ['istio-system/production'],
      http: [
        {
          route: environmentNames.map((environment) => ({
            destination: {
              host: `${name}.${environments[environment].namespace}.svc.cluster.local`,
              port: { number: 80 },
            },
            weight: weights[environment],
          })),
        },
      ],
    },
  };
}

const PATIENCE_MS = 60_000;

/** Waits until both environments have the pods that they are to have, so that "ready" of the sandbox means what it says. */
async function allReady(kubernetes: KubeClient, service: ServiceConfiguration): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (const environment of environmentNames) {
    const { namespace } = service.environments[environment];
    while (true) {
      const place = { namespace, name: service.name };
      const [deployment, autoscaler] = await Promise.all([
        kubernetes.get<Deployment>(resources.deployments, place).catch(() => null),
        kubernetes.get<HorizontalPodAutoscaler>(resources.autoscalers, place).catch(() => null),
      ]);
      const replicas = deployment?.spec.replicas ?? 1;
      // A real autoscaler raises a new Deployment only at its next look, and leaves one of 0 replicas alone.
      const wanted = replicas === 0 ? 0 : Math.max(replicas, autoscaler?.spec.minReplicas ?? 1);
      if ((deployment?.status?.readyReplicas ?? 0) >= wanted) break;
      if (Date.now() > end) {
        throw new Error(
          `${namespace}/${service.name} did not become ready within a minute. \`kubectl describe\` tells why.`,
        );
      }
      await pause(50);
    }
  }
}
