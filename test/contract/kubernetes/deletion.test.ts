import { beforeAll, describe, expect, it } from 'vitest';
import { deployment, startWorld, type World } from './support.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

const configMaps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const pods = '/api/v1/namespaces/default/pods';
const merge = 'application/merge-patch+json';

const create = (path: string, body: object) => world.call('POST', path, { body });
const uidOf = ({ body }: { body: Record<string, unknown> }) => (body.metadata as { uid: string }).uid;
const owned = (name: string, ...uids: string[]) => ({
  metadata: {
    name,
    ownerReferences: uids.map((uid) => ({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'owner', uid })),
  },
});

/** Resolves once the object is gone, by a watch. */
async function gone(path: string, name: string): Promise<void> {
  const watch = await world.watch(`${path}?watch=true&fieldSelector=metadata.name%3D${name}`);
  if ((await world.call('GET', `${path}/${name}`)).status !== 404) {
    while ((await watch.next()).type !== 'DELETED');
  }
  watch.close();
}

describe('deletion', () => {
  it('answers with what was deleted, and again with 404', async () => {
    const uid = uidOf(await create(configMaps, { metadata: { name: 'plain' } }));

    const first = await world.call('DELETE', `${configMaps}/plain`);
    const second = await world.call('DELETE', `${configMaps}/plain`);

    expect(first.body).toMatchObject({ status: 'Success', details: { name: 'plain', kind: 'configmaps', uid } });
    expect(second.status).toBe(404);
  });

  it('of another object by the same name is refused by a uid precondition', async () => {
    await create(configMaps, { metadata: { name: 'precious' } });

    const answer = await world.call('DELETE', `${configMaps}/precious`, { body: { preconditions: { uid: 'other' } } });

    expect(answer.status).toBe(409);
  });

  it('takes dependents along, theirs too, but not one that has another owner left', async () => {
    const owner = uidOf(await create(deployments, deployment('owner')));
    const other = uidOf(await create(deployments, deployment('other')));
    const child = uidOf(await create(configMaps, owned('child', owner)));
    await create(configMaps, owned('grandchild', child));
    await create(configMaps, owned('shared', owner, other));

    await world.call('DELETE', `${deployments}/owner`);

    await gone(configMaps, 'grandchild');
    expect((await world.call('GET', `${configMaps}/child`)).status).toBe(404);
    expect((await world.call('GET', `${configMaps}/shared`)).status).toBe(200);
  });

  it('orphans the dependents when asked to', async () => {
    const owner = uidOf(await create(deployments, deployment('parent')));
    await create(configMaps, owned('orphan', owner));

    await world.call('DELETE', `${deployments}/parent?propagationPolicy=Orphan`);

    await gone(deployments, 'parent');
    const { body } = await world.call('GET', `${configMaps}/orphan`);
    expect((body.metadata as { ownerReferences?: unknown[] }).ownerReferences ?? []).toEqual([]);
  });

  it('collects an object that names an owner who is gone', async () => {
    await create(configMaps, owned('late', 'never-was'));

    await gone(configMaps, 'late');

    expect((await world.call('GET', `${configMaps}/late`)).status).toBe(404);
  });

  it('waits for finalizers', async () => {
    await create(configMaps, { metadata: { name: 'held', finalizers: ['example.com/hold'] } });

    const marked = await world.call('DELETE', `${configMaps}/held`);
    const still = await world.call('GET', `${configMaps}/held`);
    await world.call('PATCH', `${configMaps}/held`, { body: { metadata: { finalizers: null } }, type: merge });

    expect(marked.body.metadata).toMatchObject({ deletionTimestamp: expect.any(String) });
    expect(still.status).toBe(200);
    expect((await world.call('GET', `${configMaps}/held`)).status).toBe(404);
  });

  it('of a pod on a node leaves the end to the kubelet; of one that runs nowhere is immediate', async () => {
    const spec = { containers: [{ name: 'web', image: 'web' }] };
    await create(pods, { metadata: { name: 'running' }, spec: { ...spec, nodeName: 'node' } });
    await create(pods, { metadata: { name: 'pending' }, spec });

    await world.call('DELETE', `${pods}/running`);
    await world.call('DELETE', `${pods}/pending`);
    const terminating = await world.call('GET', `${pods}/running`);
    const statusWritten = await world.call('PATCH', `${pods}/running/status`, {
      body: { status: { phase: 'Running' } },
      type: merge,
    });
    await world.call('DELETE', `${pods}/running?gracePeriodSeconds=0`);

    expect(terminating.body.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: expect.any(String),
    });
    expect(statusWritten.status).toBe(200);
    expect((await world.call('GET', `${pods}/running`)).status).toBe(404);
    expect((await world.call('GET', `${pods}/pending`)).status).toBe(404);
  });

  it('of a namespace empties it first, and nothing new gets in', async () => {
    const inside = '/api/v1/namespaces/leaving/configmaps';
    await create('/api/v1/namespaces', { metadata: { name: 'leaving' } });
    await create(inside, { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
    await create(inside, { metadata: { name: 'free' } });

    await world.call('DELETE', '/api/v1/namespaces/leaving');
    await gone(inside, 'free');
    const refused = await create(inside, { metadata: { name: 'late' } });
    const namespace = await world.call('GET', '/api/v1/namespaces/leaving');
    await world.call('PATCH', `${inside}/held`, { body: { metadata: { finalizers: null } }, type: merge });
    await gone('/api/v1/namespaces', 'leaving');

    expect(refused.status).toBe(403);
    expect(namespace.body.status).toEqual({ phase: 'Terminating' });
  });

  it('of a selection leaves the rest', async () => {
    for (const [name, side] of [
      ['a', 'blue'],
      ['b', 'blue'],
      ['c', 'green'],
    ]) {
      await create(configMaps, { metadata: { name: `many-${name}`, labels: { side } } });
    }

    await world.call('DELETE', `${configMaps}?labelSelector=side%3Dblue`);

    const { body } = await world.call('GET', `${configMaps}?labelSelector=side`);
    expect((body.items as { metadata: { name: string } }[]).map((item) => item.metadata.name)).toEqual(['many-c']);
  });
});
