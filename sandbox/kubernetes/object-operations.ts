import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject, type KubeObject, kubeTime, type ObjectMeta } from './kube-object.ts';
import { applyDefaults, findProblems } from './object-defaults.ts';
import type { ObjectStore } from './object-store.ts';
import { checkName, type InputObject, parseObject } from './parse-object.ts';
import type { ObjectPatch } from './patch-object.ts';
import { type Resource, resourceKey } from './resource-table.ts';
import { alreadyExists, badRequest, conflict, invalid, modified, notFound, StatusError } from './status-error.ts';

/** One object of a kind; `namespace` is '' for cluster-wide kinds. */
export interface ObjectTarget {
  resource: Resource;
  namespace: string;
  name: string;
}

/** `persist: false` is `dryRun=All`: everything is checked and nothing kept. */
export interface WriteOptions {
  persist: boolean;
}

/** Creating and changing objects by the rules that hold for all kinds. Every promise resolves once the journal has it. */
export class ObjectOperations {
  readonly #store: ObjectStore;
  readonly #clock: () => Date;

  constructor(store: ObjectStore, clock: () => Date) {
    this.#store = store;
    this.#clock = clock;
  }

  get(target: ObjectTarget): KubeObject {
    const found = this.#find(target);
    if (!found) throw notFound(target.resource, target.name);
    return found;
  }

  /** Errors: 409 for a name that is taken, 404 for an absent namespace, 400 and 422 for a malformed object. */
  async create(resource: Resource, namespace: string, body: unknown, options: WriteOptions): Promise<KubeObject> {
    const input = parseObject(resource, body);
    const name = this.#newName(resource, input);
    checkNamespace(input, namespace);
    if (input.metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
    const target = { resource, namespace, name };
    this.#requireNamespace(target);
    if (this.#find(target)) throw alreadyExists(resource, name);

    const { resourceVersion: _, deletionTimestamp: __, deletionGracePeriodSeconds: ___, ...kept } = input.metadata;
    const metadata: ObjectMeta = {
      ...kept,
      name,
      ...(namespace ? { namespace } : {}),
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: kubeTime(this.#clock()),
    };
    if (resource.generation !== 'none') metadata.generation = 1;
    if (resource.subresources.includes('status')) delete input.status;
    return this.#write(target, this.#completed(resource, { ...input, metadata }), options);
  }

  /** Errors: 404, 409 for another resourceVersion or uid than the stored one, 400 and 422 for a malformed object. */
  async replace(target: ObjectTarget, body: unknown, options: WriteOptions, part: Part = 'main'): Promise<KubeObject> {
    const current = this.get(target);
    const input = parseObject(target.resource, body);
    if (target.resource.custom && !input.metadata.resourceVersion) {
      const message = 'Invalid value: 0x0: must be specified for an update';
      throw invalid(target.resource, target.name, [
        { field: 'metadata.resourceVersion', reason: 'FieldValueInvalid', message },
      ]);
    }
    return this.#change(target, current, input, options, part);
  }

  /** Applies a patch to the state of this moment: there is nothing between its reading and its writing. */
  async patch(
    target: ObjectTarget,
    patch: ObjectPatch,
    options: WriteOptions,
    part: Part = 'main',
  ): Promise<{ object: KubeObject; created: boolean }> {
    const current = this.#find(target);
    if (!current) {
      if (patch.kind !== 'apply' || part === 'status') throw notFound(target.resource, target.name);
      const body = isJsonObject(patch.body) ? patch.body : {};
      checkUrlName(parseObject(target.resource, body), target.name);
      return { object: await this.create(target.resource, target.namespace, body, options), created: true };
    }
    const input = parseObject(target.resource, patch.apply(current));
    return { object: await this.#change(target, current, input, options, part), created: false };
  }

  /** Changes an object by a function of its state, for the server's own writes (scale, finalizers, CRD status). */
  async edit(target: ObjectTarget, change: (object: KubeObject) => KubeObject): Promise<KubeObject> {
    const current = this.get(target);
    return this.#write(target, this.#nextGeneration(target.resource, current, change(current)), { persist: true });
  }

  #change(
    target: ObjectTarget,
    current: KubeObject,
    input: InputObject,
    options: WriteOptions,
    part: Part,
  ): Promise<KubeObject> {
    const { resource, name } = target;
    checkUrlName(input, name);
    checkNamespace(input, target.namespace);
    checkPreconditions(target, current, input.metadata);
    const metadata: ObjectMeta = {
      ...(part === 'status' ? current.metadata : input.metadata),
      ...serverOwned(current.metadata),
    };
    const { status } = part === 'status' || !resource.subresources.includes('status') ? input : current;
    const content: JsonObject = part === 'status' ? { ...current } : { ...input };
    delete content.status;
    const next = { ...content, ...(status === undefined ? {} : { status }) };
    const complete = this.#completed(resource, {
      ...next,
      apiVersion: current.apiVersion,
      kind: current.kind,
      metadata,
    });
    if (isDeepStrictEqual(complete, current)) return Promise.resolve(current);
    return this.#write(target, this.#nextGeneration(resource, current, complete), options);
  }

  #completed(resource: Resource, object: KubeObject): KubeObject {
    applyDefaults(resource, object);
    const problems = findProblems(resource, object);
    if (problems.length > 0) throw invalid(resource, object.metadata.name, problems);
    return object;
  }

