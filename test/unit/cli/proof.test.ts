import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../../contracts/duration.ts';
import { type Instant, later, parseInstant } from '../../../contracts/instant.ts';
import { operationOf, runSluice, serviceOf } from './support.ts';

const url = 'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com';
const start = parseInstant('2026-11-23T09:00:00Z');

/** A request as it would leave. */
interface Sent {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Answers requests by `METHOD /path`, and remembers them. */
function network(answers: Record<string, (sent: Sent) => Response>) {
  const sent: Sent[] = [];
  const fetch = async (address: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const one: Sent = {
      url: new URL(address instanceof Request ? address.url : address),
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? init.body : '',
    };
    sent.push(one);
    return (
      answers[`${one.method} ${one.url.pathname}`]?.(one) ?? Response.json({ message: 'Not Found' }, { status: 404 })
    );
  };
  return { sent, fetch };
}
const services = () => Response.json({ services: [serviceOf()] });

describe('with AWS keys', () => {
  const keys = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'of/the+session=' };
  const world = (fetch: typeof globalThis.fetch) => ({
    env: { SLUICE_URL: url },
    fetch,
    awsCredentials: async () => keys,
  });

  it('signs what it sends, body and query included, through the door of AWS', async () => {
    const { sent, fetch } = network({
      'GET /aws/api/operations': () => Response.json({ operations: [] }),
      'POST /aws/api/services/shop/freeze': () => Response.json(serviceOf()),
    });

    await runSluice(['operations', '--service', 'shop', '--limit', '5'], world(fetch));
    await runSluice(['freeze', '--service', 'shop', '--reason', 'Größe prüfen'], world(fetch));

    expect(sent.map(({ method, url: { pathname } }) => `${method} ${pathname}`)).toEqual([
      'GET /aws/api/operations',
      'POST /aws/api/services/shop/freeze',
    ]);
    for (const one of sent) {
      expect(one.headers.get('x-amz-security-token')).toBe(keys.sessionToken);
      expect(one.headers.get('authorization')).toBe(authorizationOf(one, keys, 'eu-central-1'));
    }
  });

  it('takes the region from the AWS profile where neither the address nor a variable has it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-profile-'));
    const file = join(folder, 'config');
    writeFileSync(file, '[profile release]\nregion = eu-west-1\n');
    const { sent, fetch } = network({ 'GET /aws/api/services': services });
    const env = { SLUICE_URL: 'https://sluice.example.com', AWS_CONFIG_FILE: file, AWS_PROFILE: 'release' };

    await runSluice(['status'], { ...world(fetch), env });

    expect(sent[0]?.headers.get('authorization')).toContain('/eu-west-1/execute-api/aws4_request');
    rmSync(folder, { recursive: true });
  });

  it('takes the region from the variable where the address does not have it', async () => {
    const { sent, fetch } = network({ 'GET /aws/api/services': services });

    await runSluice(['status'], {
      ...world(fetch),
      env: { SLUICE_URL: 'https://sluice.example.com', AWS_REGION: 'eu-west-1' },
    });

    expect(sent[0]?.headers.get('authorization')).toContain('/eu-west-1/execute-api/aws4_request');
  });

  it.each([
    ['nobody knows the region', { SLUICE_URL: 'https://sluice.example.com' }, [], 'AWS_REGION'],
    ['somebody says who they are, which nobody would believe', { SLUICE_URL: url }, ['--as', 'ana'], '--as'],
  ])('2: %s', async (_, env, words, hint) => {
    const { sent, fetch } = network({});

    const { exitCode, err } = await runSluice(['status', ...words], { ...world(fetch), env });

    expect([exitCode, sent]).toEqual([2, []]);
    expect(err).toContain(hint);
  });

  it('2: there are no keys, and what to do about it', async () => {
    const { exitCode, err } = await runSluice(['status'], {
      env: { SLUICE_URL: url },
      awsCredentials: async () => {
        throw new Error('The SSO session associated with this profile has expired.');
      },
    });

    expect(exitCode).toBe(2);
    expect(err).toContain('has expired');
    expect(err).toContain('aws sso login');
  });

  it('3: API Gateway does not let it in, and what to look at', async () => {
    const { fetch } = network({
      'GET /aws/api/services': () => Response.json({ message: 'Forbidden' }, { status: 403 }),
    });

    const { exitCode, err } = await runSluice(['status'], world(fetch));

    expect(exitCode).toBe(3);
    expect(err).toMatch(/^sluice: NotAllowed: /);
    expect(err).toContain('permission set');
    expect(err).toContain('signed for eu-central-1');
  });

  it('5: API Gateway throttles', async () => {
    const { fetch } = network({
      'GET /aws/api/services': () => Response.json({ message: 'Too Many Requests' }, { status: 429 }),
    });

    expect((await runSluice(['status'], world(fetch))).exitCode).toBe(5);
  });
});

