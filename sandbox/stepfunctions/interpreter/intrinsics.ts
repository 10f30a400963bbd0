import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import type { Ids } from './execution.ts';

const formatMillis = jsonata('$fromMillis($millis, $picture, $timezone)');

const hashes: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** The JSONata functions that Step Functions adds, its clock instead of the machine's, and `$eval` taken away. */
export function intrinsics({ now, ids }: { readonly now: number; readonly ids: Ids }): Record<string, unknown> {
  return {
    eval: undefined,
    partition,
    range,
    hash,
    parse,
    random: (seed?: number) => (seed === undefined ? ids.random() : seededRandom(seed)),
    uuid: () => ids.uuid(),
    millis: () => now,
    now: (picture?: string, timezone?: string) => formatMillis.evaluate(undefined, { millis: now, picture, timezone }),
  };
}

function partition(list: unknown, size: unknown): unknown[][] | undefined {
  if (list === undefined) return undefined;
  if (typeof size !== 'number' || !(size >= 1)) throw new Error('$partition expects a chunk size of at least 1');
  const whole = Array.isArray(list) ? list : [list];
  const step = Math.floor(size);
  return Array.from({ length: Math.ceil(whole.length / step) }, (_, n) => whole.slice(n * step, (n + 1) * step));
}

const rangeLimit = 1000;

/** As in AWS's recordings, a range of one element is that element. */
function range(first: unknown, last: unknown, step: unknown): number[] | number | undefined {
  if (typeof first !== 'number' || typeof last !== 'number' || typeof step !== 'number') {
    if (first === undefined || last === undefined || step === undefined) return undefined;
    throw new Error('$range expects three numbers');
  }
  if (step === 0) throw new Error('$range expects a step other than 0');
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > rangeLimit) throw new Error(`$range yields at most ${rangeLimit} elements`);
  if (length === 1) return first;
  return Array.from({ length }, (_, n) => first + n * step);
}

function hash(text: unknown, algorithm: unknown): string | undefined {
  if (text === undefined) return undefined;
  const name = typeof algorithm === 'string' ? hashes[algorithm] : undefined;
  if (!name) throw new Error(`$hash expects one of ${Object.keys(hashes).join(', ')}`);
  return createHash(name)
    .update(typeof text === 'string' ? text : JSON.stringify(text))
    .digest('hex');
}

function parse(text: unknown): unknown {
  return text === undefined ? undefined : JSON.parse(String(text));
}

/** The first `nextDouble()` of `java.util.Random(seed)`, which AWS uses: the same seed gives the same number there and here. */
function seededRandom(seed: number): number {
  const multiplier = 0x5deece66dn;
  const mask = (1n << 48n) - 1n;
  let state = (BigInt(Math.trunc(seed)) ^ multiplier) & mask;
  const next = (bits: bigint): bigint => {
    state = (state * multiplier + 0xbn) & mask;
    return state >> (48n - bits);
  };
  const high = next(26n) << 27n;
  return Number(high + next(27n)) / 2 ** 53;
}
