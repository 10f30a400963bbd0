import { beforeAll, describe, expect, it } from 'vitest';
import { deployment, route, startWorld, type World } from './support.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ authenticate: (token) => (token === 'ana' ? { user: 'ana', groups: ['people'] } : null) });
});

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const routes = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';
const configMaps = '/api/v1/namespaces/default/configmaps';
const create = (path: string, body: object) => world.call('POST', path, { body });

describe('authentication', () => {
  it('knows nobody by a wrong token, and lets nobody in without one', async () => {
    const none = await world.call('GET', '/api/v1/namespaces', { token: null });
    const wrong = await world.call('GET', '/api/v1/namespaces', { token: 'bert' });

    expect([none.status, wrong.status]).toEqual([403, 401]);
    expect(wrong.body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 });
  });

  it('takes the tokens that are plugged in, and says who that is', async () => {
    const answer = await world.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      token: 'ana',
      body: {},
    });

    expect(answer.body.status).toEqual({ userInfo: { username: 'ana', groups: ['people', 'system:authenticated'] } });
  });

  it('answers to loopback host names only', async () => {
    const answer = await world.call('GET', '/version', { headers: { host: 'rebound.example.com' } });

    expect(answer.status).toBe(403);
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
