import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json } from '../interpreter/json.ts';

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const timestamp = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/g;

/** The first place where `actual` is not what is expected; undefined when it is. A mask stands for any value. */
export function difference(
  expected: unknown,
  actual: unknown,
  masks: readonly string[],
  path = '$',
): string | undefined {
  const wrong = () => `${path}: expected ${show(expected)}, got ${show(actual)}`;
  if (typeof expected === 'string') return fits(expected, actual, masks) ? undefined : wrong();
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return wrong();
    return first(expected, (element, index) => difference(element, actual[index], masks, `${path}[${index}]`));
  }
  if (!isObject(expected)) return expected === actual ? undefined : wrong();
  const found = isObject(actual) ? actual : jsonIn(actual);
  if (!isObject(found)) return wrong();
  const names = Object.keys(expected).sort();
  const others = Object.keys(found).sort();
  if (!isDeepStrictEqual(names, others)) return `${path}: expected the fields ${names}, got ${others}`;
  return first(names, (name) => difference(expected[name], found[name], masks, `${path}.${name}`));
}

function first<T>(list: readonly T[], look: (element: T, index: number) => string | undefined): string | undefined {
  for (const [index, element] of list.entries()) {
    const found = look(element, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

const show = (value: unknown): string => String(JSON.stringify(value)).slice(0, 160);

/** What a text holds, when that is JSON: recordings have some texts parsed. */
function jsonIn(text: unknown): Json | undefined {
  if (typeof text !== 'string' || !/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json; // JSON.parse yields nothing else
  } catch {
    return undefined;
  }
}

function fits(expected: string, actual: unknown, masks: readonly string[]): boolean {
  if (expected === actual || masks.includes(expected)) return true;
  if (typeof actual !== 'string') return false;
  const inside = jsonIn(expected);
  if (inside !== undefined && jsonIn(actual) !== undefined) return !difference(inside, jsonIn(actual), masks);
  const parts = expected.split(maskPattern(masks));
  if (parts.length === 1) return false;
  const pattern = parts.map((part, index) => (index % 2 === 0 ? literally(part) : '[\\s\\S]+?')).join('');
  return new RegExp(`^${pattern}$`).test(actual) || actual.replace(timestamp, 'date') === expected;
}

/** Finds masks, the longest first, so that one that is the beginning of another does not get in its way. */
function maskPattern(masks: readonly string[]): RegExp {
  const longest = masks.toSorted((a, b) => b.length - a.length).map((mask) => literally(mask));
  return longest.length === 0 ? /(?!)/ : new RegExp(`(${longest.join('|')})`);
}
