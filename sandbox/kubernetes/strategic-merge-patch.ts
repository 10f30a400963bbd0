import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from './kube-object.ts';

/**
 * How the lists of built-in kinds merge, by field name (`patchMergeKey` in the Go types of k8s.io/api): objects by one of
 * their fields, or scalars as a set. Lists that are not here are replaced.
 */
export const mergeKeys: Record<string, readonly string[] | 'set'> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  ports: ['containerPort', 'port'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  resourceClaims: ['name'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  addresses: ['type'],
  finalizers: 'set',
};

/** Kubernetes' strategic merge patch with its directives (`$patch`, `$deleteFromPrimitiveList`, `$setElementOrder`, `$retainKeys`). */
export function strategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const directive = patch.$patch;
  if (directive === 'delete') return {};
  if (directive === 'replace') return withoutDirectives(patch);
  const result: JsonObject = isJsonObject(target) ? retained({ ...target }, patch) : {};

  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$deleteFromPrimitiveList/')) {
      const field = name.slice('$deleteFromPrimitiveList/'.length);
      const removed = Array.isArray(value) ? value : [];
      const old = result[field];
      if (Array.isArray(old)) result[field] = old.filter((item) => !removed.includes(item));
    }
  }
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$')) continue;
    if (value === null) delete result[name];
    else if (Array.isArray(value)) result[name] = mergeList(name, result[name], value);
    else result[name] = strategicMergePatch(result[name], value);
  }
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith('$setElementOrder/') || !Array.isArray(order)) continue;
    const field = name.slice('$setElementOrder/'.length);
    const list = result[field];
    if (Array.isArray(list)) result[field] = ordered(field, list, order);
  }
  return result;
}

function retained(target: JsonObject, patch: JsonObject): JsonObject {
  const keep = patch.$retainKeys;
  if (!Array.isArray(keep)) return target;
  return Object.fromEntries(Object.entries(target).filter(([name]) => keep.includes(name)));
}

function mergeList(field: string, target: unknown, patch: unknown[]): unknown[] {
  const old = Array.isArray(target) ? target : [];
  const keys = mergeKeys[field];
  if (keys === 'set') return [...old, ...patch.filter((item) => !old.includes(item))];
  const replace = patch.some((item) => isJsonObject(item) && item.$patch === 'replace');
  const key = keys && mergeKeyOf(keys, [...patch, ...old]);
  if (!key || replace) {
    return patch.filter((item) => !(isJsonObject(item) && item.$patch === 'replace')).map(withoutDirectives);
  }
  const result = [...old];
  for (const item of patch) {
    if (!isJsonObject(item)) continue;
    const at = result.findIndex((candidate) => isJsonObject(candidate) && candidate[key] === item[key]);
    if (item.$patch === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) {
      result[at] = strategicMergePatch(result[at], item);
    } else {
      result.push(strategicMergePatch({}, item));
    }
  }
  return result;
}

/** A list merges by the first of its possible keys that its objects have. */
export function mergeKeyOf(keys: readonly string[], items: unknown[]): string | undefined {
  return keys.find((key) => items.some((item) => isJsonObject(item) && item[key] !== undefined));
}

/** Items named in `order` take its sequence; others (added on the server meanwhile) follow them. */
function ordered(field: string, list: unknown[], order: unknown[]): unknown[] {
  const keys = mergeKeys[field];
  const key = Array.isArray(keys) ? mergeKeyOf(keys, order) : undefined;
  const place = (item: unknown) => {
    const at = order.findIndex((wanted) =>
      key && isJsonObject(wanted) && isJsonObject(item) ? wanted[key] === item[key] : isDeepStrictEqual(wanted, item),
    );
    return at < 0 ? order.length : at;
  };
  return [...list].sort((a, b) => place(a) - place(b));
}

function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (!isJsonObject(value)) return value;
  const fields = Object.entries(value).filter(([name]) => !name.startsWith('$'));
  return Object.fromEntries(fields.map(([name, item]) => [name, withoutDirectives(item)]));
}
