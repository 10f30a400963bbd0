import { type LiveRoute, RouteNotOurs, routeLabel } from '../../adapters/traffic/traffic-router.ts';
import type { ApiService, ApiServiceEnvironment } from '../../contracts/api/service.ts';
import type { ApiServiceLine } from '../../contracts/api/summary.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { DependencyRefused, NotFound, SluiceError } from '../../contracts/errors.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { sentence } from '../../contracts/words.ts';
import { largerSide, soleEnvironment } from '../../core/traffic/weights.ts';
import { isAlive, isReady, judgeDeployment } from '../../core/workload/readiness.ts';
import { readyForWeight } from '../../core/workload/ready-for-weight.ts';
import { runningRelease } from '../../core/workload/running-release.ts';
import type { ServiceCluster, ViewDeps } from '../ports.ts';
import { seeWorkload } from '../standby/see-workload.ts';

type Read<T> = { readonly value: T } | { readonly why: string };
type Running = Omit<ApiServiceEnvironment, 'weight'>;

/**
 * What the cluster has of a service now (rule 8). Route and environments are read apart, since whoever is on call looks when one of
 * them is gone: what could not be read is null and says why, the rest is shown. Never fails, and takes no longer than one call of
 * the cluster may.
 */
export async function readClusterView(
  deps: ViewDeps,
  service: ServiceConfiguration,
): Promise<Pick<ApiService, 'active' | 'environments' | 'problem'>> {
  const read = <T>(from: (cluster: ServiceCluster) => Promise<T>) => attempt(deps, service, from);
  const [route, blue, green] = await Promise.all([
    read(({ router }) => router.read({ purpose: 'return' })),
    read((cluster) => readEnvironment(cluster, service, 'blue')),
    read((cluster) => readEnvironment(cluster, service, 'green')),
  ]);
  return {
    active: 'value' in route ? activeOn(route.value) : null,
    environments: { blue: withWeight(blue, route, 'blue'), green: withWeight(green, route, 'green') },
    problem: 'why' in route ? route.why : problemOf(route.value, service),
  };
}

/** The least that tells where the traffic is and what it meets: the route, and the Deployment that has the most of it. */
export async function readTrafficView(
  deps: ViewDeps,
  service: ServiceConfiguration,
): Promise<Pick<ApiServiceLine, 'active' | 'version' | 'ready' | 'weights' | 'problem'>> {
  const route = await attempt(deps, service, ({ router }) => router.read({ purpose: 'return' }));
  if ('why' in route) return { active: null, version: null, ready: null, weights: null, problem: route.why };
  const { weights } = route.value;
  const active = activeOn(route.value) ?? largerSide(weights);
  const { namespace } = service.environments[active];
  if (service.mode === 'observe') {
    const behind = await attempt(deps, service, (cluster) => readBackend(cluster, service, active));
    const problem = problemOf(route.value, service);
    const shown = { active, weights: { blue: weights.blue, green: weights.green } };
    return 'why' in behind
      ? { ...shown, version: null, ready: null, problem: problem ?? behind.why }
      : { ...shown, version: behind.value.version, ready: behind.value.ready, problem };
  }
  const read = await attempt(deps, service, ({ workloads }) => workloads.readDeployment(namespace, service.name));
  const { blue, green } = weights;
  const shown = { active, weights: { blue, green } };
  const problem = problemOf(route.value, service);
  if ('why' in read) return { ...shown, version: null, ready: null, problem: problem ?? read.why };
  const running = runningRelease(
    {
      deployment: read.value,
      pods: [],
      injected: service.injectedContainers,
      managers: service.templateManagers,
    },
    service.name,
  );
  return { ...shown, version: running?.version ?? null, ready: read.value?.status?.readyReplicas ?? 0, problem };
}

async function attempt<T>(
  deps: ViewDeps,
  service: ServiceConfiguration,
  from: (cluster: ServiceCluster) => Promise<T>,
): Promise<Read<T>> {
  try {
    return { value: await from(deps.cluster(service)) };
  } catch (error) {
    if (error instanceof SluiceError) return { why: `${error.message}${adviceOn(error, service)}` };
    // A fault of Sluice's own with one service's objects keeps nobody from seeing the other services.
    const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const stack = error instanceof Error ? error.stack : undefined;
    deps.log({ level: 'error', message: `${service.name}: ${cause}`, error: 'InternalError', stack });
    return { why: 'Sluice failed on the answer of the cluster; the log of its API says how.' };
  }
}

