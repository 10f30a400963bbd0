import { isJsonObject, type JsonObject } from './kube-object.ts';
import type { Resource } from './resource-table.ts';
import { badRequest, invalid } from './status-error.ts';

/** An object as a client sends it: its own, freely changeable copy, whose metadata has the right form. */
export interface InputObject extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: InputMeta;
}

export interface InputMeta extends JsonObject {
  name?: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
}

/**
 * Checks that `body` is an object of this kind with well-formed metadata. Returns it copied, with `apiVersion` the stored
 * version. Errors: 400 for another kind or malformed metadata.
 */
export function parseObject(resource: Resource, body: unknown): InputObject {
  if (!isJsonObject(body)) throw badRequest('the body of the request is not an object');
  const { group, versions, kind, custom } = resource;
  const served = versions.map((version) => (group ? `${group}/${version}` : version));
  // The path says the kind of what the server has types for; a custom object has to say it itself.
  if (custom && !body.apiVersion) throw badRequest(`Object 'apiVersion' is missing in '${JSON.stringify(body)}'`);
  if (custom && !body.kind) throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body)}'`);
  if (body.kind !== undefined && body.kind !== kind) {
    throw badRequest(`${String(body.kind)} in version "${String(body.apiVersion)}" cannot be handled as a ${kind}`);
  }
  if (body.apiVersion !== undefined && !served.includes(String(body.apiVersion))) {
    throw badRequest(
      `the API version in the data (${String(body.apiVersion)}) does not match the expected API version (${served[0]})`,
    );
  }
  // a copy of JSON is JSON: still an object
  const object = structuredClone(body) as JsonObject;
  return { ...object, apiVersion: served[0] ?? '', kind, metadata: parseMeta(resource, object.metadata ?? {}) };
}

function parseMeta(resource: Resource, meta: unknown): InputMeta {
  if (!isJsonObject(meta)) throw badRequest('metadata is not an object');
  const wrong = (field: string, expected: string) =>
    badRequest(
      `${resource.kind} in version "${resource.versions[0]}" cannot be handled: metadata.${field} is not ${expected}`,
    );
  for (const [field, value] of Object.entries(meta)) {
    // the real server's types omit what is empty
    if (isEmpty(value)) delete meta[field];
    else if (texts.includes(field) && typeof value !== 'string') throw wrong(field, 'a string');
    else if (maps.includes(field) && !isTextMap(value)) throw wrong(field, 'a map of strings');
    else if (field === 'finalizers' && !isListOf(value, isText)) throw wrong(field, 'a list of strings');
    else if (field === 'ownerReferences' && !isListOf(value, isOwner)) throw wrong(field, 'a list of owners with uids');
  }
  delete meta.managedFields;
  delete meta.selfLink;
  // every field that InputMeta names was checked above
  return meta as InputMeta;
}

const texts = ['name', 'namespace', 'generateName', 'uid', 'resourceVersion', 'deletionTimestamp'];
const maps = ['labels', 'annotations'];

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextMap = (value: unknown): boolean => isJsonObject(value) && Object.values(value).every(isText);
const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);
const isOwner = (value: unknown): boolean => isJsonObject(value) && isText(value.uid);

function isEmpty(value: unknown): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** A name is a DNS subdomain, or for RBAC a path segment. Errors: 422. */
export function checkName(resource: Resource, name: string): void {
  const lenient = resource.group === 'rbac.authorization.k8s.io';
  const valid = lenient ? !/[/%]/.test(name) : /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name);
  if (valid && name.length <= 253) return;
  throw invalid(resource, name, [
    {
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      message: `Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
    },
  ]);
}
