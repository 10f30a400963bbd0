import { parseQuantity } from '../../../../core/workload/quantity.ts';
import type { KubeObject } from '../objects.ts';
import type { Application } from './application-types.ts';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';
export const trackingAnnotation = 'argocd.argoproj.io/tracking-id';

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What nobody would miss: a server does not keep it, or keeps it as nothing. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isFields(value) && Object.values(value).every(isEmpty));

/** Whether `live` says all that `wanted` says. Fields that only `live` has are the server's or another's: no difference. */
export function covers(live: unknown, wanted: unknown): boolean {
  if (isEmpty(wanted)) return isEmpty(live) || isFields(live);
  if (isFields(wanted)) {
    return isFields(live) && Object.entries(wanted).every(([name, value]) => covers(live[name], value));
  }
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) && live.length === wanted.length && wanted.every((value, index) => covers(live[index], value))
    );
  }
  return live === wanted || sameQuantity(live, wanted);
}

/** `500m` is `0.5`: a real server rewrites quantities. */
function sameQuantity(a: unknown, b: unknown): boolean {
  const left = parseQuantity(a);
  return left !== null && left === parseQuantity(b);
}

/** The JSON pointers of an object that the Application does not compare. */
export function ignoredPointers(
  { spec }: Pick<Application, 'spec'>,
  { apiVersion, kind, metadata }: KubeObject,
): string[] {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  const fits = (wanted: string | undefined, value: string | undefined): boolean =>
    wanted === undefined || wanted === value;
  return (spec.ignoreDifferences ?? [])
    .filter((one) => (one.group === '*' || (one.group ?? '') === group) && (one.kind === '*' || one.kind === kind))
    .filter((one) => fits(one.name, metadata.name) && fits(one.namespace, metadata.namespace))
    .flatMap(({ jsonPointers }) => jsonPointers ?? []);
}

/** The object with another value at each pointer: the value in `from`, or nothing where `from` has none. */
export function withValuesFrom<T extends KubeObject>(object: T, pointers: readonly string[], from: unknown): T {
  const copy = structuredClone(object);
  for (const pointer of pointers) {
    const path = pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = path.at(-1) ?? '';
    let at: unknown = copy;
    let source: unknown = from;
    for (const part of path.slice(0, -1)) {
      at = isFields(at) ? at[part] : undefined;
      source = isFields(source) ? source[part] : undefined;
    }
    if (!isFields(at)) continue;
    const value = isFields(source) ? source[last] : undefined;
    if (value === undefined) delete at[last];
    else at[last] = value;
  }
  return copy;
}

/** What was applied last, as kubectl and Argo CD note it on the object itself. */
export function lastApplied(live: KubeObject): unknown {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The JSON merge patch that makes `live` what `wanted` says, by a three-way comparison: what was applied last and is no
 * longer wanted goes, what others have added stays. Undefined when there is nothing to do.
 */
export function mergePatch(live: unknown, wanted: unknown, applied: unknown): Fields | undefined {
  if (!isFields(live) || !isFields(wanted)) return undefined;
  const patch: Fields = {};
  for (const [name, value] of Object.entries(wanted)) {
    const before = isFields(applied) ? applied[name] : undefined;
    if (isFields(value) && isFields(live[name])) {
      const inner = mergePatch(live[name], value, before);
      if (inner !== undefined) patch[name] = inner;
    } else if (mergedByName.has(name) && Array.isArray(value)) {
      const all = [...value, ...ofOthers(live[name], value, before)];
      if (!covers(inOrder(live[name], all), all)) patch[name] = all;
    } else if (!covers(live[name], value)) patch[name] = value;
  }
  for (const name of isFields(applied) ? Object.keys(applied) : []) {
    if (!Object.hasOwn(wanted, name) && live[name] !== undefined) patch[name] = null;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Lists whose items kubectl and Argo CD tell apart by name: an item that only the server has is no difference, and a sync leaves it there. */
const mergedByName: ReadonlySet<string> = new Set(['containers', 'initContainers']);

const itemsOf = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : []);
const nameOf = (item: unknown): unknown => (isFields(item) ? item.name : undefined);

/** What stands in a live list and was neither applied nor is wanted. */
function ofOthers(live: unknown, wanted: readonly unknown[], applied: unknown): unknown[] {
  const ours = new Set([...wanted, ...itemsOf(applied)].map(nameOf));
  return itemsOf(live).filter((item) => !ours.has(nameOf(item)));
}

/** A live list in the order of a wanted one, as far as it has the items of it. */
const inOrder = (live: unknown, wanted: readonly unknown[]): unknown => {
  const found = wanted.map((one) => itemsOf(live).find((item) => nameOf(item) === nameOf(one)));
  return found.length === itemsOf(live).length ? found : live;
};

/** The JSON merge patch that makes `before` exactly `after`: what is missing in `after` becomes null. */
export function replacing(before: unknown, after: unknown): unknown {
  if (!isFields(before) || !isFields(after)) return after;
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return {
    ...Object.fromEntries(Object.entries(after).map(([name, value]) => [name, replacing(before[name], value)])),
    ...Object.fromEntries(gone.map((name) => [name, null])),
  };
}
