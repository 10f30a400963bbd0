import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { beginSignIn, endSignIn, isReturn } from '../../../console/openid.ts';

const way = {
  kind: 'openid' as const,
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
function signInService(begun: URL) {
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
    return right
      ? Response.json({ id_token: 'of-ana', access_token: 'another' })
      : Response.json({ error: 'invalid_grant' }, { status: 400 });
  };
  return { ask, exchanged };
}
const backWith = (query: Record<string, string>) => new URL(`${home}?${new URLSearchParams(query)}`);

describe('signing in at a sign-in service', () => {
  const begin = async () => {
    const memory = memoryOf();
    const begun = new URL(await beginSignIn(way, { memory, home, after: '#operation=op1' }));
    return { memory, begun, state: begun.searchParams.get('state') ?? '', ...signInService(begun) };
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
    const { memory, state, ask } = await begin();
    const address = backWith({ code: 'the-code', state });

    expect(isReturn(address)).toBe(true);
    expect(await endSignIn(way, { memory, home, address, ask })).toEqual({
      kind: 'signed-in',
      token: 'of-ana',
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

    expect(await endSignIn(way, wrong)).toMatchObject({ kind: 'refused', message: expect.stringContaining('400') });

    const again = await begin();
    const address = backWith({ code: 'the-code', state: again.state });
    const silent = async () => Promise.reject(new TypeError('fetch failed'));
    expect(await endSignIn(way, { memory: again.memory, home, address, ask: silent })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('does not answer'),
    });
  });

  it('is nothing that an ordinary address means', () => {
    expect(isReturn(new URL(home))).toBe(false);
    expect(isReturn(backWith({ state: 'x' }))).toBe(false);
  });
});
