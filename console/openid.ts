import * as oauth from 'oauth4webapi';
import type { SignInWay } from '../contracts/api/session.ts';

/**
 * Signs a browser in at a sign-in service: OpenID Connect, authorization code with PKCE (RFC 7636), since a page can keep no secret.
 * What the token says is checked (issuer, audience, nonce, times); its signature is not, which whoever is asked with it checks.
 */

type OpenId = Extract<SignInWay, { kind: 'openid' }>;
type Memory = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
type Return = { kind: 'signed-in'; token: string; after: string } | { kind: 'refused'; message: string };

interface Begun {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  readonly after: string;
}

const key = 'sluice-signing-in';

const serverOf = ({ issuer, authorize, token }: OpenId): oauth.AuthorizationServer => ({
  issuer,
  authorization_endpoint: authorize,
  token_endpoint: token,
  // Those that API Gateway takes.
  id_token_signing_alg_values_supported: ['RS256', 'RS384', 'RS512'],
});

// API Gateway goes by its own clock; that of a laptop may be minutes away from it.
const clientOf = ({ client }: OpenId): oauth.Client => ({ client_id: client, [oauth.clockTolerance]: 600 });

/**
 * The address to go to, for the sign-in service to ask who is there: `home` is where it sends people back to, `after` the hash of what
 * they were looking at.
 */
export async function beginSignIn(
  way: OpenId,
  { memory, home, after }: { memory: Memory; home: string; after: string },
): Promise<string> {
  const begun: Begun = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    after,
  };
  memory.setItem(key, JSON.stringify(begun));
  const address = new URL(way.authorize);
  for (const [name, value] of Object.entries({
    response_type: 'code',
    client_id: way.client,
    redirect_uri: home,
    scope: 'openid email profile',
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
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
  const begun = readBegun(memory.getItem(key));
  memory.removeItem(key);
  if (begun === null || begun.state !== address.searchParams.get('state'))
    return refused('This page did not ask for that sign-in.');
  const [server, client] = [serverOf(way), clientOf(way)];
  try {
    const code = oauth.validateAuthResponse(server, client, address, begun.state);
    const answer = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), code, home, begun.verifier, {
      [oauth.customFetch]: (url, options) => ask(url, options as RequestInit),
      [oauth.allowInsecureRequests]: isOnThisMachine(new URL(way.token)),
      signal: AbortSignal.timeout(15_000),
    });
    const expected = { expectedNonce: begun.nonce, requireIdToken: true };
    const { id_token: token } = await oauth.processAuthorizationCodeResponse(server, client, answer, expected);
    if (token === undefined) return refused('The sign-in service gave no token.');
    return { kind: 'signed-in', token, after: begun.after };
  } catch (error) {
    return refused(whyRefused(error));
  }
}

const refused = (message: string): Return => ({ kind: 'refused', message });

/** Where nobody listens between them. */
const isOnThisMachine = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);

function whyRefused(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError)
    return `The sign-in service refused: ${error.error_description ?? error.error}`;
  if (error instanceof oauth.WWWAuthenticateChallengeError) return `The sign-in service refused (${error.status}).`;
  if (error instanceof oauth.OperationProcessingError)
    return `What the sign-in service answered is not right: ${error.message}.`;
  return 'The sign-in service does not answer.';
}

const readBegun = (text: string | null): Begun | null => (text === null ? null : JSON.parse(text));
