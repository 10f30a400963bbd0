import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreEvent } from '../../../../sandbox/kubernetes/event-window.ts';
import { removeExpired } from '../../../../sandbox/kubernetes/expiry.ts';
import type { KubeObject } from '../../../../sandbox/kubernetes/kube-object.ts';
import { ObjectStore, type StoreOptions } from '../../../../sandbox/kubernetes/object-store.ts';

let folder: string;
let store: ObjectStore;
const file = () => join(folder, 'objects.journal');

async function open(options: StoreOptions = {}) {
  const opened = await ObjectStore.open(file(), options);
  store = opened.store;
  return opened;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-store-'));
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const object = (name: string, fields: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', uid: name, resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' },
  ...fields,
});
const names = (objects: KubeObject[]) => objects.map(({ metadata }) => metadata.name);
const summary = (events: StoreEvent[] | 'gone') =>
  events === 'gone' ? events : events.map(({ type, object: { metadata } }) => `${type} ${metadata.name}`);

describe('the object store', () => {
  it('announces a change only once it is written, in the order of versions', async () => {
    await open();
    const seen: number[] = [];
    store.subscribe('configmaps', (event) => seen.push(event.version));

    const writes = [
      store.put('configmaps', object('a')),
      store.put('configmaps', object('b')),
      store.put('configmaps', object('a', { data: {} })),
    ];
    const announcedBefore = [...seen];
    await Promise.all(writes.map(({ written }) => written));

    expect(announcedBefore).toEqual([]);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('lists in the order of keys as etcd does, and one namespace without its longer-named neighbour', async () => {
    await open();
    for (const name of ['b', 'a']) store.put('configmaps', object(name));
    const dependency = object('c');
    store.put('configmaps', { ...dependency, metadata: { ...dependency.metadata, namespace: 'default-2' } });

    expect(names(store.list('configmaps', 'default'))).toEqual(['a', 'b']);
    expect(names(store.list('configmaps'))).toEqual(['c', 'a', 'b']);
  });

  it('knows the changes since a version, after a restart too, and none that never were', async () => {
    await open();
    await store.put('configmaps', object('a')).written;
    await store.put('configmaps', object('b')).written;
    await store.remove('configmaps', object('a')).written;
    await store.close();

    await open();

    expect(summary(store.since('configmaps', 1))).toEqual(['ADDED b', 'DELETED a']);
    expect(store.since('configmaps', 4)).toBe('gone');
    expect(summary(store.since('configmaps', store.version))).toEqual([]);
    expect(store.version).toBeGreaterThan(3);
  });

  it('loses nothing to compaction, whatever is written at the same time', async () => {
    await open({ compactAfter: 10 });
    const writes = Array.from(
      { length: 200 },
      (_, index) => store.put('configmaps', object(`m-${index % 7}`, { data: { index } })).written,
    );
    writes.push(store.remove('configmaps', object('m-3')).written);
    await Promise.all(writes);
    await store.put('configmaps', object('last')).written;
    const before = store.list('configmaps');
    await store.close();

    await open();

    expect(store.list('configmaps')).toEqual(before);
    expect(names(before)).toEqual(['last', 'm-0', 'm-1', 'm-2', 'm-4', 'm-5', 'm-6']);
    expect((await readFile(file(), 'utf8')).split('\n').length).toBeLessThan(60);
  });

  it('reports a damaged record and keeps the others', async () => {
    await open();
    for (const name of ['a', 'b', 'c']) await store.put('configmaps', object(name)).written;
    await store.close();
    const lines = (await readFile(file(), 'utf8')).split('\n');
    lines[1] = `${lines[1]}`.replace('"b"', '"x"');
    await writeFile(file(), lines.join('\n'));

    const { problems } = await open();

    expect(problems).toEqual([expect.stringContaining('line 2: a damaged record')]);
    expect(names(store.list('configmaps'))).toEqual(['a', 'c']);
  });

  it('takes no change after its journal failed', async () => {
    await open();
    await store.close();

    await expect(store.put('configmaps', object('a')).written).rejects.toThrow('could not be written to the journal');
    expect(() => store.put('configmaps', object('b'))).toThrow('no further change is taken');
  });
});

describe('expiry', () => {
  const at = (time: string) => new Date(`2026-01-01T${time}Z`);

  it('removes Events an hour after they were last seen', async () => {
    await open();
    store.put('events', object('old'));
    store.put('events', object('seen-again', { lastTimestamp: '2026-01-01T00:30:00Z' }));

    await removeExpired(store, at('01:00:01'));

    expect(names(store.list('events'))).toEqual(['seen-again']);
  });

  it('removes a pod under deletion that no kubelet removed in time', async () => {
    await open();
    const leaving = object('leaving');
    store.put('pods', { ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:30Z' } });

    await removeExpired(store, at('00:00:34'));
    const before = names(store.list('pods'));
    await removeExpired(store, at('00:00:36'));

    expect([before, names(store.list('pods'))]).toEqual([['leaving'], []]);
  });
});
