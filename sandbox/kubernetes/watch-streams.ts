import type { ServerResponse } from 'node:http';
import type { StoreEvent } from './event-window.ts';
import type { KubeObject } from './kube-object.ts';
import type { ObjectStore } from './object-store.ts';
import { renderBookmark, renderEventObject, type View } from './representation.ts';
import { resourceKey } from './resource-table.ts';
import type { ObjectFilter } from './selectors.ts';
import { badRequest, expired } from './status-error.ts';

export interface WatchRequest {
  view: View;
  /** '' for all namespaces. */
  namespace: string;
  filter: ObjectFilter;
  query: URLSearchParams;
}

/** A watcher that leaves more than this unread is cut off; it will list again. */
const maximumBacklogBytes = 32 * 1024 * 1024;

/** The open watches. An event goes out in the tick in which the store announces it. */
export class WatchStreams {
  readonly #store: ObjectStore;
  readonly #open = new Set<{ bookmark: () => void; end: () => void }>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Tells the watchers that asked for bookmarks how far they are: a real server does about once a minute. */
  bookmark(): void {
    for (const watch of this.#open) watch.bookmark();
  }

  close(): void {
    for (const watch of this.#open) watch.end();
  }

  /** Answers a watch request and keeps it open. Errors: 400; a version that is gone is a 410 inside the stream. */
  start({ view, namespace, filter, query }: WatchRequest, response: ServerResponse): void {
    const from = query.get('resourceVersion') ?? '';
    if (!/^\d*$/.test(from)) throw badRequest(`Invalid value: "${from}": resourceVersion must be a number`);
    const bookmarks = isTrue(query.get('allowWatchBookmarks'));
    const send = (type: string, json: string): void => {
      response.write(`{"type":"${type}","object":${json}}\n`);
      if (response.writableLength > maximumBacklogBytes) response.destroy();
    };
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    response.flushHeaders();

    let headers: 'with' | 'without' = 'with';
    const sendObject = (type: string, object: KubeObject): void => {
      send(type, renderEventObject(view, object, headers));
      headers = 'without';
    };
    const matches = (object: KubeObject | undefined): boolean =>
      object !== undefined && (namespace === '' || object.metadata.namespace === namespace) && filter(object);

    const key = resourceKey(view.resource);
    let after: number;
    const sendInitialEvents = isTrue(query.get('sendInitialEvents'));
    if (sendInitialEvents || from === '' || from === '0') {
      after = this.#store.version;
      for (const object of this.#store.list(key, namespace || undefined).filter(matches)) sendObject('ADDED', object);
      if (sendInitialEvents && bookmarks) {
        send('BOOKMARK', renderBookmark(view, String(after), { 'k8s.io/initial-events-end': 'true' }));
      }
    } else {
      after = Number(from);
      const missed = this.#store.since(key, after);
      if (missed === 'gone') {
        send('ERROR', JSON.stringify(expired(after, this.#store.oldest(key)).toStatus()));
        response.end();
        return;
      }
      for (const event of missed) deliver(event, matches, sendObject);
    }

    const unsubscribe = this.#store.subscribe(key, (event) => {
      // what the initial objects already showed may be announced only now
      if (event.version > after) deliver(event, matches, sendObject);
    });
    const watch = {
      bookmark: () => {
        if (bookmarks) send('BOOKMARK', renderBookmark(view, String(Math.max(after, this.#store.announced))));
      },
      end: () => response.end(),
    };
    this.#open.add(watch);
    const seconds = Number(query.get('timeoutSeconds') ?? 0);
    const timer = seconds > 0 ? setTimeout(() => response.end(), seconds * 1000).unref() : undefined;
    response.on('close', () => {
      clearTimeout(timer);
      unsubscribe();
      this.#open.delete(watch);
    });
  }
}

/** An object that begins or ceases to match a selector is added or deleted as far as this watcher can see. */
function deliver(
  event: StoreEvent,
  matches: (object: KubeObject | undefined) => boolean,
  send: (type: string, object: KubeObject) => void,
): void {
  const before = matches(event.previous);
  const after = event.type !== 'DELETED' && matches(event.object);
  if (before && after) send('MODIFIED', event.object);
  else if (after) send('ADDED', event.object);
  else if (before) send('DELETED', lastMatching(event));
}

/** What left the selection is shown as it last was in it, at the version of the change. */
function lastMatching({ type, object, previous }: StoreEvent): KubeObject {
  if (type === 'DELETED' || !previous) return object;
  return { ...previous, metadata: { ...previous.metadata, resourceVersion: object.metadata.resourceVersion } };
}

function isTrue(value: string | null): boolean {
  return value === '' || value === '1' || value?.toLowerCase() === 'true';
}
