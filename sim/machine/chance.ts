import crypto from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { replace } from './replace.ts';

/** A source of chance that is a function of its seed. */
export interface Chance {
  /** An integer from `from` to `to`, both included. */
  int(from: number, to: number): number;
  /** True in `share` of the cases. */
  once(share: number): boolean;
  pick<T>(of: readonly [T, ...T[]]): T;
}

export function createChance(seed: number): Chance {
  const source = xoroshiro128plus(seed);
  const int = (from: number, to: number) => uniformInt(source, from, to);
  return {
    int,
    once: (share) => uniformFloat64(source) < share,
    // The index is within the array, which has an element.
    pick: <T>(of: readonly [T, ...T[]]) => of[int(0, of.length - 1)] as T,
  };
}

let current = xoroshiro128plus(0);
const byte = () => uniformInt(current, 0, 255);
const fill = <T extends NodeJS.ArrayBufferView>(into: T): T => {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let at = 0; at < bytes.length; at++) bytes[at] = byte();
  return into;
};

function uuid(): crypto.UUID {
  const bytes = fill(Buffer.alloc(16));
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x40;
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Takes every source of chance of this process, but for keys and signatures that OpenSSL makes: those are never read by a rule, and
 * no trace has them. To be called before anything is imported that might take a copy. Answers what gives them back.
 */
export function takeChance(): () => void {
  const given = [
    replace(Math, { random: () => uniformFloat64(current) }),
    replace(crypto, {
      randomUUID: uuid,
      randomBytes: (size: number) => fill(Buffer.alloc(size)),
      randomInt: (from: number, to?: number) =>
        to === undefined ? uniformInt(current, 0, from - 1) : uniformInt(current, from, to - 1),
      randomFillSync: fill,
    }),
    replace(globalThis.crypto, { randomUUID: uuid, getRandomValues: fill }),
  ];
  return () => {
    for (const giveBack of given) giveBack();
  };
}

/** From here on, what is random follows from `seed`. */
export function seedChance(seed: number): void {
  current = xoroshiro128plus(seed);
}
