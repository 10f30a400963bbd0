import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoad } from '../../../sandbox/app/load.ts';
import type {
  Deployment,
  EndpointSlice,
  HorizontalPodAutoscaler,
  KubeObject,
  Pod,
} from '../../../sandbox/kubernetes/controllers/objects.ts';
import { conditionOf, isReady } from '../../../sandbox/kubernetes/controllers/pod-state.ts';
import { resources } from '../../../sandbox/kubernetes/controllers/resources.ts';
import { patienceMs, until } from '../../support/until.ts';
import { request } from '../../unit/sandbox/router/request.ts';
import { autoscaler, deployment, digest, route, routeSpec, service } from './manifests.ts';
import { startWorld, type World } from './world.ts';

describe('workloads and routes', () => {
  let world: World;
  const place = (namespace: string, name: string) => ({ namespace, name });
  const hostOf = (name: string) => `${name}.example.com`;
  const predict = (name: string, endpoint = world.router.endpoint) =>
    request(`${endpoint}/predict`, { method: 'POST', headers: { host: hostOf(name) }, body: 'an image' });
  const podsOf = (namespace: string, name: string, pods: Pod[]): Pod[] =>
    pods.filter(({ metadata }) => metadata.namespace === namespace && metadata.name.startsWith(`${name}-`));
  const available = (namespace: string, name: string, count: number, updated = count) =>
    world.until<Deployment>(
      resources.deployments,
      `${namespace}/${name}`,
      ({ metadata, spec, status }) =>
        spec.replicas === count &&
        status?.observedGeneration === metadata.generation &&
        status?.replicas === count &&
        status.updatedReplicas === updated &&
        status.availableReplicas === count,
    );
  /** A service with pods in both environments, blue live. */
  const install = async (name: string, min: number): Promise<void> => {
    for (const environment of ['blue', 'green']) {
      const namespace = `production-${environment}`;
      await world.client.create(resources.services, service(namespace, name));
      await world.client.create(resources.autoscalers, autoscaler(namespace, name, min));
      await world.client.create(
        resources.deployments,
        deployment(namespace, name, environment === 'blue' ? `v1-${name}` : `v2-${name}`),
      );
    }
    await world.client.create(resources.virtualServices, route(name, { blue: 100, green: 0 }));
    await Promise.all([available('production-blue', name, min), available('production-green', name, min)]);
    await world.untilAll<EndpointSlice>(
      resources.endpointSlices,
      (slices) => readySlices(slices, name).length === 2 * min,
    );
  };
  const shift = (name: string, weights: { blue: number; green: number }) =>
    world.client.patch(resources.virtualServices, place('production', name), { spec: routeSpec(name, weights) });

  beforeAll(async () => {
    world = await startWorld({ run: ['kubelet', 'workloads', 'route'] });
  });
  afterAll(() => world.close());

  it('a Deployment without replicas gets its autoscaler’s minimum, and its pods answer through the route', async () => {
    await install('alpha', 2);

    const pods = podsOf('production-blue', 'alpha', await world.untilAll<Pod>(resources.pods, () => true));
    const answer = await predict('alpha');

    expect(pods).toHaveLength(2);
    expect(pods.every(isReady)).toBe(true);
    expect(pods[0]?.status?.containerStatuses?.[0]?.imageID).toContain(digest);
    expect(answer).toMatchObject({ status: 200, headers: { 'x-environment': 'blue', 'x-version': 'v1-alpha' } });
  });

  it('traffic follows a new weight', async () => {
    await install('beta', 1);

    await shift('beta', { blue: 0, green: 100 });

    const answered = async () => (await predict('beta')).headers['x-environment'] === 'green';
    await until('green answers', patienceMs, answered, 5);
    expect((await predict('beta')).headers['x-version']).toBe('v2-beta');
  });

  it('a rolling update, scaling and shifting under load lose no request', async () => {
    await install('gamma', 2);
    const load = startLoad({ trafficEndpoint: world.router.endpoint, host: hostOf('gamma'), ratePerSecond: 50 });
    const blue = place('production-blue', 'gamma');

    await world.client.patch(resources.autoscalers, blue, { spec: { minReplicas: 5 } });
    await available('production-blue', 'gamma', 5);
    const { spec } = deployment('production-blue', 'gamma', 'v3-gamma');
    await world.client.patch(resources.deployments, blue, { spec: { template: spec.template } });
    await world.untilAll<Pod>(resources.pods, (all) => {
      const pods = podsOf('production-blue', 'gamma', all);
      return (
        pods.length === 5 && pods.every((pod) => pod.metadata.labels?.['app.kubernetes.io/version'] === 'v3-gamma')
      );
    });
    await shift('gamma', { blue: 50, green: 50 });
    await shift('gamma', { blue: 0, green: 100 });
    await world.client.patch(resources.autoscalers, blue, { spec: { minReplicas: 1 } });
    await world.untilAll<Pod>(resources.pods, (all) => podsOf('production-blue', 'gamma', all).length === 1);
    await load.close();

    const { sent, failed, lastFailures, byVersion } = load.stats();
    expect(lastFailures).toEqual([]);
    expect(failed).toBe(0);
    expect(Object.values(byVersion).reduce((sum, count) => sum + count, 0)).toBe(sent);
    expect(Object.keys(byVersion).sort()).toEqual(['v1-gamma', 'v2-gamma', 'v3-gamma']);
  });

  it('a version that is not healthy stops the rollout, which exceeds its deadline while the old pods serve', async () => {
    await install('delta', 1);
    world.faults().set({ version: 'v3-delta', unhealthy: true });
    const { spec } = deployment('production-blue', 'delta', 'v3-delta');

    await world.client.patch(resources.deployments, place('production-blue', 'delta'), {
      spec: { template: spec.template, progressDeadlineSeconds: 1 },
    });
    const stuck = await world.until<Deployment>(
      resources.deployments,
      'production-blue/delta',
      ({ status }) => conditionOf(status?.conditions, 'Progressing')?.status === 'False',
    );

    expect(conditionOf(stuck.status?.conditions, 'Progressing')?.reason).toBe('ProgressDeadlineExceeded');
    expect(stuck.status).toMatchObject({ replicas: 2, updatedReplicas: 1, availableReplicas: 1 });
    expect((await predict('delta')).headers['x-version']).toBe('v1-delta');
  });

  it('a live version that turns unhealthy loses its endpoints, and gets them back when it has recovered', async () => {
    await install('epsilon', 1);
    const endpoints = (count: number) =>
      world.untilAll<EndpointSlice>(resources.endpointSlices, (all) => readySlices(all, 'epsilon').length === count);

    world.faults().set({ version: 'v1-epsilon', unhealthy: true });
    await endpoints(1);
    const whileUnhealthy = await once(() => predict('epsilon'), 503);
    world.faults().set({ version: 'v1-epsilon', unhealthy: false });
    await endpoints(2);

    expect(whileUnhealthy.body).toBe('no healthy upstream');
    expect((await once(() => predict('epsilon'), 200)).status).toBe(200);
  });

  it('a version that crashes is in a crash loop, and is ready again once it has stopped crashing', async () => {
    await install('lambda', 1);
    const inPod = (fits: (pod: Pod) => boolean) =>
      world.untilAll<Pod>(resources.pods, (all) => podsOf('production-blue', 'lambda', all).some(fits));

    world.faults().set({ version: 'v1-lambda', crashing: true });
    await inPod(({ status }) => {
      const [container] = status?.containerStatuses ?? [];
      return (
        status?.phase === 'Running' &&
        container?.restartCount === 2 &&
        container.state.waiting?.reason === 'CrashLoopBackOff' &&
        container.lastState?.terminated?.exitCode === 1
      );
    });
    world.faults().set({ version: 'v1-lambda', crashing: false });

    await inPod((pod) => isReady(pod) && (pod.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2);
    expect((await once(() => predict('lambda'), 200)).status).toBe(200);
  });

  it('a deleted pod is replaced, and a deleted Deployment leaves nothing behind', async () => {
    await install('zeta', 1);
    const [pod] = podsOf('production-blue', 'zeta', await world.untilAll<Pod>(resources.pods, () => true));

    await world.client.remove(resources.pods, { namespace: 'production-blue', name: pod?.metadata.name ?? '' });
    await world.untilGone(resources.pods, `production-blue/${pod?.metadata.name}`);
    await available('production-blue', 'zeta', 1);
    await world.client.remove(resources.deployments, place('production-blue', 'zeta'));

    await world.untilAll<Pod>(resources.pods, (all) => podsOf('production-blue', 'zeta', all).length === 0);
    const left = (objects: KubeObject[]): boolean =>
      !objects.some(({ metadata }) => metadata.namespace === 'production-blue' && metadata.name.startsWith('zeta-'));
    await world.untilAll(resources.replicaSets, left);
  });

  it('Deployments that are deleted while they are rolled out leave nothing behind', async () => {
    const names = Array.from({ length: 10 }, (_, at) => `brief-${at}`);
    for (const name of names) {
      const { spec, ...wanted } = deployment('production-blue', name, 'v1-brief');
      await world.client.create(resources.deployments, { ...wanted, spec: { ...spec, replicas: 1 } });
      await world.untilAll(resources.replicaSets, (all) => all.some(({ metadata }) => metadata.name.startsWith(name)));
      await world.client.remove(resources.deployments, place('production-blue', name));
    }

    const gone = (all: KubeObject[]) => !all.some(({ metadata }) => metadata.name.startsWith('brief-'));
    await world.untilAll(resources.replicaSets, gone);
    await world.untilAll(resources.pods, gone);
  });

  it('an autoscaler leaves a Deployment at zero alone, as in Kubernetes', async () => {
    await install('eta', 1);

    const at = { ...place('production-green', 'eta'), subresource: 'scale' } as const;
    await world.client.patch(resources.deployments, at, { spec: { replicas: 0 } });
    const disabled = await world.until<HorizontalPodAutoscaler>(
      resources.autoscalers,
      'production-green/eta',
      ({ status }) => conditionOf(status?.conditions, 'ScalingActive')?.status === 'False',
    );

    expect(conditionOf(disabled.status?.conditions, 'ScalingActive')?.reason).toBe('ScalingDisabled');
    await world.untilAll<Pod>(resources.pods, (all) => podsOf('production-green', 'eta', all).length === 0);
  });

  it('after a restart the same pods answer again', async () => {
    await install('theta', 2);
    const names = async (): Promise<string[]> =>
      podsOf('production-blue', 'theta', await world.untilAll<Pod>(resources.pods, () => true))
        .map(({ metadata }) => metadata.name)
        .sort();
    const before = await names();

    await world.restart();

    expect((await predict('theta')).status).toBe(200);
    expect((await predict('theta', world.router.previewEndpoints.blue)).headers['x-version']).toMatch(/^v/);
    expect(await names()).toEqual(before);
  });

  it('none of this was an error to a controller', () => {
    expect(world.errors).toEqual([]);
  });
});

const readySlices = (slices: EndpointSlice[], name: string): EndpointSlice[] =>
  slices.filter(
    ({ metadata, endpoints }) =>
      metadata.labels?.['kubernetes.io/service-name'] === name && endpoints?.[0]?.conditions?.ready === true,
  );

/** Asks until the answer has this status; the last of a hundred answers if it never has. */
async function once<A extends { status: number }>(ask: () => Promise<A>, status: number): Promise<A> {
  let answer = await ask();
  for (let i = 0; i < 100 && answer.status !== status; i += 1) answer = await ask();
  return answer;
}
