import { stringify } from 'yaml';
import type { SubjectDiff } from '../../contracts/records/subject.ts';
import { diffFiles } from './file-diff.ts';
import { isSecretName } from './secret-names.ts';

/** What changes in the objects that a cluster gets, one file for each. Secrets are hidden; that one of them changes is said. */
export function diffManifests(before: readonly unknown[], after: readonly unknown[]): SubjectDiff {
  const [from, to] = [byName(before), byName(after)];
  const shown = { before: new Map<string, string>(), after: new Map<string, string>() };
  for (const name of new Set([...from.keys(), ...to.keys()])) {
    const [old, wanted] = [from.get(name), to.get(name)];
    const [oldShown, wantedShown] = hidden(old, wanted, false);
    if (old !== undefined) shown.before.set(name, textOf(oldShown));
    if (wanted !== undefined) shown.after.set(name, textOf(wantedShown));
  }
  return diffFiles(texts(from), texts(to), shown);
}

/** Whether two renderings are the same, whatever the order of objects and fields. */
export const isSameRendering = (one: readonly unknown[], other: readonly unknown[]): boolean => {
  const [a, b] = [texts(byName(one)), texts(byName(other))];
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text);
};

const texts = (objects: ReadonlyMap<string, unknown>) =>
  new Map([...objects].map(([name, object]) => [name, textOf(object)]));
const textOf = (object: unknown): string =>
  stringify(object, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });

/** By `Deployment/chest-xray`; of several objects of one name, which Kubernetes allows in different groups, each has a number. */
function byName(objects: readonly unknown[]): Map<string, unknown> {
  const named = new Map<string, unknown>();
  for (const object of objects) {
    const { kind, metadata } = isMap(object) ? object : {};
    const name = isMap(metadata) ? metadata.name : undefined;
    const base = `${String(kind ?? 'unknown')}/${String(name ?? 'unnamed')}`;
    let key = base;
    for (let count = 2; named.has(key); count += 1) key = `${base} ${count}`;
    named.set(key, object);
  }
  return named;
}

type Pair = [unknown, unknown];

/** Both sides at once, so that a hidden value that changes can be told from one that does not. */
function hidden(before: unknown, after: unknown, isSecret: boolean): Pair {
  if (isList(before) || isList(after)) return hiddenList(before, after, isSecret);
  if (isMap(before) || isMap(after)) return hiddenMap(before, after, isSecret);
  if (!isSecret) return [before, after];
  const changes = before !== undefined && after !== undefined && before !== after;
  return [
    before === undefined ? undefined : '(hidden)',
    after === undefined ? undefined : changes ? '(hidden, another value)' : '(hidden)',
  ];
}

function hiddenMap(before: unknown, after: unknown, isSecret: boolean): Pair {
  const [old, wanted] = [isMap(before) ? before : {}, isMap(after) ? after : {}];
  const isSecretObject = old.kind === 'Secret' || wanted.kind === 'Secret';
  const isSecretVariable = [old.name, wanted.name].some((name) => typeof name === 'string' && isSecretName(name));
  const shown: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const key of new Set([...Object.keys(old), ...Object.keys(wanted)])) {
    const hides =
      isSecret ||
      (isSecretObject && (key === 'data' || key === 'stringData')) ||
      (isSecretVariable && key === 'value') ||
      (isSecretName(key) && !isMap(old[key]) && !isMap(wanted[key]) && !isList(old[key]) && !isList(wanted[key]));
    // A checksum says again that something else of the chart changes, which is shown itself.
    const [oldShown, wantedShown] = key.startsWith('checksum/')
      ? ['(computed)', '(computed)']
      : hidden(old[key], wanted[key], hides);
    if (key in old) shown[0][key] = oldShown;
    if (key in wanted) shown[1][key] = wantedShown;
  }
  return [isMap(before) ? shown[0] : before, isMap(after) ? shown[1] : after];
}

/** Entries with a name, as variables of a container have, are compared with those of the same name. */
function hiddenList(before: unknown, after: unknown, isSecret: boolean): Pair {
  const [old, wanted] = [isList(before) ? before : [], isList(after) ? after : []];
  const partner = (one: unknown, at: number, others: readonly unknown[]): unknown =>
    isMap(one) && typeof one.name === 'string'
      ? others.find((other) => isMap(other) && other.name === one.name)
      : others[at];
  return [
    isList(before) ? old.map((one, at) => hidden(one, partner(one, at, wanted), isSecret)[0]) : before,
    isList(after) ? wanted.map((one, at) => hidden(partner(one, at, old), one, isSecret)[1]) : after,
  ];
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
