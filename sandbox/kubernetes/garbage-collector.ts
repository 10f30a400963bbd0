import type { StoreEvent } from './event-window.ts';
import type { KubeObject } from './kube-object.ts';
import { type DeleteOptions, deleteObject } from './object-deletion.ts';
import type { ObjectOperations, ObjectTarget } from './object-operations.ts';
import type { ObjectStore } from './object-store.ts';
import type { ResourceRegistry } from './resource-registry.ts';
import { resourceKey } from './resource-table.ts';
import { StatusError } from './status-error.ts';

const background: DeleteOptions = { persist: true, orphan: false, preconditions: {} };

/**
 * Removes what lost its reason to be: objects whose owners are all gone, and the content of a namespace under deletion.
 * Works from the store's announcements, a moment after them; `start` also looks at everything that is there already.
 */
export class GarbageCollector {
  readonly #store: ObjectStore;
  readonly #registry: ResourceRegistry;
  readonly #operations: ObjectOperations;
  readonly #clock: () => Date;
  readonly #onFault: (error: unknown) => void;
  /** Every object's uid, and by an owner's uid the objects that name it. */
  readonly #present = new Set<string>();
  readonly #dependents = new Map<string, Map<string, { resource: string; object: KubeObject }>>();

  constructor(
    store: ObjectStore,
    registry: ResourceRegistry,
    operations: ObjectOperations,
    clock: () => Date,
    onFault: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#registry = registry;
    this.#operations = operations;
    this.#clock = clock;
    this.#onFault = onFault;
  }

  start(): void {
    const all = this.#store
      .kinds()
      .flatMap((resource) => this.#store.list(resource).map((object) => ({ resource, object })));
    for (const { resource, object } of all) this.#remember(resource, object);
    for (const { resource, object } of all) this.#examine(resource, object);
    this.#store.subscribe('*', (event) => this.#observe(event));
  }

  #observe({ type, resource, object, previous }: StoreEvent): void {
    if (previous) this.#forget(previous);
    if (type !== 'DELETED') {
      this.#remember(resource, object);
      this.#examine(resource, object);
      return;
    }
    for (const { resource: kind, object: dependent } of this.#dependents.get(object.metadata.uid)?.values() ?? []) {
      this.#examine(kind, dependent);
    }
    const namespace = this.#store.get('namespaces', '', object.metadata.namespace ?? '');
    if (namespace) this.#examine('namespaces', namespace);
  }

  #examine(resource: string, object: KubeObject): void {
    const { ownerReferences: owners = [], deletionTimestamp, finalizers = [] } = object.metadata;
    if (owners.length > 0 && !deletionTimestamp && owners.every((owner) => !this.#present.has(owner.uid))) {
      this.#soon(resource, object, (target) => this.#delete(target));
    }
    if (!deletionTimestamp) return;
    if (resource === 'namespaces') this.#soon(resource, object, () => this.#empty(object));
    if (finalizers.some((name) => name === 'orphan' || name === 'foregroundDeletion')) {
      this.#soon(resource, object, (target) => this.#release(target, object, finalizers.includes('orphan')));
    }
  }

  /** Runs after the current announcement. The object may be gone or another by then: those answers are expected. */
  #soon(resource: string, object: KubeObject, work: (target: ObjectTarget) => Promise<unknown>): void {
    const kind = this.#registry.byKey(resource);
    if (!kind) return;
    const target = { resource: kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
    setImmediate(() => {
      if (this.#store.get(resource, target.namespace, target.name)?.metadata.uid !== object.metadata.uid) return;
      work(target).catch((error: unknown) => {
        if (!(error instanceof StatusError)) this.#onFault(error);
      });
    });
  }

  #delete(target: ObjectTarget): Promise<unknown> {
    return deleteObject(this.#store, target, background, this.#clock());
  }

  async #empty(namespace: KubeObject): Promise<void> {
    const name = namespace.metadata.name;
    let left = 0;
    for (const resource of this.#registry.all().filter((kind) => kind.namespaced)) {
      for (const object of this.#store.list(resourceKey(resource), name)) {
        left += 1;
        if (object.metadata.deletionTimestamp) continue;
        await this.#delete({ resource, namespace: name, name: object.metadata.name });
      }
    }
    const current = this.#store.get('namespaces', '', name);
    if (left === 0 && current?.metadata.deletionTimestamp) await this.#store.remove('namespaces', current).written;
  }

  /** Finishes a deletion that was asked to orphan its dependents, or to take them first. */
  async #release(target: ObjectTarget, owner: KubeObject, orphan: boolean): Promise<void> {
    const { uid } = owner.metadata;
    for (const { resource, object } of [...(this.#dependents.get(uid)?.values() ?? [])]) {
      const kind = this.#registry.byKey(resource);
      if (!kind) continue;
      const dependent = { resource: kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
      if (orphan) await this.#operations.edit(dependent, (current) => withoutOwner(current, uid));
      else await this.#delete(dependent);
    }
    await this.#operations.edit(target, (current) => {
      const finalizers = current.metadata.finalizers?.filter(
        (name) => name !== 'orphan' && name !== 'foregroundDeletion',
      );
      return { ...current, metadata: { ...current.metadata, finalizers: finalizers ?? [] } };
    });
  }

  #remember(resource: string, object: KubeObject): void {
    const { uid, ownerReferences } = object.metadata;
    this.#present.add(uid);
    for (const owner of ownerReferences ?? []) {
      const known = this.#dependents.get(owner.uid) ?? new Map();
      this.#dependents.set(owner.uid, known.set(uid, { resource, object }));
    }
  }

  #forget(object: KubeObject): void {
    const { uid, ownerReferences } = object.metadata;
    this.#present.delete(uid);
    for (const owner of ownerReferences ?? []) {
      const known = this.#dependents.get(owner.uid);
      known?.delete(uid);
      if (known?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}

function withoutOwner(object: KubeObject, uid: string): KubeObject {
  const ownerReferences = object.metadata.ownerReferences?.filter((owner) => owner.uid !== uid) ?? [];
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