  #nextGeneration(resource: Resource, current: KubeObject, next: KubeObject): KubeObject {
    if (resource.generation === 'none' || !changesGeneration(resource, current, next)) return next;
    return { ...next, metadata: { ...next.metadata, generation: (current.metadata.generation ?? 0) + 1 } };
  }

  async #write(target: ObjectTarget, object: KubeObject, options: WriteOptions): Promise<KubeObject> {
    if (!options.persist) return object;
    const key = resourceKey(target.resource);
    // an object that was only waiting for its finalizers goes with the last of them
    const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
    const finished = deletionTimestamp && !deletionGracePeriodSeconds && !finalizers?.length && key !== 'namespaces';
    const change = finished ? this.#store.remove(key, object) : this.#store.put(key, object);
    await change.written;
    return change.object;
  }

  #find(target: ObjectTarget): KubeObject | undefined {
    return this.#store.get(resourceKey(target.resource), target.namespace, target.name);
  }

  #newName(resource: Resource, input: InputObject): string {
    const { name, generateName } = input.metadata;
    const chosen = name ?? (generateName === undefined ? undefined : generateName + randomSuffix());
    if (chosen === undefined) {
      const message = 'Required value: name or generateName is required';
      throw invalid(resource, '', [{ field: 'metadata.name', reason: 'FieldValueRequired', message }]);
    }
    checkName(resource, chosen);
    return chosen;
  }

  #requireNamespace({ resource, namespace, name }: ObjectTarget): void {
    if (!resource.namespaced) return;
    const found = this.#store.get('namespaces', '', namespace);
    if (!found) {
      const details = { name: namespace, kind: 'namespaces' };
      throw new StatusError(404, 'NotFound', `namespaces "${namespace}" not found`, details);
    }
    if (!found.metadata.deletionTimestamp) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw new StatusError(403, 'Forbidden', `${resourceKey(resource)} "${name}" is forbidden: ${why}`, { name });
  }
}

/** Which part of the object a request may write: everything but a separate status, or the status alone. */
export type Part = 'main' | 'status';

/** PUT and PATCH alike: a resourceVersion or uid in the body must be the stored one (optimistic concurrency). */
function checkPreconditions(
  { resource, name }: ObjectTarget,
  current: KubeObject,
  wanted: { uid?: string; resourceVersion?: string },
): void {
  if (wanted.resourceVersion && wanted.resourceVersion !== current.metadata.resourceVersion) {
    throw modified(resource, name);
  }
  if (wanted.uid && wanted.uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(resource, name, why);
  }
}

function checkUrlName(input: InputObject, name: string): void {
  const sent = input.metadata.name;
  if (sent === undefined || sent === name) return;
  throw badRequest(`the name of the object (${sent}) does not match the name on the URL (${name})`);
}

function checkNamespace(input: InputObject, namespace: string): void {
  const sent = input.metadata.namespace;
  if (sent === undefined || sent === namespace) return;
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

function serverOwned(meta: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = meta;
  const { generation, deletionTimestamp, deletionGracePeriodSeconds } = meta;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation === undefined ? {} : { generation }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

function changesGeneration(resource: Resource, current: KubeObject, next: KubeObject): boolean {
  const ignored = (object: KubeObject): JsonObject => {
    const { metadata: _, ...content } = object;
    const { status: __, ...spec } = content;
    return resource.generation === 'any' ? content : spec;
  };
  return !isDeepStrictEqual(ignored(current), ignored(next));
}

/** Five characters that spell no word, as Kubernetes' own generator (k8s.io/apimachinery rand.SafeEncodeString). */
function randomSuffix(): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
