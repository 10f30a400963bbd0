import { generateKeyPairSync, sign } from 'node:crypto';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What a sign-in service answers to a code (RFC 6749, OpenID Connect Core 3.1.3.3): an id token for Ana, valid for an hour, and an access token. */
export function tokenAnswer(claims: { iss: string; aud: string; nonce: string | null; [claim: string]: unknown }) {
  const now = Math.floor(Date.now() / 1_000);
  const payload = { sub: 'ana', email: 'ana@example.com', iat: now, exp: now + 3_600, ...claims };
  const parts = [{ alg: 'RS256', typ: 'JWT', kid: 'one' }, payload];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  return { id_token: token, access_token: 'another', token_type: 'Bearer', expires_in: 3_600 };
}
