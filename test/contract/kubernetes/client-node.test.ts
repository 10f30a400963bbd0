import { CoreV1Api, CustomObjectsApi, KubeConfig, makeInformer } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployment, route, startWorld, type World } from './support.ts';

let world: World;
let config: KubeConfig;
let api: CoreV1Api;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  world = await startWorld({ store: { windowSize: 5 } });
  config = new KubeConfig();
  config.loadFromFile(world.server.kubeconfigPath);
  api = config.makeApiClient(CoreV1Api);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await world.close();
});

const put = (name: string) =>
  api.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name }, data: {} } });

/** An informer, started, that begins again after an error as the client's own documentation advises. */
async function startInformer() {
  const informer = makeInformer(config, '/api/v1/namespaces/default/configmaps', () =>
    api.listNamespacedConfigMap({ namespace: 'default' }),
  );
  const restart = () => void informer.start();
  informer.on('error', restart);
  stops.push(async () => {
    informer.off('error', restart);
    await informer.stop();
  });
  const seen = (verb: 'add' | 'delete', name: string) =>
    new Promise<void>((resolve) => {
      if (verb === 'add' && informer.get(name, 'default')) resolve();
      informer.on(verb, (object) => {
        if (object.metadata?.name === name) resolve();
      });
    });
  await informer.start();
  return { informer, seen };
}

describe('@kubernetes/client-node', () => {
  it('an informer hears of what is there, of what comes and of what goes', async () => {
    await put('first');
    const { informer, seen } = await startInformer();
    await seen('add', 'first');

    const added = seen('add', 'second');
    await put('second');
    await added;
    const removed = seen('delete', 'first');
    await api.deleteNamespacedConfigMap({ namespace: 'default', name: 'first' });
    await removed;

    expect(informer.list('default').map((object) => object.metadata?.name)).toEqual(['second']);
  });

  it('an informer lists again after its version is gone (410)', async () => {
    const { informer, seen } = await startInformer();
    await put('before');
    await seen('add', 'before');
    await informer.stop();
    for (let index = 0; index < 12; index += 1) await put(`missed-${index}`);

    await informer.start();

    await seen('add', 'missed-11');
    expect(informer.list('default')).toHaveLength(13);
  });

  it('an informer carries on after the server was restarted on the same port', async () => {
    const { informer, seen } = await startInformer();
    await put('before');
    await seen('add', 'before');

    await world.restart();
    const added = seen('add', 'after');
    await put('after');

    await added;
    expect(informer.list('default')).toHaveLength(2);
  });

  it('reads the typed errors: 409 for a write by an older resourceVersion', async () => {
    await world.call('POST', '/apis/networking.istio.io/v1/namespaces/default/virtualservices', {
      body: route('api', [100, 0]),
    });
    const custom = config.makeApiClient(CustomObjectsApi);
    const place = {
      group: 'networking.istio.io',
      version: 'v1',
      namespace: 'default',
      plural: 'virtualservices',
      name: 'api',
    };
    const read = await custom.getNamespacedCustomObject(place);
    await custom.replaceNamespacedCustomObject({ ...place, body: { ...read, spec: { hosts: ['other'] } } });

    const late = custom.replaceNamespacedCustomObject({ ...place, body: { ...read, spec: { hosts: ['late'] } } });

    await expect(late).rejects.toMatchObject({ code: 409 });
  });

  it('reads the log as text', async () => {
    const { spec } = deployment('x');
    await api.createNamespacedPod({
      namespace: 'default',
      body: { metadata: { name: 'logged' }, spec: spec.template.spec },
    });
    world.server.setLogProvider(() => ['one\n', 'two\n']);

    expect(await api.readNamespacedPodLog({ namespace: 'default', name: 'logged' })).toBe('one\ntwo\n');
  });
});
