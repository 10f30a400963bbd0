import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  type Application,
  applyTo,
  firstApplication,
  firstUpdate,
  type ManagedFields,
  ownersAfterUpdate,
} from './applied-fields.ts';
import { isJsonObject, type JsonObject, type KubeObject, kubeTime, type ObjectMeta, textAt } from './kube-object.ts';
import { applyDefaults, findChangedForGood, findProblems } from './object-defaults.ts';
import type { ObjectStore } from './object-store.ts';
import { checkName, type InputObject, parseObject } from './parse-object.ts';
import type { ObjectPatch } from './patch-object.ts';
import { type Resource, resourceKey } from './resource-table.ts';
import { alreadyExists, badRequest, conflict, invalid, modified, notFound, StatusError } from './status-error.ts';
import { fillDefaults, pruneUnknown, schemaProblems } from './structural-schema.ts';

/** One object of a kind; `namespace` is '' for cluster-wide kinds. */
export interface ObjectTarget {
  resource: Resource;
  namespace: string;
  name: string;
}

/** What a request says about how it is written. */
export interface WriteOptions {
  /** False is `dryRun=All`: everything is checked and nothing kept. */
  persist: boolean;
  /** What happens with fields that the kind does not have. They are never kept. */
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  /** Who writes, for the owners of fields. */
  fieldManager?: string;
  /** What the client calls itself: whoever names no field manager is one by this name. */
  agent?: string;
  /** Server-side apply takes over what others own. */
  force?: boolean;
  /** Told what the answer should carry as a `Warning`. */
  warn?: (message: string) => void;
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
  async create(
    resource: Resource,
    namespace: string,
    body: unknown,
    options: WriteOptions,
    managed?: readonly ManagedFields[],
  ): Promise<KubeObject> {
    const input = parseObject(resource, body);
    const name = this.#newName(resource, input);
    checkNamespace(input, namespace);
    if (input.metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
    const target = { resource, namespace, name };
    this.#requireNamespace(target);

    const { resourceVersion: _, deletionTimestamp: __, deletionGracePeriodSeconds: ___, ...kept } = input.metadata;
    const metadata: ObjectMeta = {
      ...kept,
      name,
      ...(namespace ? { namespace } : {}),
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: kubeTime(this.#clock()),
      ...(managed === undefined ? {} : { managedFields: managed }),
    };
    if (resource.generation !== 'none') metadata.generation = 1;
    if (resource.subresources.includes('status')) delete input.status;
    const object = this.#completed(resource, { ...input, metadata }, options, { by: 'create' });
    // Of Deployments somebody asks whose a field is.
    if (managed === undefined && resourceKey(resource) === 'deployments.apps')
      object.metadata.managedFields = firstUpdate(resource, object, this.#writer(options));
    this.#admit(target, object);
    // As on a real server, that the object is wrong is said before that its name is taken.
    if (this.#find(target)) throw alreadyExists(resource, name);
    return this.#write(target, object, options);
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
      const managed = firstApplication(this.#application(target, body, options));
      return { object: await this.create(target.resource, target.namespace, body, options, managed), created: true };
    }
    if (patch.kind === 'apply' && part === 'main' && isJsonObject(patch.body)) {
      const { object, managed } = applyTo(current, this.#application(target, patch.body, options));
      const input = parseObject(target.resource, object);
      return { object: await this.#change(target, current, input, options, part, managed), created: false };
    }
    const input = parseObject(target.resource, patch.apply(current));
    return { object: await this.#change(target, current, input, options, part), created: false };
  }

  /** Changes an object by a function of its state, for the server's own writes (scale, finalizers, CRD status). */
  async edit(target: ObjectTarget, change: (object: KubeObject) => KubeObject): Promise<KubeObject> {
    const current = this.get(target);
    return this.#write(target, this.#nextGeneration(target.resource, current, change(current)), { persist: true });
  }

  #application({ resource }: ObjectTarget, body: JsonObject, options: WriteOptions): Application {
    const { fieldManager, force = false } = options;
    if (!fieldManager) {
      const message =
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch';
      throw new StatusError(422, 'Invalid', message);
    }
    return { resource, body, manager: fieldManager, force, time: kubeTime(this.#clock()) };
  }

  #writer({ fieldManager, agent = 'unknown' }: WriteOptions) {
    return { manager: fieldManager ?? agent, time: kubeTime(this.#clock()) };
  }

  #change(
    target: ObjectTarget,
    current: KubeObject,
    input: InputObject,
    options: WriteOptions,
    part: Part,
    managed?: readonly ManagedFields[],
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
    const { apiVersion, kind } = current;
    const complete = this.#completed(resource, { ...next, apiVersion, kind, metadata }, options, { by: 'update' });
    const owners =
      managed ?? (part === 'main' ? ownersAfterUpdate(resource, current, complete, this.#writer(options)) : []);
    if (part === 'main' && owners.length > 0) complete.metadata.managedFields = owners;
    const fixed = findChangedForGood(resource, current, complete);
    if (fixed.length > 0) throw invalid(resource, name, fixed);
    if (isDeepStrictEqual(complete, current)) return Promise.resolve(current);
    return this.#write(target, this.#nextGeneration(resource, current, complete), options);
  }

  #completed(
    resource: Resource,
    given: KubeObject,
    options: WriteOptions,
    { by }: { by: 'create' | 'update' },
  ): KubeObject {
    const { schema } = resource;
    // The parts of a stored object must stay as they are.
    const object = schema ? withOwnParts(given) : given;
    if (schema) {
      reportUnknown(resource, pruneUnknown(schema, object), options, by);
      fillDefaults(schema, object);
    }
    applyDefaults(resource, object);
    const problems = [...findProblems(resource, object), ...(schema ? schemaProblems(schema, object) : [])];
    if (problems.length > 0) throw invalid(resource, object.metadata.name, problems);
    return object;
  }

  /** A pod runs as a ServiceAccount of its namespace, which has to be there. */
  #admit({ resource, namespace, name }: ObjectTarget, object: KubeObject): void {
    if (resourceKey(resource) !== 'pods') return;
    const account = textAt(object, 'spec', 'serviceAccountName');
    if (this.#store.get('serviceaccounts', namespace, account)) return;
    const why = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
    throw new StatusError(403, 'Forbidden', `pods "${name}" is forbidden: ${why}`, { name, kind: 'pods' });
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
    ...(meta.managedFields === undefined ? {} : { managedFields: meta.managedFields }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

/** The object with parts that may be changed; `metadata` is the caller's own already. */
function withOwnParts({ metadata, ...parts }: KubeObject): KubeObject {
  const own = Object.entries(parts).map(([name, part]) => [name, structuredClone(part)]);
  // The same fields as before.
  return { ...Object.fromEntries(own), metadata } as KubeObject;
}

/** Errors: 400 (a new object) or 422 (a change) for `fieldValidation=Strict`. */
function reportUnknown(
  resource: Resource,
  paths: readonly string[],
  { fieldValidation = 'Warn', warn }: WriteOptions,
  by: 'create' | 'update',
): void {
  const unknown = paths.map((path) => `unknown field "${path}"`);
  if (unknown.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Warn') {
    for (const message of unknown) warn?.(message);
    return;
  }
  const why = `strict decoding error: ${unknown.join(', ')}`;
  const { kind, versions } = resource;
  if (by === 'create') throw badRequest(`${kind} in version "${versions[0]}" cannot be handled as a ${kind}: ${why}`);
  throw invalid(resource, '', [{ field: 'patch', reason: 'FieldValueInvalid', message: `Invalid value: ${why}` }]);
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
