import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepositoryAccess } from '../../../adapters/installation/repository-access.ts';
import { createGitHub } from '../../../adapters/shared/github.ts';
import { createGitHubToken } from '../../../adapters/shared/github-token.ts';
import { type Instant, instant, parseInstant } from '../../../contracts/instant.ts';
import { deploy, type SeededGitHub, startSeededGitHub } from '../github/seeded-github.ts';
import { json, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** As GitHub gives it. */
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const app = { appId: 123456, installationId: 42, privateKey: pem };
const began = parseInstant('2026-11-29T12:00:00Z');

describe('a token for GitHub', () => {
  let server: ScriptedServer;
  let now: Instant;
  let made: number;
  beforeEach(async () => {
    now = began;
    made = 0;
    server = await startScriptedServer();
    server.answer((request, response) => {
      made += 1;
      const expires_at = new Date(now + 3_600_000).toISOString();
      json({ token: `ghs_${made}`, expires_at, permissions: { contents: 'write' } }, 201)(request, response);
    });
  });
  afterEach(() => server.close());

  const tokenOf = (secret: () => Promise<string>) => createGitHubToken({ secret, baseUrl: server.url, now: () => now });
  const tokenIn = (secret: unknown) =>
    tokenOf(async () => (typeof secret === 'string' ? secret : JSON.stringify(secret)));

  it('of a person is the secret itself, and nobody is asked', async () => {
    expect(await tokenIn('github_pat_1')()).toBe('github_pat_1');
    expect(server.seen).toEqual([]);
  });

  it('of an App is made by the App’s own signature, for its installation', async () => {
    expect(await tokenIn({ ...app, permissions: { contents: 'read' } })()).toBe('ghs_1');

    const [{ method = '', path = '', headers = {}, body = '' } = {}] = server.seen;
    expect([method, path, JSON.parse(body)]).toEqual([
      'POST',
      '/app/installations/42/access_tokens',
      { permissions: { contents: 'read' } },
    ]);
    const [head = '', claims = '', signature = ''] = String(headers.authorization).replace('Bearer ', '').split('.');
    const verified = createVerify('RSA-SHA256').update(`${head}.${claims}`);
    expect(
      verified.verify(createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })), signature, 'base64url'),
    ).toBe(true);
    const at = began / 1_000;
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ alg: 'RS256', typ: 'JWT' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iat: at - 60,
      exp: at + 540,
      iss: '123456',
    });
  });

  it('of an App is kept until five minutes before its end, and made anew for another secret', async () => {
    let secret = JSON.stringify(app);
    const token = tokenOf(async () => secret);

    const first = [await token(), await token()];
    now = instant(began + 55 * 60_000 - 1);
    const late = await token();
    now = instant(began + 55 * 60_000);
    const renewed = await token();
    secret = JSON.stringify({ ...app, installationId: '43' });
    const other = await token();

    expect([...first, late, renewed, other]).toEqual(['ghs_1', 'ghs_1', 'ghs_1', 'ghs_2', 'ghs_3']);
    expect(server.seen.at(-1)?.path).toBe('/app/installations/43/access_tokens');
  });

  it('of an App is asked for once, however many want it at a time', async () => {
    const token = tokenIn(app);

    expect(new Set(await Promise.all([token(), token(), token()]))).toEqual(new Set(['ghs_1']));
    expect(server.seen).toHaveLength(1);
  });

  it('of an App that GitHub refuses says so, and the next one is asked for again', async () => {
    const token = tokenIn(app);
    server.answer(json({ message: 'A JSON web token could not be decoded' }, 401));
    await expect(token()).rejects.toMatchObject({ name: 'DependencyRefused', status: 401 });

    server.answer(json({ token: 'ghs_9', expires_at: '2026-11-29T13:00:00Z' }, 201));
    expect(await token()).toBe('ghs_9');
  });

  it.each([
    ['{"appId": 1', 'is not JSON'],
    [{ ...app, installationId: 'x' }, 'installationId: must be a number'],
    [{ appId: 1, privateKey: pem, installation: 3 }, 'installationId'],
    [{ ...app, privateKey: 'no key' }, 'privateKey is not the PEM'],
  ])('of an App is not made by a secret that is none, which is in no message: %#', async (secret, told) => {
    const failing = tokenIn(secret)();

    await expect(failing).rejects.toThrow(told);
    await expect(failing).rejects.not.toThrow(/PRIVATE KEY-----\n\w|no key/);
    expect(server.seen).toEqual([]);
  });
});

describe('a GitHub App at the stand-in', () => {
  let seeded: SeededGitHub;
  let now: Instant;
  beforeEach(async () => {
    now = began;
    const granted = {
      appId: '123456',
      installationId: 42,
      publicKey,
      permissions: { contents: 'write', actions: 'read' } as const,
    };
    seeded = await startSeededGitHub({}, undefined, { apps: [granted], now: () => now });
  });
  afterEach(() => seeded.remove());

  const tokenIn = (secret: object) =>
    createGitHubToken({
      secret: async () => JSON.stringify(secret),
      baseUrl: seeded.github.endpoint,
      now: () => now,
    });
  const accessBy = (token: () => Promise<string>) =>
    createRepositoryAccess(createGitHub({ baseUrl: seeded.github.endpoint, token }));
  const repository = `${deploy.owner}/${deploy.repo}`;

  it('writes with what it was granted, and reads only where it asks for less', async () => {
    const whole = accessBy(tokenIn(app));
    const less = accessBy(tokenIn({ ...app, permissions: { contents: 'read' } }));

    expect([await whole.canPush(repository), await whole.tokenExpiry(repository)]).toEqual([true, 'never']);
    expect(await whole.rights(repository, ['contents', 'actions'])).toEqual({
      scopes: null,
      writes: ['contents'],
      unread: [],
    });
    expect(await less.rights(repository, ['contents', 'actions'])).toEqual({
      scopes: null,
      writes: [],
      unread: [{ permission: 'actions', needs: 'actions=read' }],
    });
  });

  it('goes on after the hour of a token', async () => {
    const access = accessBy(tokenIn(app));
    expect(await access.hasBranch(repository, 'env/green')).toBe(true);

    now = instant(began + 2 * 3_600_000);

    expect(await access.hasBranch(repository, 'env/green')).toBe(true);
  });

  it.each([
    [
      'another key',
      {
        privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
          type: 'pkcs8',
          format: 'pem',
        }),
      },
      401,
    ],
    ['another App', { appId: 7 }, 401],
    ['another installation', { installationId: 43 }, 404],
    ['more than it was granted', { permissions: { actions: 'write' } }, 422],
  ])('is refused with %s', async (_, changes, status) => {
    await expect(tokenIn({ ...app, ...changes })()).rejects.toMatchObject({ name: 'DependencyRefused', status });
  });
});