describe('in a job of GitHub Actions', () => {
  const env = {
    SLUICE_URL: 'https://sluice.example.com',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner.actions.example/token?api-version=2.0',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-runner',
  };
  const tokenUntil = (until: Instant, name: string) =>
    ['header', Buffer.from(JSON.stringify({ exp: until / 1_000, name })).toString('base64url'), 'signature'].join('.');

  it('asks with a token for this Sluice, and nothing but the runner’s address sees what the runner gave', async () => {
    const token = tokenUntil(later(start, minutes(5)), 'first');
    const { sent, fetch } = network({
      'GET /token': () => Response.json({ value: token }),
      'GET /github/api/services': services,
    });

    const { exitCode, out, err } = await runSluice(['status'], { env, fetch });

    expect(exitCode).toBe(0);
    expect(sent.map(({ url: address, headers }) => [address.href, headers.get('authorization')])).toEqual([
      [
        'https://runner.actions.example/token?api-version=2.0&audience=https%3A%2F%2Fsluice.example.com',
        'Bearer of-the-runner',
      ],
      ['https://sluice.example.com/github/api/services', `Bearer ${token}`],
    ]);
    expect(out + err).not.toContain(token);
  });

  it('makes itself a new token before the last one ends, however long an operation takes', async () => {
    let made = 0;
    let now = start;
    let looks = 0;
    const { sent, fetch } = network({
      'GET /token': () => Response.json({ value: tokenUntil(later(now, minutes(5)), `token-${++made}`) }),
      'GET /github/api/services': services,
      'POST /github/api/deployments': () => Response.json({ operation: 'op1', execution: 'arn:1' }, { status: 202 }),
      'GET /github/api/operations/op1': () =>
        Response.json(
          ++looks < 40 ? operationOf({ state: 'baking' }) : operationOf({ state: 'ended', outcome: 'succeeded' }),
        ),
    });

    const { exitCode } = await runSluice(['deploy', '--version', 'v2.1.0'], {
      env,
      fetch,
      now: () => now,
      pause: async () => {
        now = later(now, seconds(30));
      },
    });

    expect(exitCode).toBe(0);
    // 39 pauses of 30 s are 19.5 minutes; a token is used for 4 of its 5.
    expect(made).toBe(5);
    for (const { url: address, headers } of sent.filter(({ url: { host } }) => host === 'sluice.example.com')) {
      expect([address.pathname, headers.get('authorization')]).toEqual([
        address.pathname,
        expect.stringMatching(/^Bearer header\./),
      ]);
    }
  });

  it('3: GitHub gives the job no token', async () => {
    const { fetch } = network({ 'GET /token': () => Response.json({ message: 'no' }, { status: 403 }) });

    const { exitCode, err } = await runSluice(['status'], { env, fetch });

    expect([exitCode, err]).toEqual([3, expect.stringContaining('NoJobToken')]);
  });

  it('a token is never sent unencrypted', async () => {
    const { sent, fetch } = network({});

    const { exitCode } = await runSluice(['status'], {
      env: { ...env, SLUICE_URL: 'http://sluice.example.com' },
      fetch,
    });

    expect([exitCode, sent]).toEqual([2, []]);
  });
});

/** What the header must be, computed step by step as AWS documents Signature Version 4. */
function authorizationOf(
  { url: { host, pathname, searchParams }, method, headers, body }: Sent,
  keys: { accessKeyId: string; secretAccessKey: string },
  region: string,
): string {
  const [, signed = ''] = /SignedHeaders=([^,]+)/.exec(headers.get('authorization') ?? '') ?? [];
  const time = headers.get('x-amz-date') ?? '';
  const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
  const query = [...searchParams]
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .sort()
    .join('&');
  const lines = signed.split(';').map((name) => `${name}:${name === 'host' ? host : headers.get(name)}\n`);
  const request = [method, pathname, query, lines.join(''), signed, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
