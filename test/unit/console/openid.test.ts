import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { beginSignIn, endSignIn, isReturn } from '../../../console/openid.ts';
import { tokenAnswer } from '../../support/id-token.ts';

const way = {
  kind: 'openid' as const,
  issuer: 'https://login.example.com',
  client: 'sluice',
  authorize: 'https://login.example.com/authorize?domain=example',
  token: 'https://login.example.com/token',
};
const home = 'https://sluice.example.com/';

function memoryOf() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

/** A sign-in service that gives a token for one code, to whom can show what its challenge was made of (RFC 7636). */
function signInService(begun: URL, claims: object = {}) {
  const exchanged: URLSearchParams[] = [];
  const ask = async (address: unknown, init: RequestInit = {}): Promise<Response> => {
    const form = new URLSearchParams(String(init.body));
    exchanged.push(form);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const right =
      address === way.token &&
      form.get('code') === 'the-code' &&
      form.get('redirect_uri') === begun.searchParams.get('redirect_uri') &&
      challenge === begun.searchParams.get('code_challenge');
    return right ? Response.json(given) : Response.json({ error: 'invalid_grant' }, { status: 400 });
  };
  const given = tokenAnswer({
    ...{ iss: way.issuer, aud: way.client, nonce: begun.searchParams.get('nonce') },
    ...claims,
  });
  return { ask, exchanged, given };
}
const backWith = (query: Record<string, string>) => new URL(`${home}?${new URLSearchParams(query)}`);

describe('signing in at a sign-in service', () => {
  const begin = async (claims: object = {}) => {
    const memory = memoryOf();
    const begun = new URL(await beginSignIn(way, { memory, home, after: '#operation=op1' }));
    return { memory, begun, state: begun.searchParams.get('state') ?? '', ...signInService(begun, claims) };
  };

  it('asks for a code, for this page alone', async () => {
    const { begun, state } = await begin();

    expect(begun.href).toMatch(/^https:\/\/login\.example\.com\/authorize\?domain=example&/);
    expect(Object.fromEntries(begun.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'sluice',
      redirect_uri: home,
      code_challenge_method: 'S256',
      scope: expect.stringContaining('openid'),
    });
    expect(state.length).toBeGreaterThanOrEqual(43);
  });

  it('exchanges the code for a token, and goes on with what was looked at', async () => {
    const { memory, state, ask, given } = await begin();
    const address = backWith({ code: 'the-code', state });

    expect(isReturn(address)).toBe(true);
    expect(await endSignIn(way, { memory, home, address, ask })).toEqual({
      kind: 'signed-in',
      token: given.id_token,
      after: '#operation=op1',
    });
  });

  it.each([
    ['with another state', { code: 'the-code', state: 'of-somebody-else' }],
    ['without a state', { code: 'the-code' }],
  ])('takes no code that comes %s: this page did not ask for it', async (_, query) => {
    const { memory, ask, exchanged } = await begin();

    expect(await endSignIn(way, { memory, home, address: backWith(query), ask })).toMatchObject({ kind: 'refused' });
    expect(exchanged).toEqual([]);
  });

  it('happens once: an address that is opened again is refused', async () => {
    const { memory, state, ask, exchanged } = await begin();
    const from = { memory, home, address: backWith({ code: 'the-code', state }), ask };
    await endSignIn(way, from);

    expect(await endSignIn(way, from)).toMatchObject({ kind: 'refused' });
    expect(exchanged).toHaveLength(1);
  });

  it('says what the sign-in service said', async () => {
    const { memory, state, ask } = await begin();
    const address = backWith({ error: 'access_denied', error_description: 'User is not assigned', state });

    expect(await endSignIn(way, { memory, home, address, ask })).toEqual({
      kind: 'refused',
      message: 'The sign-in service refused: User is not assigned',
    });
  });

  it('is refused when the code is not honoured, or nobody answers', async () => {
    const { memory, state, ask } = await begin();
    const wrong = { memory, home, address: backWith({ code: 'guessed', state }), ask };

    expect(await endSignIn(way, wrong)).toEqual({
      kind: 'refused',
      message: 'The sign-in service refused: invalid_grant',
    });

    const again = await begin();
    const address = backWith({ code: 'the-code', state: again.state });
    const silent = async () => Promise.reject(new TypeError('fetch failed'));
    expect(await endSignIn(way, { memory: again.memory, home, address, ask: silent })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('does not answer'),
    });
  });

  it.each([
    ['another issuer', { iss: 'https://elsewhere.example.com' }],
    ['another client', { aud: 'somebody-else' }],
    ['another sign-in', { nonce: 'of-another' }],
    ['a day that is over', { exp: Math.floor(Date.now() / 1_000) - 86_400 }],
  ])('takes no token of %s', async (_, claims) => {
    const { memory, state, ask } = await begin(claims);
    const address = backWith({ code: 'the-code', state });

    expect(await endSignIn(way, { memory, home, address, ask })).toEqual({
      kind: 'refused',
      message: expect.stringMatching(/^What the sign-in service answered is not right: .+\.$/),
    });
  });

  it('asks no sign-in service over plain HTTP, but for one on this machine', async () => {
    const { memory, state, ask, exchanged } = await begin();
    const address = backWith({ code: 'the-code', state });
    const plain = { ...way, token: 'http://login.example.com/token' };

    expect(await endSignIn(plain, { memory, home, address, ask })).toMatchObject({ kind: 'refused' });
    expect(exchanged).toEqual([]);
  });

  it('is nothing that an ordinary address means', () => {
    expect(isReturn(new URL(home))).toBe(false);
    expect(isReturn(backWith({ state: 'x' }))).toBe(false);
  });
});
