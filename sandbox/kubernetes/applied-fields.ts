import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject, type KubeObject } from './kube-object.ts';
import { mergePatch } from './merge-patch.ts';
import type { Resource } from './resource-table.ts';
import { conflictingManagers } from './status-error.ts';
import { mergeKeyOf, mergeKeys, strategicMergePatch } from './strategic-merge-patch.ts';

/** Who owns which fields of an object, as `metadata.managedFields` has it. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Fields;
}

/** `f:name` a field, `k:{…}` an item of a list by its key, `v:…` a value of a set, `.` the item itself; nothing below a leaf. */
interface Fields {
  readonly [step: string]: Fields;
}

/** A leaf's steps as JSON text, and its value. */
type Leaves = Map<string, unknown>;

export interface Application {
  readonly resource: Resource;
  readonly body: JsonObject;
  readonly manager: string;
  readonly force: boolean;
  readonly time: string;
}

/**
 * Server-side apply to an object: what this manager applied before and does not apply any more goes, unless somebody else owns it too.
 * Owners are known from the first application on, those of Deployments always; what a client created in another way belongs to nobody here.
 *
 * @throws {StatusError} 409 for another manager's field with another value, unless `force`.
 */
export function applyTo(current: KubeObject, applied: Application): { object: unknown; managed: ManagedFields[] } {
  const { resource, body, manager, force } = applied;
  const owners = managedFieldsOf(current);
  const isOwn = (owner: ManagedFields) => owner.manager === manager && owner.operation === 'Apply';
  const wanted = leavesOf(resource, body);
  const live = leavesOf(resource, current);
  const contested = owners
    .filter((owner) => !isOwn(owner))
    .map((owner) => ({
      owner,
      paths: pathsOf(owner).filter((path) => wanted.has(path) && !isDeepStrictEqual(wanted.get(path), live.get(path))),
    }))
    .filter(({ paths }) => paths.length > 0);
  if (contested.length > 0 && !force) {
    throw conflictingManagers(
      contested.flatMap(({ owner, paths }) => paths.map((path) => ({ manager: owner.manager, field: fieldOf(path) }))),
    );
  }
  const others = owners
    .filter((owner) => !isOwn(owner))
    .map((owner) => without(owner, new Set(contested.find((one) => one.owner === owner)?.paths)));
  const kept = new Set([...wanted.keys(), ...others.flatMap(pathsOf)]);
  const before = owners.find(isOwn);
  const merged = resource.custom ? mergePatch(current, body) : strategicMergePatch(current, body);
  const dropped = before === undefined ? [] : pathsOf(before).filter((path) => !kept.has(path));
  const object = dropped.reduce<unknown>((rest, path) => removed(rest, JSON.parse(path)), merged);
  return { object, managed: [...present(others), ownEntry(applied, wanted, before)] };
}

/** The owners of an object that begins with an application. */
export function firstApplication(applied: Application): ManagedFields[] {
  return [ownEntry(applied, leavesOf(applied.resource, applied.body), undefined)];
}

/** The owner of an object that is created in another way: all of it, defaults included. */
export function firstUpdate(resource: Resource, object: KubeObject, writer: Writer): ManagedFields[] {
  return present([updateEntry(object, writer, [...leavesOf(resource, object).keys()])]);
}

interface Writer {
  readonly manager: string;
  readonly time: string;
}

/** The owners after a change by another way than apply: what was changed is the changer's. */
export function ownersAfterUpdate(
  resource: Resource,
  current: KubeObject,
  next: KubeObject,
  writer: Writer,
): ManagedFields[] {
  const { manager } = writer;
  const owners = managedFieldsOf(current);
  if (owners.length === 0) return owners;
  const [before, after] = [leavesOf(resource, current), leavesOf(resource, next)];
  const isChanged = (path: string) => !isDeepStrictEqual(before.get(path), after.get(path));
  const changed = new Set([...before.keys(), ...after.keys()].filter(isChanged));
  if (changed.size === 0) return owners;
  const isOwn = (owner: ManagedFields) => owner.manager === manager && owner.operation === 'Update';
  const own = owners.find(isOwn);
  const paths = [...(own === undefined ? [] : pathsOf(own)), ...changed].filter((path) => after.has(path));
  const others = owners.filter((owner) => !isOwn(owner)).map((owner) => without(owner, changed));
  return present([...others, updateEntry(next, writer, paths)]);
}

function updateEntry({ apiVersion }: KubeObject, writer: Writer, paths: readonly string[]): ManagedFields {
  return { ...writer, operation: 'Update', apiVersion, fieldsType: 'FieldsV1', fieldsV1: nested(paths) };
}

function managedFieldsOf({ metadata }: KubeObject): ManagedFields[] {
  // Written by this module alone: what clients send is left out.
  return (metadata.managedFields ?? []) as ManagedFields[];
}

