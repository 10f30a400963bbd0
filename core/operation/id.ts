import { createHash } from 'node:crypto';
import type { Instant } from '../../contracts/instant.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Writes `value` in Crockford's base 32, lower case, padded with zeros to `length`. */
function base32(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = `${alphabet[Number(rest % 32n)]}${text}`;
    rest /= 32n;
  }
  return text;
}

/**
 * An operation's id: 10 characters of its start in milliseconds, so ids sort by time, and 10 (50 bits) of the seed's SHA-256.
 * The same start and seed always give the same id, so a repeated registration finds the first one (I10).
 *
 * @example operationId(parseInstant(execution.startedAt), execution.name) // '01kb3n4q7r8fz2m1x0ta'
 */
export function operationId(startedAt: Instant, seed: string): string {
  const hash = createHash('sha256').update(seed).digest();
  // the upper 50 of 64 bits: ten characters of five
  const bits = hash.readBigUInt64BE(0) >> 14n;
  return firstIdAt(startedAt) + base32(bits, 10);
}

/** What every id of an operation that starts then or later is behind, and every id of an earlier one before. */
export const firstIdAt = (at: Instant): string => base32(BigInt(Math.max(0, Math.floor(at))), 10);
