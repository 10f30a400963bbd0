import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deployment, route, startWorld, type World } from './support.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ authenticate: (token) => (token === 'ana' ? { user: 'ana', groups: ['people'] } : null) });
}, 20_000);
afterAll(() => world.close());

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const routes = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';
const applications = '/apis/argoproj.io/v1alpha1/namespaces/default/applications';
const configMaps = '/api/v1/namespaces/default/configmaps';
const merge = 'application/merge-patch+json';

const create = (path: string, body: object) => world.call('POST', path, { body });
const patch = (path: string, body: unknown, type = merge) => world.call('PATCH', path, { body, type });
const metadata = (answer: { body: Record<string, unknown> }) =>
  answer.body.metadata as { generation?: number; resourceVersion: string; name: string; uid: string };

describe('authentication', () => {
  it('refuses a request without a token and one with a wrong token', async () => {
    const none = await world.call('GET', '/api/v1/namespaces', { token: null });
    const wrong = await world.call('GET', '/api/v1/namespaces', { token: 'bert' });

    expect([none.status, wrong.status]).toEqual([401, 401]);
    expect(wrong.body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 });
  });

  it('takes the tokens that are plugged in, and says who that is', async () => {
    const answer = await world.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      token: 'ana',
      body: {},
    });

    expect(answer.body.status).toEqual({ userInfo: { username: 'ana', groups: ['people'] } });
  });

  it('answers to loopback host names only', async () => {
    const answer = await world.call('GET', '/version', { headers: { host: 'rebound.example.com' } });

    expect(answer.status).toBe(403);
  });
});

describe('optimistic concurrency', () => {
  it('of two PUTs that read the same version the second is refused', async () => {
    const read = (await create(routes, route('put', [100, 0]))).body;
    const first = await world.call('PUT', `${routes}/put`, { body: { ...read, spec: { hosts: ['first'] } } });

    const second = await world.call('PUT', `${routes}/put`, { body: { ...read, spec: { hosts: ['second'] } } });

    expect([first.status, second.status]).toEqual([200, 409]);
    expect(second.body).toMatchObject({
      reason: 'Conflict',
      details: { name: 'put', group: 'networking.istio.io', kind: 'virtualservices' },
    });
  });

  it('a PUT of a custom resource without a version is refused, of a built-in kind taken', async () => {
    await create(routes, route('blind', [100, 0]));
    await create(configMaps, { metadata: { name: 'blind' } });

    const custom = await world.call('PUT', `${routes}/blind`, { body: route('blind', [0, 100]) });
    const builtIn = await world.call('PUT', `${configMaps}/blind`, {
      body: { metadata: { name: 'blind' }, data: { a: 'b' } },
    });

    expect([custom.status, builtIn.status]).toEqual([422, 200]);
  });

  it('a merge patch with another resourceVersion changes nothing', async () => {
    await create(routes, route('fenced', [100, 0]));

    const answer = await patch(`${routes}/fenced`, { metadata: { resourceVersion: '1' }, spec: { hosts: [] } });

    expect(answer.status).toBe(409);
    expect((await world.call('GET', `${routes}/fenced`)).body.spec).toEqual(route('fenced', [100, 0]).spec);
  });

  it('many patches at once all count', async () => {
    await create(configMaps, { metadata: { name: 'counted' } });

    await Promise.all(
      Array.from({ length: 30 }, (_, index) => patch(`${configMaps}/counted`, { data: { [`key-${index}`]: 'x' } })),
    );

    const { body } = await world.call('GET', `${configMaps}/counted`);
    expect(Object.keys(body.data as object)).toHaveLength(30);
  });

  it('a patch that changes nothing makes no new version', async () => {
    const before = metadata(await create(routes, route('same', [100, 0])));

    const after = metadata(await patch(`${routes}/same`, { spec: { hosts: route('same', [100, 0]).spec.hosts } }));

    expect(after.resourceVersion).toBe(before.resourceVersion);
  });
});

describe('patch types', () => {
  it('a failed test of a JSON patch is 422 and none of its operations happen', async () => {
    await create(routes, route('json', [100, 0]));
    const operations = [
      { op: 'replace', path: '/spec/hosts/0', value: 'changed' },
      { op: 'test', path: '/metadata/resourceVersion', value: '1' },
    ];

    const answer = await patch(`${routes}/json`, operations, 'application/json-patch+json');

    expect([answer.status, answer.body.reason]).toEqual([422, 'Invalid']);
    expect((await world.call('GET', `${routes}/json`)).body.spec).toEqual(route('json', [100, 0]).spec);
  });

  it('a strategic patch of a custom resource is 415, and so is a protobuf body', async () => {
    await create(routes, route('strategic', [100, 0]));

    const strategic = await patch(`${routes}/strategic`, {}, 'application/strategic-merge-patch+json');
    const protobuf = await world.call('POST', configMaps, {
      body: 'k8s\0',
      type: 'application/vnd.kubernetes.protobuf',
    });

    expect([strategic.status, protobuf.status]).toEqual([415, 415]);
  });

  it('server-side apply creates what is missing and merges into what is there, from YAML too', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: applied }\ndata: { a: "1" }\n';
    const apply = (body: string) =>
      world.call('PATCH', `${configMaps}/applied?fieldManager=test`, { body, type: 'application/apply-patch+yaml' });

    const first = await apply(yaml);
    const second = await apply(yaml.replace('a: "1"', 'b: "2"'));

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body.data).toEqual({ a: '1', b: '2' });
  });
});

