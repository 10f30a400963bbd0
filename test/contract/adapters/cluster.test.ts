import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccessReviews } from '../../../adapters/cluster/access-reviews.ts';
import { createClusterAccess } from '../../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient } from '../../../adapters/cluster/kubernetes-client.ts';
import { createWorkloads, type Workloads } from '../../../adapters/cluster/workloads.ts';
import { hours } from '../../../contracts/duration.ts';
import { after, instant } from '../../../contracts/instant.ts';
import { createNamespace } from '../../support/start-kubernetes.ts';
import { type ClusterWorld, startClusterWorld } from './cluster-world.ts';

const namespace = 'production-green';
const name = 'chest-xray-mlops';
const labels = { 'app.kubernetes.io/name': name };

let world: ClusterWorld;
let workloads: Workloads;
beforeAll(async () => {
  world = await startClusterWorld();
  workloads = createWorkloads(world.kubernetes);
  await createNamespace(world.admin, namespace);
});
afterAll(() => world.close());
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
      name: 'DependencyRefused',
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
      name: 'DependencyUnavailable',
      message: expect.stringMatching(/^EKS: DescribeCluster production: .*ECONNREFUSED/),
    });
  });
});

describe('a write', () => {
  it('with a field that the kind does not have is refused, and changes nothing', async () => {
    const routes = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`;
    const route = (spec: object) => ({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'strict' },
      spec: { hosts: ['x.example.com'], ...spec },
    });
    await world.admin.create(routes, route({}));

    const changing = world.kubernetes.mergePatch(`${routes}/strict`, { spec: { hots: ['y'] } });

    await expect(changing).rejects.toMatchObject({
      name: 'DependencyRefused',
      message: expect.stringContaining('unknown field "spec.hots"'),
    });
    await expect(world.kubernetes.create(routes, route({ hots: ['y'] }))).rejects.toMatchObject({ status: 400 });
    expect(await world.admin.get(`${routes}/strict`)).toMatchObject({ spec: { hosts: ['x.example.com'] } });
  });
});

describe('access reviews', () => {
  it('say nothing is missing to whom everything is allowed, whatever the form of the question', async () => {
    const anywhere = { namespace: '', name: '', subresource: '' };
    const rights = [
      { verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale', namespace, name },
      { ...anywhere, verb: 'list', group: 'networking.istio.io', resource: 'virtualservices' },
      { ...anywhere, verb: 'list', group: '', resource: 'pods', namespace },
    ];

    expect(await createAccessReviews(world.kubernetes).missing(rights)).toEqual([]);
  });
});

describe('workloads', () => {
  it('lists the quotas of a namespace', async () => {
    const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'compute' },
      spec: { hard: { pods: '4' } },
    };
    await world.admin.create(quotas, quota);

    const found = await workloads.listQuotas(namespace);
    await world.admin.delete(`${quotas}/compute`);

    expect(found).toEqual([expect.objectContaining({ spec: { hard: { pods: '4' } } })]);
  });

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
        // A real cluster would make pods of its own.
        replicas: 0,
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

  it('finds the pods behind a Service, and none behind one that selects nothing or is not there', async () => {
    const service = (serviceName: string, selector: object) =>
      world.admin.create(`/api/v1/namespaces/${namespace}/services`, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: serviceName },
        spec: { ports: [{ port: 80 }], ...selector },
      });
    await service('app-canary', { selector: labels });
    await service('by-hand', {});

    const found = await workloads.listBackend(namespace, 'app-canary');

    expect(found?.map(({ metadata }) => metadata?.name)).toEqual(['a']);
    expect(await workloads.listBackend(namespace, 'by-hand')).toBeNull();
    expect(await workloads.listBackend(namespace, 'nobody')).toBeNull();
  });
});