/** What to do, where trying again will not help. */
function adviceOn(error: SluiceError, service: ServiceConfiguration): string {
  if (error instanceof NotFound) {
    return ' Sluice does not recreate it: apply it with all the weight on the healthy environment.';
  }
  if (error instanceof RouteNotOurs) return unexpectedShape;
  if (error instanceof DependencyRefused)
    return ` Compare its Roles with what \`sluice cluster-roles ${service.cluster}\` prints.`;
  return ` The traffic continues as the route says; \`sluice break-glass --service ${service.name}\` prints the patch that moves it, for a machine that reaches the cluster.`;
}

/** What keeps deployments away although the traffic is known: a way back goes ahead all the same. */
const problemOf = ({ problem }: LiveRoute, { traffic, mode }: ServiceConfiguration): string | null => {
  // The shape of another pipeline's route is its own affair.
  if (problem === null || mode === 'observe') return null;
  const error = new RouteNotOurs(routeLabel(traffic), problem);
  return `${sentence(error.message)}${unexpectedShape}`;
};

const unexpectedShape =
  ' Sluice deploys nothing until the owner of this route has restored its expected form; a return is still possible.';

const activeOn = ({ weights, fence }: LiveRoute): EnvironmentName | null =>
  soleEnvironment(weights) ?? fence?.origin ?? null;

const withWeight = (
  running: Read<Running>,
  route: Read<LiveRoute>,
  environment: EnvironmentName,
): ApiServiceEnvironment => ({
  ...('value' in running ? running.value : { ...unknown, reason: running.why }),
  weight: 'value' in route ? route.value.weights[environment] : null,
});

const unknown = { version: null, digest: null, ready: null, health: 'unknown' } as const;

async function readEnvironment(
  cluster: ServiceCluster,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<Running> {
  if (service.mode === 'observe') return readBackend(cluster, service, environment);
  const seen = await seeWorkload(cluster, service, environment);
  const running = runningRelease(seen, service.name);
  if (running === null || seen.deployment === null) {
    const { namespace } = service.environments[environment];
    return { version: null, digest: null, ready: 0, health: 'absent', reason: `Nothing is deployed in ${namespace}.` };
  }
  const { version, digest } = running;
  const shown = { version, digest, ready: seen.deployment.status?.readyReplicas ?? 0 };
  const judged =
    digest === null
      ? readyForWeight(seen, { digest: null, needed: 1 })
      : judgeDeployment(seen.deployment, seen.pods, digest, seen);
  switch (judged.kind) {
    case 'ready':
      return { ...shown, health: 'healthy', reason: null };
    case 'progressing':
    case 'waiting':
      return { ...shown, health: 'progressing', reason: judged.reason };
    case 'failed':
      return { ...shown, health: 'degraded', reason: judged.reason };
  }
}

/** What is behind a side that another pipeline fills: it need have no Deployment of the service's name. */
async function readBackend(
  { workloads }: ServiceCluster,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<Running> {
  const { namespace, backend } = service.environments[environment];
  const pods = await workloads.listBackend(namespace, backend);
  const nothing = { version: null, digest: null, ready: 0 };
  if (pods === null) {
    return { ...nothing, health: 'absent', reason: `No Service ${backend} in ${namespace} selects pods.` };
  }
  const ready = pods.filter((pod) => isAlive(pod) && isReady(pod));
  if (ready.length === 0) return { ...nothing, health: 'degraded', reason: `No pod behind ${backend} is ready.` };
  const [version, ...others] = new Set(ready.map(({ metadata }) => metadata?.labels?.['app.kubernetes.io/version']));
  const shown = { version: others.length > 0 ? null : (version ?? null), digest: null, ready: ready.length };
  return { ...shown, health: 'healthy', reason: others.length > 0 ? 'Its pods are of several versions.' : null };
}
