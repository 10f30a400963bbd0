/** EventBridge patterns, the part that rules of this project need: lists of exact values, `prefix`, `exists` and `anything-but`. */
export type EventPattern = { readonly [field: string]: EventPattern | readonly PatternValue[] };
export type PatternValue =
  | string
  | number
  | boolean
  | null
  | { readonly prefix: string }
  | { readonly exists: boolean }
  | { readonly 'anything-but': string | readonly string[] };

/** Whether every field of `pattern` is matched by `event`; a field that is a list matches by any of its elements. */
export function matchPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = typeof event === 'object' && event !== null ? Reflect.get(event, field) : undefined;
    if (!isValues(wanted)) return matchPattern(wanted, value);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return wanted.some((one) => values.some((given) => matchesValue(one, given)));
  });
}

const isValues = (wanted: EventPattern | readonly PatternValue[]): wanted is readonly PatternValue[] =>
  Array.isArray(wanted);

function matchesValue(wanted: PatternValue, value: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return wanted === value;
  if ('exists' in wanted) return (value !== undefined) === wanted.exists;
  if ('prefix' in wanted) return typeof value === 'string' && value.startsWith(wanted.prefix);
  const refused = [wanted['anything-but']].flat();
  return typeof value === 'string' && !refused.includes(value);
}

/** @throws Error naming the first part of a pattern that the sandbox does not understand (it would otherwise never match). */
export function checkPattern(pattern: unknown, path = 'pattern'): asserts pattern is EventPattern {
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern)) throw unknownPattern(path);
  for (const [field, wanted] of Object.entries(pattern)) {
    if (!Array.isArray(wanted)) checkPattern(wanted, `${path}.${field}`);
    else if (wanted.length === 0 || !wanted.every(isPatternValue)) throw unknownPattern(`${path}.${field}`);
  }
}

const unknownPattern = (path: string): Error =>
  new Error(`Event pattern is not valid. Reason: the sandbox does not understand ${path}`);

function isPatternValue(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const keys = Object.keys(value);
  return keys.length === 1 && ['exists', 'prefix', 'anything-but'].includes(keys[0] ?? '');
}
