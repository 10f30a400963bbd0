import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretPair } from '../secrets/secrets.ts';

/**
 * Whether GitHub signed exactly these bytes (`x-hub-signature-256`) with one of the two secrets that are valid now. Constant
 * time. Octokit's own `verify` takes text, and text is not the bytes: it would accept what decodes to the same characters.
 *
 * @example if (!isSignedByGitHub(bytes, request.headers.get('x-hub-signature-256'), pair)) return 401;
 */
export function isSignedByGitHub(
  bytes: Uint8Array,
  signature: string | null | undefined,
  secrets: SecretPair,
): boolean {
  const presented = /^sha256=([0-9a-f]{64})$/.exec(signature ?? '')?.[1];
  if (presented === undefined) return false;
  const given = Buffer.from(presented, 'hex');
  const { current, previous } = secrets;
  // Both are always computed, so that the time says nothing about which one it was.
  const [byCurrent, byPrevious] = [current, previous ?? current].map((secret) => {
    if (secret === '') return false;
    return timingSafeEqual(given, createHmac('sha256', secret).update(bytes).digest());
  });
  return byCurrent === true || byPrevious === true;
}
