import { setTimeout as sleep } from 'node:timers/promises';
import { isNotFound, type KubeClient, KubeError } from './kube-client.ts';
import { type KubeObject, keyOf } from './objects.ts';
import { pathOf, type ResourceType } from './resources.ts';

/** What happened to an object. `before` is what was known of it. */
export type Change<T> =
  | { type: 'added'; object: T }
  | { type: 'updated'; object: T; before: T }
  | { type: 'deleted'; object: T };

/** A local copy of all objects of one kind, kept up to date by a watch. */
export interface Informer<T extends KubeObject> {
  get(key: string): T | undefined;
  list(): T[];
  /** Resolves once the first list has arrived. */
  synced: Promise<void>;
  /** Calls the listener for each change, and at once for what is there already; returns the way to stop that. */
  onChange(listener: (change: Change<T>) => void): () => void;
  /** Takes over what the server answered to a write, so that the writer does not act on what it has just changed. */
  remember(object: T): void;
  close(): void;
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: KubeObject & { code?: number };
}

const longestPause = 5000;
/** A kind that the server does not have may come: its definition is installed while we run. */
const pauseForMissingKind = 10_000;

const versionOf = ({ metadata }: KubeObject): number => Number(metadata.resourceVersion ?? 0);

/** Lists and watches one kind, in all namespaces; reconnects, and lists again when the server has forgotten (410). */
export function startInformer<T extends KubeObject>(client: KubeClient, type: ResourceType): Informer<T> {
  const objects = new Map<string, T>();
  const deleted = new Map<string, number>();
  const listeners = new Set<(change: Change<T>) => void>();
  const stop = new AbortController();
  let onSynced = (): void => {};
  const synced = new Promise<void>((resolve) => {
    onSynced = resolve;
  });

  const tell = (change: Change<T>): void => {
    for (const listener of listeners) listener(change);
  };
  const put = (object: T): void => {
    const key = keyOf(object);
    const before = objects.get(key);
    const version = versionOf(object);
    if (before !== undefined && versionOf(before) >= version) return;
    if ((deleted.get(key) ?? 0) >= version) return;
    objects.set(key, object);
    tell(before === undefined ? { type: 'added', object } : { type: 'updated', object, before });
  };
  const drop = (object: T): void => {
    const key = keyOf(object);
    deleted.set(key, versionOf(object));
    if (deleted.size > 1000) deleted.delete(deleted.keys().next().value ?? '');
    if (objects.delete(key)) tell({ type: 'deleted', object });
  };

  const relist = async (): Promise<string> => {
    const { items, resourceVersion } = await client.list<T>(type);
    const there = new Set(items.map(keyOf));
    for (const [key, object] of objects) {
      // What we have just created may be younger than the list.
      if (!there.has(key) && versionOf(object) <= Number(resourceVersion)) drop(object);
    }
    for (const item of items) put(item);
    onSynced();
    return resourceVersion;
  };

  const watch = async (from: string): Promise<string> => {
    let version = from;
    const query = new URLSearchParams({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: from });
    const receive = (line: string): void => {
      // One watch event a line, by the API's contract.
      const event = JSON.parse(line) as WatchEvent;
      if (event.type === 'ERROR') throw new KubeError('GET', pathOf(type), event.object.code ?? 500, line);
      version = event.object.metadata.resourceVersion ?? version;
      if (event.type === 'BOOKMARK') return;
      // The watch is on one kind: its events carry objects of that kind.
      const object = event.object as T;
      if (event.type === 'DELETED') drop(object);
      else put(object);
    };
    await client.stream(`${pathOf(type)}?${query}`, receive, stop.signal);
    return version;
  };

  const run = async (): Promise<void> => {
    let version: string | undefined;
    let pause = 50;
    while (!stop.signal.aborted) {
      try {
        version = await watch(version ?? (await relist()));
        pause = 50;
      } catch (error) {
        // After 410 Gone, and whenever it is not certain what was missed: list again.
        version = undefined;
        const wait = isNotFound(error) ? pauseForMissingKind : pause;
        if (isNotFound(error)) onSynced();
        pause = Math.min(pause * 2, longestPause);
        await sleep(wait, undefined, { signal: stop.signal, ref: false }).catch(() => {});
      }
    }
  };
  void run();

  return {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    synced,
    remember: put,
    onChange(listener) {
      listeners.add(listener);
      for (const object of objects.values()) listener({ type: 'added', object });
      return () => listeners.delete(listener);
    },
    close: () => stop.abort(),
  };
}
