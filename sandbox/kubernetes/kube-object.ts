/** A JSON object whose fields are not known. */
export type JsonObject = Record<string, unknown>;

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** `metadata` as the server keeps it; fields that it does not look at pass through. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  /** RFC 3339, whole seconds, as all times in Kubernetes metadata. */
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  [field: string]: unknown;
}

/** A stored object. It is never changed in place: whoever wants another state makes another object. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of field names, or undefined where any step is missing. */
export function fieldAt(value: unknown, ...path: (string | number)[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    // any object can be read by name; a missing field reads undefined
    at = (at as JsonObject)[name];
  }
  return at;
}

/** Like `fieldAt`, as text: '' unless it is a string, a number or a boolean. */
export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = fieldAt(value, ...path);
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
}

export function numberAt(value: unknown, ...path: (string | number)[]): number | undefined {
  const found = fieldAt(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = fieldAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

const serialised = new WeakMap<KubeObject, string>();

/** An object's JSON text, made once per stored state however many watchers want it. */
export function objectJson(object: KubeObject): string {
  let json = serialised.get(object);
  if (json === undefined) {
    json = JSON.stringify(object);
    serialised.set(object, json);
  }
  return json;
}

/** Kubernetes' spelling of an instant in metadata: RFC 3339 in UTC without a fraction. */
export function kubeTime(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
