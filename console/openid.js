/** @import { SignInWay } from '../contracts/api/session.ts' */

/**
 * Signs a browser in at a sign-in service: OpenID Connect, authorization code with PKCE (RFC 7636), since a page can keep no secret.
 * The token is not verified here: whoever is asked with it does that.
 */

/** @typedef {Extract<SignInWay, { kind: 'openid' }>} OpenId */
/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} Memory */
/** @typedef {{ kind: 'signed-in', token: string, after: string } | { kind: 'refused', message: string }} Return */

const key = 'sluice-signing-in';

/**
 * The address to go to, for the sign-in service to ask who is there.
 * @param {OpenId} way
 * @param {{ memory: Memory, home: string, after: string }} from `home` is where the service sends people back to, `after` the hash of
 *   what they were looking at
 */
export async function beginSignIn(way, { memory, home, after }) {
  const [verifier, state] = [random(), random()];
  memory.setItem(key, JSON.stringify({ verifier, state, after }));
  const address = new URL(way.authorize);
  for (const [name, value] of Object.entries({
    response_type: 'code',
    client_id: way.client,
    redirect_uri: home,
    scope: 'openid email profile',
    state,
    code_challenge: base64url(await sha256(verifier)),
    code_challenge_method: 'S256',
  })) {
    address.searchParams.set(name, value);
  }
  return address.href;
}

/** @param {URL} address Whether the sign-in service sent somebody here. */
export const isReturn = ({ searchParams }) =>
  searchParams.has('state') && (searchParams.has('code') || searchParams.has('error'));

/**
 * Exchanges what the sign-in service sent somebody back with for a token. It works once, and only in the tab that began.
 * @param {OpenId} way
 * @param {{ memory: Memory, home: string, address: URL, ask: typeof fetch }} from
 * @returns {Promise<Return>}
 */
export async function endSignIn(way, { memory, home, address, ask }) {
  const { searchParams } = address;
  const begun = readBegun(memory.getItem(key));
  memory.removeItem(key);
  if (begun === null || begun.state !== searchParams.get('state')) {
    return { kind: 'refused', message: 'This page did not ask for that sign-in.' };
  }
  const error = searchParams.get('error');
  if (error !== null) {
    const why = searchParams.get('error_description') ?? error;
    return { kind: 'refused', message: `The sign-in service refused: ${why}` };
  }
  try {
    const answer = await ask(way.token, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: way.client,
        redirect_uri: home,
        code: searchParams.get('code') ?? '',
        code_verifier: begun.verifier,
      }),
      signal: AbortSignal.timeout(15_000),
    });
    const { id_token: token } = await answer.json();
    if (answer.ok && typeof token === 'string') return { kind: 'signed-in', token, after: begun.after };
    return { kind: 'refused', message: `The sign-in service gave no token (${answer.status}).` };
  } catch {
    return { kind: 'refused', message: 'The sign-in service does not answer.' };
  }
}

/**
 * @param {string | null} text
 * @returns {{ verifier: string, state: string, after: string } | null}
 */
const readBegun = (text) => (text === null ? null : JSON.parse(text));

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** @param {string} text */
const sha256 = async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

/** @param {Uint8Array} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
