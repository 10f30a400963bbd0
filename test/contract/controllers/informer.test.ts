import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Change, type Informer, startInformer } from '../../../sandbox/kubernetes/controllers/informer.ts';
import { createKubeClient, type KubeClient } from '../../../sandbox/kubernetes/controllers/kube-client.ts';
import type { KubeObject } from '../../../sandbox/kubernetes/controllers/objects.ts';
import type { ResourceType } from '../../../sandbox/kubernetes/controllers/resources.ts';
import { type KubernetesServer, startKubernetes } from '../../../sandbox/kubernetes/start-kubernetes.ts';

const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const map = (name: string, value = ''): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name },
  data: { value },
});

describe('informer', () => {
  let dataDir: string;
  let server: KubernetesServer;
  let client: KubeClient;
  let informer: Informer<KubeObject>;
  const seen: string[] = [];

  const clientOf = ({ endpoint, caPem, adminToken }: KubernetesServer): KubeClient =>
    createKubeClient({ endpoint, ca: caPem, token: adminToken });
  const create = (name: string): Promise<KubeObject> => client.create(configMaps, map(name));
  /** Resolves once these objects, and no others, are known. */
  const untilNames = (...names: string[]): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        const known = informer.list().map(({ metadata }) => metadata.name);
        if (known.sort().join() === names.sort().join()) resolve();
      };
      informer.onChange(look);
      look();
    });

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-informer-'));
    server = await startKubernetes({ port: 0, dataDir });
    client = clientOf(server);
    await create('first');
    informer = startInformer(client, configMaps);
    await informer.synced;
    seen.length = 0;
    informer.onChange(({ type, object }: Change<KubeObject>) => seen.push(`${type} ${object.metadata.name}`));
  });
  afterEach(async () => {
    informer.close();
    client.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('knows what was there, and follows what comes, changes and goes', async () => {
    const place = { namespace: 'default', name: 'second' };

    await create('second');
    await untilNames('first', 'second');
    await client.patch(configMaps, place, { data: { value: 'changed' } });
    await client.remove(configMaps, place);
    await untilNames('first');

    expect(seen).toEqual(['added first', 'added second', 'updated second', 'deleted second']);
  });

  it('catches up after the API server was away: with what came and with what went', async () => {
    const port = Number(new URL(server.endpoint).port);
    await server.close();
    const elsewhere = await startKubernetes({ port: 0, dataDir });
    const other = clientOf(elsewhere);
    await other.create(configMaps, map('meanwhile'));
    await other.remove(configMaps, { namespace: 'default', name: 'first' });
    other.close();
    await elsewhere.close();

    server = await startKubernetes({ port, dataDir });
    await untilNames('meanwhile');

    expect(seen).toEqual(['added first', 'deleted first', 'added meanwhile']);
  });

  it('takes over the answer to a write at once, and tells of it once', async () => {
    const created = await create('mine');
    informer.remember(created);
    const known = informer.get('default/mine');
    await create('last');
    await untilNames('first', 'mine', 'last');

    expect(known).toEqual(created);
    expect(seen.filter((entry) => entry.endsWith('mine'))).toEqual(['added mine']);
  });

  it('does not bring back what was deleted before the answer to its creation was read', async () => {
    const created = await create('short');
    await untilNames('first', 'short');
    await client.remove(configMaps, { namespace: 'default', name: 'short' });
    await untilNames('first');

    informer.remember(created);

    expect(informer.get('default/short')).toBeUndefined();
  });
});
