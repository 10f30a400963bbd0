import type { Journal } from '../journal/journal.ts';
import { describeProblem, openJournal } from '../journal/journal.ts';
import { EventWindow, type StoreEvent } from './event-window.ts';
import type { KubeObject } from './kube-object.ts';

/** `version` opens a compacted journal: what follows as `keep` is the state at that version. */
type StoreRecord =
  | { op: 'version'; version: number }
  | { op: 'keep' | 'put'; resource: string; object: KubeObject }
  | { op: 'delete'; resource: string; object: KubeObject };

export interface StoreOptions {
  /** Flush to the device before answering (survives a power cut, not just a killed process). */
  sync?: boolean;
  /** Changes per kind that a watch can resume over. */
  windowSize?: number;
  /** Journal records after which the journal is rewritten, unless four times the live objects are more. */
  compactAfter?: number;
}

/** After a restart versions continue well above any that a crash may have kept from the journal but not from a reader. */
const restartGap = 1_000;

/**
 * Objects by kind, namespace and name under one growing version, in memory and in a journal. A change is visible to readers
 * at once, announced to subscribers once the journal has it, and its promise resolves then too.
 */
export class ObjectStore {
  readonly #kinds = new Map<string, Map<string, KubeObject>>();
  readonly #windows = new Map<string, EventWindow>();
  readonly #listeners = new Map<string, Set<(event: StoreEvent) => void>>();
  readonly #journal: Journal<StoreRecord>;
  readonly #windowSize: number;
  readonly #compactAfter: number;
  #live = 0;
  #appended = 0;
  #version = 0;
  #announced = 0;
  /** Where the windows of kinds without an event begin. */
  #firstVersion = 0;
  #failure: Error | undefined;
  /** The versions between are never given to a change: the last before this start, and the first of it. */
  #gap = { after: 0, until: 0 };

  private constructor(journal: Journal<StoreRecord>, options: StoreOptions) {
    this.#journal = journal;
    this.#windowSize = options.windowSize ?? 500;
    this.#compactAfter = options.compactAfter ?? 2_000;
  }

  /** Opens (or creates) the store in `file`. `problems` says which damaged records were left out. */
  static async open(file: string, options: StoreOptions = {}): Promise<{ store: ObjectStore; problems: string[] }> {
    const { journal, records, problems } = await openJournal<StoreRecord>(file, { sync: options.sync ?? false });
    const store = new ObjectStore(journal, options);
    for (const record of records) store.#replay(record);
    store.#appended = records.length;
    if (records.length > 0) {
      store.#gap = { after: store.#version, until: store.#version + restartGap };
      store.#version += restartGap;
    }
    store.#announced = store.#version;
    return { store, problems: problems.map(describeProblem) };
  }

  /** The version of the latest change: every list's resourceVersion. */
  get version(): number {
    return this.#version;
  }

  /** The version up to which every change was announced; a bookmark's. */
  get announced(): number {
    return this.#announced;
  }

  get(resource: string, namespace: string, name: string): KubeObject | undefined {
    return this.#kinds.get(resource)?.get(`${namespace}/${name}`);
  }

  /** All objects of a kind, or those of one namespace, in the order of their keys, as etcd has it. */
  list(resource: string, namespace?: string): KubeObject[] {
    const kind = this.#kinds.get(resource);
    if (!kind) return [];
    return [...kind.entries()]
      .filter(([key]) => namespace === undefined || key.startsWith(`${namespace}/`))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  kinds(): string[] {
    return [...this.#kinds.keys()];
  }

  /** Stores a new state of an object; the one returned carries the new resourceVersion. */
  put(resource: string, object: KubeObject): { object: KubeObject; written: Promise<void> } {
    const stored = this.#stamped(object);
    const event = this.#apply(resource, stored);
    return { object: stored, written: this.#record({ op: 'put', resource, object: stored }, event) };
  }

  /** Removes an object that is there. */
  remove(resource: string, object: KubeObject): { object: KubeObject; written: Promise<void> } {
    const last = this.#stamped(object);
    const event = this.#discard(resource, last);
    return { object: last, written: this.#record({ op: 'delete', resource, object: last }, event) };
  }

  /** Announces every later change of a kind ('*': of all). Returns what ends it. */
  subscribe(resource: string, listener: (event: StoreEvent) => void): () => void {
    const listeners = this.#listeners.get(resource) ?? new Set();
    this.#listeners.set(resource, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** The announced changes of a kind after `version`, or 'gone' when a watcher must list again. */
  since(resource: string, version: number): StoreEvent[] | 'gone' {
    // A version to come is no such thing: it is waited for, as on a real server.
    const never = version > this.#gap.after && version < this.#gap.until;
    return never ? 'gone' : this.#window(resource).since(version);
  }

  oldest(resource: string): number {
    return this.#window(resource).oldest;
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #stamped(object: KubeObject): KubeObject {
    if (this.#failure) throw this.#failure;
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }

  #apply(resource: string, object: KubeObject): StoreEvent {
    const kind = this.#kinds.get(resource) ?? new Map<string, KubeObject>();
    this.#kinds.set(resource, kind);
    const key = keyOf(object);
    const previous = kind.get(key);
    kind.set(key, object);
    if (!previous) this.#live += 1;
    return { type: previous ? 'MODIFIED' : 'ADDED', resource, version: versionOf(object), object, previous };
  }

  #discard(resource: string, object: KubeObject): StoreEvent {
    const kind = this.#kinds.get(resource);
    const previous = kind?.get(keyOf(object));
    if (kind?.delete(keyOf(object))) this.#live -= 1;
    return { type: 'DELETED', resource, version: versionOf(object), object, previous };
  }

  async #record(record: StoreRecord, event: StoreEvent): Promise<void> {
    this.#appended += 1;
    try {
      await this.#journal.append(record);
    } catch (cause) {
      this.#failure = new Error('a change could not be written to the journal: no further change is taken', { cause });
      throw this.#failure;
    }
    this.#announce(event);
    if (this.#appended >= Math.max(this.#compactAfter, 4 * this.#live)) this.#compact();
  }

  #announce(event: StoreEvent): void {
    this.#announced = event.version;
    this.#window(event.resource).add(event);
    for (const listener of this.#listeners.get(event.resource) ?? []) listener(event);
    for (const listener of this.#listeners.get('*') ?? []) listener(event);
  }

  /** Not awaited by the change that caused it. A failure costs disk space only: the old journal stays, to be tried again. */
  #compact(): void {
    this.#appended = this.#live + 1;
    this.#journal.compact(this.#snapshot()).catch(() => undefined);
  }

  *#snapshot(): Generator<StoreRecord> {
    yield { op: 'version', version: this.#version };
    for (const [resource, kind] of this.#kinds) {
      for (const object of kind.values()) yield { op: 'keep', resource, object };
    }
  }

  #replay(record: StoreRecord): void {
    if (record.op === 'version') {
      this.#version = record.version;
      this.#firstVersion = record.version;
    } else if (record.op === 'keep') {
      this.#apply(record.resource, record.object);
    } else {
      this.#version = Math.max(this.#version, versionOf(record.object));
      const change = record.op === 'put' ? this.#apply : this.#discard;
      this.#window(record.resource).add(change.call(this, record.resource, record.object));
    }
  }

  #window(resource: string): EventWindow {
    let window = this.#windows.get(resource);
    if (!window) {
      window = new EventWindow(this.#firstVersion, this.#windowSize);
      this.#windows.set(resource, window);
    }
    return window;
  }
}

const keyOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
const versionOf = (object: KubeObject): number => Number(object.metadata.resourceVersion);
