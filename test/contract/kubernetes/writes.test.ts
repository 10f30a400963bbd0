import { beforeAll, describe, expect, it } from 'vitest';
import { deployment, route, startWorld, type World } from './support.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const routes = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';
const applications = '/apis/argoproj.io/v1alpha1/namespaces/default/applications';
const configMaps = '/api/v1/namespaces/default/configmaps';
const merge = 'application/merge-patch+json';

const create = (path: string, body: object) => world.call('POST', path, { body });
const patch = (path: string, body: unknown, type = merge) => world.call('PATCH', path, { body, type });
const metadata = (answer: { body: Record<string, unknown> }) =>
  answer.body.metadata as { generation?: number; resourceVersion: string; name: string; uid: string };

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

  it('a strategic patch of a custom resource is 415', async () => {
    await create(routes, route('strategic', [100, 0]));

    const strategic = await patch(`${routes}/strategic`, {}, 'application/strategic-merge-patch+json');

    expect(strategic.status).toBe(415);
  });

  it('server-side apply creates what is missing and merges into what is there, from YAML too', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: applied }\ndata: { a: "1" }\n';
    const apply = (body: string) =>
      world.call('PATCH', `${configMaps}/applied?fieldManager=test`, { body, type: 'application/apply-patch+yaml' });

    const first = await apply(yaml);
    await patch(`${configMaps}/applied`, { data: { c: '3' } });
    const second = await apply(yaml.replace('a: "1"', 'b: "2"'));

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body.data).toEqual({ b: '2', c: '3' });
  });
});

describe('status and generation', () => {
  it('a Deployment has its status apart: each path leaves the other part alone', async () => {
    const created = await create(deployments, { ...deployment('parts'), status: { replicas: 9 } });
    const viaStatus = await patch(`${deployments}/parts/status`, { spec: { replicas: 7 }, status: { replicas: 2 } });
    const viaMain = await patch(`${deployments}/parts`, { spec: { replicas: 5 }, status: { replicas: 8 } });

    expect(created.body.status).toEqual({});
    expect([viaStatus.body.spec, viaStatus.body.status]).toMatchObject([{ replicas: 1 }, { replicas: 2 }]);
    expect([viaMain.body.spec, viaMain.body.status]).toMatchObject([{ replicas: 5 }, { replicas: 2 }]);
    expect([created, viaStatus, viaMain].map((answer) => metadata(answer).generation)).toEqual([1, 1, 2]);
  });

  it('an Application keeps its status in itself, as Argo CD defines it', async () => {
    await create(applications, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'app' },
      spec: { project: 'production', destination: {} },
    });

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