describe('status and generation', () => {
  it('a Deployment has its status apart: each path leaves the other part alone', async () => {
    const created = await create(deployments, { ...deployment('parts'), status: { replicas: 9 } });
    const viaStatus = await patch(`${deployments}/parts/status`, { spec: { replicas: 7 }, status: { replicas: 2 } });
    const viaMain = await patch(`${deployments}/parts`, { spec: { replicas: 5 }, status: { replicas: 8 } });

    expect(created.body.status).toBeUndefined();
    expect([viaStatus.body.spec, viaStatus.body.status]).toMatchObject([{ replicas: 1 }, { replicas: 2 }]);
    expect([viaMain.body.spec, viaMain.body.status]).toMatchObject([{ replicas: 5 }, { replicas: 2 }]);
    expect([created, viaStatus, viaMain].map((answer) => metadata(answer).generation)).toEqual([1, 1, 2]);
  });

  it('an Application keeps its status in itself, as Argo CD defines it', async () => {
    await create(applications, { metadata: { name: 'app' }, spec: { project: 'production' } });

    const written = await patch(`${applications}/app`, { status: { sync: { status: 'Synced' } } });
    const viaStatus = await patch(`${applications}/app/status`, { status: {} });

    expect(written.body.status).toEqual({ sync: { status: 'Synced' } });
    expect(viaStatus.status).toBe(404);
  });

  it('labels and annotations do not raise the generation', async () => {
    await create(routes, route('annotated', [100, 0]));

    const answer = await patch(`${routes}/annotated`, { metadata: { annotations: { 'sluice.dev/fence': '{}' } } });

    expect(metadata(answer).generation).toBe(1);
  });

  it('scale reads and writes the replicas alone', async () => {
    await create(deployments, deployment('scaled'));

    const answer = await patch(`${deployments}/scaled/scale`, { spec: { replicas: 4 } });

    expect(answer.body).toMatchObject({ kind: 'Scale', spec: { replicas: 4 }, status: { selector: 'app=scaled' } });
    expect((await world.call('GET', `${deployments}/scaled`)).body.spec).toMatchObject({
      replicas: 4,
      selector: { matchLabels: { app: 'scaled' } },
    });
  });
});

describe('what is refused', () => {
  it.each([
    ['a name that is taken', configMaps, { metadata: { name: 'twice' } }, 409, 'AlreadyExists'],
    [
      'a namespace that is not there',
      '/api/v1/namespaces/nowhere/configmaps',
      { metadata: { name: 'x' } },
      404,
      'NotFound',
    ],
    [
      'an object of another kind',
      configMaps,
      { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'x' } },
      400,
      'BadRequest',
    ],
    ['a name that is no DNS name', configMaps, { metadata: { name: 'Not_valid' } }, 422, 'Invalid'],
    ['no name', configMaps, { metadata: {} }, 422, 'Invalid'],
    ['a label that is no string', configMaps, { metadata: { name: 'x', labels: { a: 1 } } }, 400, 'BadRequest'],
    [
      'another namespace than the path says',
      configMaps,
      { metadata: { name: 'x', namespace: 'other' } },
      400,
      'BadRequest',
    ],
    [
      'fewer replicas at most than at least',
      '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
      { metadata: { name: 'x' }, spec: { minReplicas: 4, maxReplicas: 3 } },
      422,
      'Invalid',
    ],
  ])('%s', async (_what, path, body, status, reason) => {
    await create(configMaps, { metadata: { name: 'twice' } });

    const answer = await create(path, body);

    expect([answer.status, answer.body.reason]).toEqual([status, reason]);
  });

  it('an unknown kind, version or path', async () => {
    const paths = [
      '/apis/example.com/v1/things',
      '/apis/apps/v1beta1/deployments',
      '/apis/apps/v1/deployments/too/many/parts/here',
      '/nothing',
    ];

    const answers = await Promise.all(paths.map((path) => world.call('GET', path)));

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  });

  it('bad JSON', async () => {
    expect((await world.call('POST', configMaps, { body: '{"metadata":' })).status).toBe(400);
  });
});

describe('reading', () => {
  it('serves one storage under every version of a group', async () => {
    await create('/apis/networking.istio.io/v1beta1/namespaces/default/virtualservices', {
      ...route('old', [100, 0]),
      apiVersion: 'networking.istio.io/v1beta1',
    });

    const answer = await world.call('GET', `${routes}/old`);

    expect(answer.body.apiVersion).toBe('networking.istio.io/v1');
  });

  it('selects by labels and fields', async () => {
    await create(deployments, deployment('chosen'));

    const byLabel = await world.call('GET', '/apis/apps/v1/deployments?labelSelector=app%20in%20(chosen,none)');
    const byField = await world.call(
      'GET',
      '/apis/apps/v1/deployments?fieldSelector=metadata.name%3Dchosen,metadata.namespace%3Ddefault',
    );
    const none = await world.call(
      'GET',
      '/apis/apps/v1/deployments?labelSelector=app%3Dchosen&fieldSelector=metadata.name!%3Dchosen',
    );

    const names = [byLabel, byField, none].map(({ body }) =>
      (body.items as { metadata: { name: string } }[]).map((item) => item.metadata.name),
    );
    expect(names).toEqual([['chosen'], ['chosen'], []]);
  });

  it('gives metadata alone to who asks for that', async () => {
    await create(deployments, deployment('partial'));

    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
    const { body } = await world.call('GET', `${deployments}/partial`, { accept });

    expect(body).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'partial' } });
    expect(body.spec).toBeUndefined();
  });
});