/** The same entry as before, time included, where nothing changed: an application that changes nothing makes no new version. */
function ownEntry(
  { body, manager, time }: Application,
  wanted: Leaves,
  before: ManagedFields | undefined,
): ManagedFields {
  const fieldsV1 = nested([...wanted.keys()]);
  if (before && isDeepStrictEqual(before.fieldsV1, fieldsV1)) return before;
  return { manager, operation: 'Apply', apiVersion: String(body.apiVersion), time, fieldsType: 'FieldsV1', fieldsV1 };
}

const present = (owners: ManagedFields[]) => owners.filter(({ fieldsV1 }) => Object.keys(fieldsV1).length > 0);

function without(owner: ManagedFields, lost: ReadonlySet<string>): ManagedFields {
  const paths = pathsOf(owner);
  if (!paths.some((path) => lost.has(path))) return owner;
  return { ...owner, fieldsV1: nested(paths.filter((path) => !lost.has(path))) };
}

/** What has owners: everything but what names the object, what the server writes, and the status. */
function leavesOf({ custom }: Resource, object: JsonObject): Leaves {
  const { apiVersion: _, kind: __, status: ___, metadata, ...content } = object;
  const leaves: Leaves = new Map();
  const walk = (value: unknown, name: string, steps: readonly string[]): void => {
    const keys = custom ? undefined : mergeKeys[name];
    if (isJsonObject(value) && Object.keys(value).length > 0) {
      for (const [field, inner] of Object.entries(value)) walk(inner, field, [...steps, `f:${field}`]);
    } else if (Array.isArray(value) && keys === 'set') {
      for (const item of value) leaves.set(JSON.stringify([...steps, `v:${JSON.stringify(item)}`]), item);
    } else if (Array.isArray(value) && keys !== undefined && keys !== 'set' && value.every(isJsonObject)) {
      const key = mergeKeyOf(keys, value) ?? '';
      for (const item of value) {
        const at = [...steps, `k:${JSON.stringify({ [key]: item[key] })}`];
        leaves.set(JSON.stringify([...at, '.']), true);
        for (const [field, inner] of Object.entries(item)) walk(inner, field, [...at, `f:${field}`]);
      }
    } else leaves.set(JSON.stringify(steps), value);
  };
  const owned = ['labels', 'annotations', 'finalizers', 'ownerReferences'];
  for (const [field, value] of Object.entries(isJsonObject(metadata) ? metadata : {})) {
    const isEmpty = isJsonObject(value) && Object.keys(value).length === 0;
    if (owned.includes(field) && !isEmpty) walk(value, field, ['f:metadata', `f:${field}`]);
  }
  for (const [field, value] of Object.entries(content)) walk(value, field, [`f:${field}`]);
  return leaves;
}

function nested(paths: readonly string[]): Fields {
  const root: Record<string, Fields> = {};
  for (const path of paths) {
    let at = root;
    for (const step of stepsOf(path)) {
      const below: Record<string, Fields> = { ...at[step] };
      at[step] = below;
      at = below;
    }
  }
  return root;
}

function pathsOf({ fieldsV1 }: ManagedFields): string[] {
  const walk = (fields: Fields, steps: readonly string[]): string[] => {
    const entries = Object.entries(fields);
    return entries.length === 0
      ? [JSON.stringify(steps)]
      : entries.flatMap(([step, below]) => walk(below, [...steps, step]));
  };
  return Object.keys(fieldsV1).length === 0 ? [] : walk(fieldsV1, []);
}

/** Paths are made of steps by this module alone. */
const stepsOf = (path: string): string[] => JSON.parse(path);

/** `.spec.template.spec.containers[name="web"].image`, as the API server writes it. */
function fieldOf(path: string): string {
  return stepsOf(path)
    .map((step) => {
      if (step.startsWith('f:')) return `.${step.slice(2)}`;
      if (!step.startsWith('k:')) return step.startsWith('v:') ? `[=${step.slice(2)}]` : '';
      const keys: JsonObject = JSON.parse(step.slice(2));
      return `[${Object.entries(keys)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`;
    })
    .join('');
}

/** The value without what the steps lead to, and without what is empty then. */
function removed(value: unknown, [step = '', ...below]: readonly string[]): unknown {
  if (step.startsWith('f:')) {
    const field = step.slice(2);
    if (!isJsonObject(value) || !(field in value)) return value;
    const { [field]: inner, ...rest } = value;
    const kept = below.length === 0 ? undefined : removed(inner, below);
    return isEmpty(kept) ? rest : { ...value, [field]: kept };
  }
  if (!Array.isArray(value)) return value;
  if (step.startsWith('v:')) return value.filter((item) => JSON.stringify(item) !== step.slice(2));
  const key: JsonObject = JSON.parse(step.slice(2));
  const isIt = (item: unknown) => isJsonObject(item) && Object.entries(key).every(([name, own]) => item[name] === own);
  if (below[0] === '.') return value.filter((item) => !isIt(item));
  return value.map((item) => (isIt(item) ? removed(item, below) : item));
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
