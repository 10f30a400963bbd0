import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { milliseconds } from '../../contracts/duration.ts';
import { createGatewayIdentity } from '../../functions/people/identify-by-gateway.ts';
import { inBrowser } from '../support/browser.ts';
import { builtConsole } from '../support/console-files.ts';
import { tokenAnswer } from '../support/id-token.ts';
import { answerEvents, type ControlDeps } from '../unit/functions/people/control-api.ts';
import { fakeCluster } from '../unit/pipeline/support/fake-cluster.ts';
import { createWorld, machines, type World } from '../unit/pipeline/support/world.ts';

/** As much of a Lambda's answer as a browser needs. */
const answerSchema = z.object({
  statusCode: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  isBase64Encoded: z.boolean(),
});

// A refusal is what the page finds out by.
inBrowser('the console behind API Gateway, in a browser', /\b401\b/, (openPage) => {
  let world: World;
  let home: string;
  const servers: Server[] = [];
  /** Tokens that the sign-in service gave, and that API Gateway would accept: an hour in life, as long as the test likes here. */
  const accepted = new Set<string>();

  beforeAll(async () => {
    world = await createWorld();
    const service = await listen(signInService(accepted));
    home = await listen(
      (request, response) =>
        void gateway(request).then(({ statusCode, headers, body }) =>
          response.writeHead(statusCode, headers).end(body),
        ),
    );
    const signIn = {
      kind: 'openid',
      issuer: service,
      client: 'sluice',
      authorize: `${service}/authorize`,
      token: `${service}/token`,
    } as const;
    const deps: ControlDeps = {
      ...world,
      identify: createGatewayIdentity({
        signIn: { issuer: service, nameClaim: 'email' },
        configuration: world.configuration,
      }),
      sessions: null,
      signIn,
      consoleFiles: await builtConsole(),
      commandLine: null,
      deploymentMachine: machines.deployment,
      rollbackMachine: machines.rollback,
      trafficMachine: machines.traffic,
      cluster: () => fakeCluster({ blue: 100, green: 0 }),
      auditBucket: null,
      prober: {
        probe: async () => ({ ok: false, reason: 'unused', duration: milliseconds(1) }),
      },
      pause: async () => undefined,
      newId: randomUUID,
    };
    /** Does to a request what API Gateway does: refuses tokens that nobody gave, and hands the rest on as an event. */
    async function gateway(request: IncomingMessage) {
      const { pathname, search } = new URL(request.url ?? '/', home);
      const [, token = ''] = (request.headers.authorization ?? '').split(' ');
      const asksForToken = pathname.startsWith('/api/');
      if (asksForToken && !accepted.has(token)) {
        return { statusCode: 401, headers: { 'content-type': 'application/json' }, body: '{"message":"Unauthorized"}' };
      }
      const claims = { iss: service, email: 'ana@example.com', email_verified: 'true' };
      const http = {
        method: request.method,
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: '',
      };
      const event = {
        version: '2.0',
        rawPath: pathname,
        rawQueryString: search.slice(1),
        headers: request.headers,
        requestContext: {
          accountId: '123456789012',
          domainName: new URL(home).host,
          http,
          ...(asksForToken ? { authorizer: { jwt: { claims, scopes: null } } } : {}),
        },
        isBase64Encoded: false,
      };
      const { isBase64Encoded, body, ...rest } = answerSchema.parse(await answerEvents(deps, event));
      return { ...rest, body: isBase64Encoded ? Buffer.from(body, 'base64') : body };
    }
  });
  beforeEach(() => accepted.clear());
  afterAll(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function listen(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port
    return `http://127.0.0.1:${port}`;
  }
  const signInButton = (page: Page) => page.getByRole('button', { name: 'Sign in' });
  const blue = (page: Page) => page.getByRole('article', { name: /Blue/ });
  /** A browser of its own, in which somebody has signed in. */
  async function signedIn(): Promise<Page> {
    const page = await openPage();
    await page.goto(`${home}/#service=chest-xray-mlops`);
    await signInButton(page).click();
    await blue(page).waitFor();
    return page;
  }

  it('shows nothing before somebody has signed in', async () => {
    const page = await openPage();
    await page.goto(`${home}/#service=chest-xray-mlops`);
    await signInButton(page).waitFor();

    expect(await blue(page).count()).toBe(0);
  });

  it('signs in at the sign-in service, and goes on with what was looked at', async () => {
    const page = await signedIn();

    await page.locator('#viewer', { hasText: 'ana@example.com' }).waitFor();
    expect(page.url()).toBe(`${home}/#service=chest-xray-mlops`);
  });

  it('stays signed in when the page is loaded again', async () => {
    const page = await signedIn();

    await page.reload();

    await blue(page).waitFor();
  });

  it('asks again once the token is over', async () => {
    const page = await signedIn();

    accepted.clear();
    await signInButton(page).click();
    await blue(page).waitFor();

    expect(accepted.size).toBe(1);
  });

  it('signs out', async () => {
    const page = await signedIn();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await signInButton(page).waitFor();

    expect(await page.evaluate('JSON.stringify(sessionStorage)')).toBe('{}');
  });
});

/** Lets everybody in as Ana, and gives a token for a code to whom can show what its challenge was made of (RFC 7636). */
function signInService(accepted: Set<string>): RequestListener {
  const codes = new Map<string, { challenge: string; nonce: string | null }>();
  return async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service');
    if (pathname === '/authorize') {
      const code = randomUUID();
      codes.set(code, { challenge: searchParams.get('code_challenge') ?? '', nonce: searchParams.get('nonce') });
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', searchParams.get('state') ?? '');
      return response.writeHead(302, { location: back.href }).end();
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const begun = codes.get(form.get('code') ?? '');
    const right = begun?.challenge === challenge;
    codes.delete(form.get('code') ?? '');
    const iss = `http://${request.headers.host}`;
    const given = tokenAnswer({ iss, aud: 'sluice', nonce: begun?.nonce ?? null, jti: randomUUID() });
    if (right) accepted.add(given.id_token);
    const headers = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };
    response.writeHead(right ? 200 : 400, headers).end(JSON.stringify(right ? given : { error: 'invalid_grant' }));
  };
}
