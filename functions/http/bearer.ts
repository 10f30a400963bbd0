import { createHash, timingSafeEqual } from 'node:crypto';
import type { SecretPair } from '../../adapters/secrets/secrets.ts';

/** Whether the `authorization` header carries one of the two values that are valid now. Compared in constant time. */
export function isBearer(header: string | undefined, { current, previous }: SecretPair): boolean {
  const presented = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (presented === undefined) return false;
  // Both are always compared, so that the time says nothing about which one it was.
  const isCurrent = sameText(presented, current);
  const isPrevious = sameText(presented, previous ?? current);
  return isCurrent || isPrevious;
}

/** Compares two texts without telling by time how much of them is the same. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
