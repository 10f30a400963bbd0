import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { createClusterAccess } from '../../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient } from '../../../adapters/cluster/kubernetes-client.ts';
import { createWorkloads, type Workloads } from '../../../adapters/cluster/workloads.ts';
import { hours } from '../../../contracts/duration.ts';
import { after, instant } from '../../../contracts/instant.ts';
import { type ClusterWorld, startClusterWorld } from './cluster-world.ts';

const namespace = 'production-green';
const name = 'chest-xray-mlops';
const autoscaler = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
const labels = { 'app.kubernetes.io/name': name };

let world: ClusterWorld;
let workloads: Workloads;
beforeAll(async () => {
  world = await startClusterWorld();
  workloads = createWorkloads(world.kubernetes);
  await world.admin.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
});
beforeEach(async () => {
  await world.admin.delete(`${autoscaler}/${name}`);
  await world.admin.create(autoscaler, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas: 1, maxReplicas: 10 },
  });
});

describe('cluster access', () => {
  it('enters by an AWS identity, and nobody else does', async () => {
    const options = { region: 'us-east-1', endpoint: world.eks, now: () => world.clock.now };
    const credentials = { accessKeyId: 'AKIAACT', secretAccessKey: 'guessed' };
    const stranger = createKubernetesClient(
      createClusterAccess({ ...options, clusterName: 'production', credentials }),
    );
    const nowhere = createClusterAccess({ ...options, clusterName: 'elsewhere', credentials });

    expect(await world.kubernetes.get(`/api/v1/namespaces/${namespace}`)).toMatchObject({
      metadata: { name: namespace },
    });
    await expect(stranger.get(`/api/v1/namespaces/${namespace}`)).rejects.toMatchObject({ status: 401 });
    await expect(nowhere.address()).rejects.toMatchObject({
      name: 'NeighbourRefused',
      message: expect.stringContaining('EKS: DescribeCluster elsewhere: ResourceNotFoundException'),
    });
    await stranger.close();
  });

  it('keeps the address that it knows when EKS does not answer: a rescue does not wait for it (rule 6)', async () => {
    const own = await startClusterWorld();
    await own.kubernetes.get('/version');
    await own.stopEks();

    own.clock.now = after(own.clock.now, hours(2));

    expect(await own.kubernetes.get('/version')).toMatchObject({ major: '1' });
    expect(await own.kubernetes.get('/version')).toMatchObject({ major: '1' });
    await own.close();
  });

  it('goes where the address that was written down leads, and asks no EKS (rule 6)', async () => {
    const own = await startClusterWorld();
    const address = await own.access.address();
    await own.stopEks();
    const rescuer = createKubernetesClient(createClusterAccess({ ...own.accessOptions, address }));

    expect(await rescuer.get('/version')).toMatchObject({ major: '1' });

    await rescuer.close();
    await own.close();
  });

  it.each([
    ['leads nowhere', { endpoint: 'https://127.0.0.1:9' }],
    ['has the certificate of somebody else', { ca: null }],
  ])('asks EKS when the address that was written down %s', async (_, wrong) => {
    const address = { ...(await world.access.address()), ...wrong };
    const client = createKubernetesClient(createClusterAccess({ ...world.accessOptions, address }));

    expect(await client.get('/version')).toMatchObject({ major: '1' });

    await client.close();
  });

  it('says that EKS does not answer', async () => {
    const access = createClusterAccess({
      clusterName: 'production',
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'AKIAACT', secretAccessKey: 'act-secret' },
      now: () => instant(0),
    });

    await expect(access.address()).rejects.toMatchObject({
      name: 'NeighbourUnavailable',
      message: expect.stringMatching(/^EKS: DescribeCluster production: .*ECONNREFUSED/),
    });
  });
});

describe('workloads', () => {
  it('reads a Deployment and the pods of a selector', async () => {
    const pod = (podName: string, podLabels: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: podName, labels: podLabels },
      spec: { containers: [{ name: 'app', image: 'x' }] },
    });
    await world.admin.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'x' }] } },
      },
    });
    await world.admin.create(`/api/v1/namespaces/${namespace}/pods`, pod('a', labels));
    await world.admin.create(`/api/v1/namespaces/${namespace}/pods`, pod('b', { app: 'other' }));

    expect((await workloads.readDeployment(namespace, name))?.metadata?.generation).toBe(1);
    expect(await workloads.readDeployment(namespace, 'nobody')).toBeNull();
    expect((await workloads.listPods(namespace, labels)).map(({ metadata }) => metadata?.name)).toEqual(['a']);
  });
});

describe('setMinimumReplicas', () => {
  const read = () => world.admin.get<V2HorizontalPodAutoscaler>(`${autoscaler}/${name}`);
  const fence = (epoch: number, operation = 'op') => ({ epoch, operation });

  it('sets the minimum and leaves its fence', async () => {
    const outcome = await workloads.setMinimumReplicas(namespace, name, 4, fence(3));

    expect(outcome).toEqual({ kind: 'set', before: 1, minimum: 4, maximum: 10 });
    expect(await read()).toMatchObject({
      metadata: { annotations: { 'sluice.dev/fence': '{"epoch":3,"operation":"op","minimum":4}' } },
      spec: { minReplicas: 4, maxReplicas: 10 },
    });
  });

  it('changes nothing the second time (I10)', async () => {
    await workloads.setMinimumReplicas(namespace, name, 4, fence(3));
    const before = await read();

    expect(await workloads.setMinimumReplicas(namespace, name, 4, fence(3))).toMatchObject({ kind: 'unchanged' });
    expect(await read()).toEqual(before);
  });

  it('raises the fence also when the minimum is already right, so that older holders are out (I12)', async () => {
    await workloads.setMinimumReplicas(namespace, name, 4, fence(3, 'deployment'));
    await workloads.setMinimumReplicas(namespace, name, 4, fence(4, 'rollback'));

    const late = workloads.setMinimumReplicas(namespace, name, 1, fence(3, 'deployment'));

    await expect(late).rejects.toMatchObject({ name: 'StaleHolder', epoch: 4 });
    expect((await read())?.spec?.minReplicas).toBe(4);
  });

  it('keeps its promise while others write the same object', async () => {
    const status = `${autoscaler}/${name}/status`;
    const others = Array.from({ length: 3 }, (_, count) =>
      world.admin.mergePatch(status, { status: { currentReplicas: count, desiredReplicas: count } }),
    );

    const [outcome] = await Promise.all([workloads.setMinimumReplicas(namespace, name, 2, fence(5)), ...others]);

    expect(outcome).toMatchObject({ kind: 'set', minimum: 2 });
    expect((await read())?.spec?.minReplicas).toBe(2);
  });

  it('never goes beyond what the autoscaler may start', async () => {
    const outcome = workloads.setMinimumReplicas(namespace, name, 11, fence(6));

    await expect(outcome).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('maxReplicas (10)'),
    });
    expect((await read())?.spec?.minReplicas).toBe(1);
  });

  it('says that there is no autoscaler', async () => {
    const outcome = workloads.setMinimumReplicas(namespace, 'nobody', 2, fence(1));

    await expect(outcome).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('takes a damaged fence over: the lock says who may', async () => {
    await world.admin.mergePatch(`${autoscaler}/${name}`, {
      metadata: { annotations: { 'sluice.dev/fence': '{oops' } },
    });

    expect(await workloads.setMinimumReplicas(namespace, name, 3, fence(2))).toMatchObject({ kind: 'set' });
  });
});
