import type { SignInWay } from '../contracts/api/session.ts';

/**
 * Signs a browser in at a sign-in service: OpenID Connect, authorization code with PKCE (RFC 7636), since a page can keep no secret.
 * The token is not verified here: whoever is asked with it does that.
 */

type OpenId = Extract<SignInWay, { kind: 'openid' }>;
type Memory = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
type Return = { kind: 'signed-in'; token: string; after: string } | { kind: 'refused'; message: string };

const key = 'sluice-signing-in';

/**
 * The address to go to, for the sign-in service to ask who is there: `home` is where it sends people back to, `after` the hash of what
 * they were looking at.
 */
export async function beginSignIn(
  way: OpenId,
  { memory, home, after }: { memory: Memory; home: string; after: string },
): Promise<string> {
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

/** Whether the sign-in service sent somebody here. */
export const isReturn = ({ searchParams }: URL): boolean =>
  searchParams.has('state') && (searchParams.has('code') || searchParams.has('error'));

/** Exchanges what the sign-in service sent somebody back with for a token. It works once, and only in the tab that began. */
export async function endSignIn(
  way: OpenId,
  { memory, home, address, ask }: { memory: Memory; home: string; address: URL; ask: typeof fetch },
): Promise<Return> {
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
    // As OpenID Connect says; whether there is a token is looked at.
    const { id_token: token } = (await answer.json()) as { id_token?: unknown };
    if (answer.ok && typeof token === 'string') return { kind: 'signed-in', token, after: begun.after };
    return { kind: 'refused', message: `The sign-in service gave no token (${answer.status}).` };
  } catch {
    return { kind: 'refused', message: 'The sign-in service does not answer.' };
  }
}

const readBegun = (text: string | null): { verifier: string; state: string; after: string } | null =>
  text === null ? null : JSON.parse(text);

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

const sha256 = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
