import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { overviewSchema } from '../../../../contracts/api/overview.ts';
import { hours, milliseconds } from '../../../../contracts/duration.ts';
import { type Instant, later } from '../../../../contracts/instant.ts';
import type { ConsoleFiles } from '../../../../functions/api-read/console-files.ts';
import { createSessionIdentity, createTokenHeaderIdentity } from '../../../../functions/people/identify.ts';
import { createSessions, type Sessions } from '../../../../functions/people/sessions.ts';
import { builtConsole } from '../../../support/console-files.ts';
import { fakeCluster } from '../../pipeline/support/fake-cluster.ts';
import { createWorld, fakeSecrets, machines, registerDeployment, type World } from '../../pipeline/support/world.ts';
import { type ControlDeps, createControlApi } from './control-api.ts';

const origin = 'http://127.0.0.1:4000';
const service = 'chest-xray-mlops';

describe('the console', () => {
  let world: World;
  let deps: ControlDeps;
  let sessions: Sessions;
  let apiToken: { current: string; previous: string | null };
  let now: Instant;
  let consoleFiles: ConsoleFiles;
  beforeAll(async () => {
    consoleFiles = await builtConsole();
  });
  beforeEach(async () => {
    world = await createWorld();
    now = world.now();
    apiToken = { current: 'api-token', previous: null };
    sessions = createSessions({ apiToken: async () => apiToken, now: () => now });
    const byToken = createTokenHeaderIdentity({
      secrets: fakeSecrets(apiToken),
      secretName: 'api',
      people: world.configuration.people,
    });
    deps = {
      ...world,
      identify: createSessionIdentity(sessions, world.configuration.people, byToken),
      sessions,
      signIn: { kind: 'token' },
      consoleFiles,
      commandLine: null,
      deploymentMachine: machines.deployment,
      rollbackMachine: machines.rollback,
      trafficMachine: machines.traffic,
      cluster: () => fakeCluster({ blue: 75, green: 25 }),
      auditBucket: null,
      prober: {
        probe: async () => ({ ok: false, reason: 'unused', duration: milliseconds(1) }),
      },
      pause: async () => undefined,
      newId: () => 'id',
    };
  });

  const ask = (path: string, init: RequestInit = {}, at = origin) =>
    createControlApi(deps).request(`${at}${path}`, init);
  const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const openLink = async (user = 'ana@example.com') => {
    const { value } = await sessions.issue('link', user);
    return ask(`/?key=${value}`);
  };
  const signedIn = async () => ({ cookie: cookieOf(await openLink()) });
  const freeze = (headers: Record<string, string>) =>
    ask(`/api/services/${service}/freeze`, { method: 'POST', headers, body: JSON.stringify({ reason: 'a look' }) });

  describe('the page', () => {
    it('is for everybody, with a policy under which only its own scripts run', async () => {
      const answer = await ask('/');

      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('<main');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).not.toContain('unsafe');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    });

    it('names only files that are there', async () => {
      const page = await (await ask('/')).text();
      const named = [...page.matchAll(/(?:src|href)="(\/[^"#]+)"/g)].map(([, path]) => path ?? '');

      expect(named.length).toBeGreaterThan(3);
      for (const path of named) expect([path, (await ask(path)).status]).toEqual([path, 200]);
    });

    it('has no script and no style in its markup', async () => {
      const page = await (await ask('/')).text();

      expect(page).not.toMatch(/<script(?![^>]*src=)|<style|style="|\son\w+=/);
    });

    it('is sent once as long as it is the same', async () => {
      const etag = (await ask('/console/console.js')).headers.get('etag') ?? '';

      const again = await ask('/console/console.js', { headers: { 'if-none-match': etag } });

      expect(again.status).toBe(304);
    });

    it.each(['/console/README.md', '/console/tsconfig.json', '/console/..%2Fpackage.json', '/console/absent.js'])(
      'does not give out %s',
      async (path) => {
        expect((await ask(path)).status).toBe(404);
      },
    );
  });

  describe('the command line', () => {
    it('is for everybody, where the installation has it', async () => {
      deps = { ...deps, commandLine: join(import.meta.dirname, 'console.test.ts') };

      const answer = await ask('/download/sluice.tgz');

      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/gzip']);
      expect(await answer.text()).toBe(readFileSync(join(import.meta.dirname, 'console.test.ts'), 'utf8'));
    });

    it('is said not to be there where it is not, and nothing else is given out from there', async () => {
      const absent = await ask('/download/sluice.tgz');
      const other = await ask('/download/console.test.ts');

      expect([absent.status, await absent.text()]).toEqual([404, expect.stringContaining('./sluice is it')]);
      expect(other.status).toBe(404);
    });
  });

  describe('a session', () => {
    it('comes of a link, which does not stay in the address', async () => {
      const answer = await openLink();

      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toBe('/');
      const cookie = answer.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/^sluice-4000=\S+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    });

    it('is bound to the host where the connection is secure', async () => {
      const { value } = await sessions.issue('link', 'ana@example.com');

      const answer = await ask(`/?key=${value}`, {}, 'https://sluice.example.com');

      const cookie = answer.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/^__Host-sluice=/);
      expect(cookie).toContain('; Secure');
    });

    it('shows who looks', async () => {
      const answer = await ask('/api/overview', { headers: await signedIn() });

      expect(overviewSchema.parse(await answer.json())).toMatchObject({ viewer: 'ana@example.com' });
    });

    it('comes of the token as well, asked for by the page itself', async () => {
      const body = JSON.stringify({ token: 'api-token', user: 'Ana' });
      const own = { origin, 'content-type': 'application/json' };

      const answer = await ask('/api/session', { method: 'POST', headers: own, body });
      const foreign = await ask('/api/session', { method: 'POST', headers: { origin: 'http://127.0.0.1:4005' }, body });
      const guessed = await ask('/api/session', {
        method: 'POST',
        headers: own,
        body: JSON.stringify({ token: 'guessed', user: 'ana' }),
      });

      expect(await answer.json()).toEqual({ user: 'ana@example.com', until: expect.any(String) });
      expect(cookieOf(answer)).toMatch(/^sluice-4000=/);
      expect([foreign.status, guessed.status]).toEqual([403, 401]);
      expect([cookieOf(foreign), cookieOf(guessed)]).toEqual(['', '']);
    });

    it('is not opened for somebody who is not among people, who is told so', async () => {
      const body = JSON.stringify({ token: 'api-token', user: 'mallory@example.com' });

      const answer = await ask('/api/session', { method: 'POST', headers: { origin }, body });

      expect([answer.status, cookieOf(answer)]).toEqual([403, '']);
      expect(await answer.text()).toContain('mallory@example.com is not among people of sluice.yaml');
    });

    it('of somebody who is not among people any more changes nothing', async () => {
      const session = { cookie: cookieOf(await openLink('mallory@example.com')), origin };

      expect((await ask('/api/overview', { headers: session })).status).toBe(200);
      expect((await freeze(session)).status).toBe(403);
      expect(await world.store.releases.frozen(service)).toBeNull();
    });

    it('ends after twelve hours, and so does an unused link', async () => {
      const { value: link } = await sessions.issue('link', 'ana@example.com');
      const session = await signedIn();
      now = later(now, hours(12));

      expect((await ask('/api/overview', { headers: session })).status).toBe(401);
      expect((await ask(`/?key=${link}`)).headers.get('location')).toBe('/#link-over');
    });

    it('survives one change of the token and not two', async () => {
      const session = await signedIn();
      const status = async () => (await ask('/api/overview', { headers: session })).status;

      apiToken = { current: 'second', previous: 'api-token' };
      expect(await status()).toBe(200);
      apiToken = { current: 'third', previous: 'second' };
      expect(await status()).toBe(401);
    });

    it('is not opened by a session taken for a link, nor the other way round', async () => {
      const link = await sessions.issue('link', 'ana@example.com');
      const session = await sessions.issue('session', 'ana@example.com');

      expect(await sessions.verify('session', link.value)).toBeNull();
      expect(await sessions.verify('link', session.value)).toBeNull();
      expect(await sessions.verify('link', link.value)).toEqual(link.ticket);
    });

    it('cannot be altered, not by one character and not into somebody else’s', async () => {
      const { value } = await sessions.issue('session', 'ana@example.com');
      const [payload = '', signature = ''] = value.split('.');
      const ben = Buffer.from(JSON.stringify({ user: 'ben@example.com', until: now + 1_000 })).toString('base64url');
      const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;

      for (const forged of [
        '',
        '.',
        payload,
        `${payload}.`,
        `${payload}.${flipped}`,
        `${ben}.${signature}`,
        `${value}.x`,
      ]) {
        expect([forged, await sessions.verify('session', forged)]).toEqual([forged, null]);
      }
    });

    it('is taken away by signing out', async () => {
      const answer = await ask('/api/session', { method: 'DELETE', headers: { ...(await signedIn()), origin } });

      expect(answer.status).toBe(204);
      expect(answer.headers.get('set-cookie')).toMatch(/^sluice-4000=; Max-Age=0/);
    });
  });

  describe('what changes something', () => {
    it('is done for a signed-in person from the console’s own page', async () => {
      const answer = await freeze({ ...(await signedIn()), origin, 'sec-fetch-site': 'same-origin' });

      expect(answer.status).toBe(200);
      expect(await world.store.releases.frozen(service)).toMatchObject({ by: 'ana@example.com' });
    });

    it.each<[string, Record<string, string>]>([
      ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
      ['another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:4005' }],
      ['an old browser on another port', { origin: 'http://127.0.0.1:4005' }],
      ['nobody knows whom', {}],
    ])('is refused to a browser that was sent by %s', async (_, headers) => {
      const answer = await freeze({ ...(await signedIn()), ...headers });

      expect(answer.status).toBe(403);
      expect(await world.store.releases.frozen(service)).toBeNull();
    });

    it('is not asked where it comes from when it brings the token: no browser does that by itself', async () => {
      const answer = await freeze({ authorization: 'Bearer api-token', 'x-sluice-user': 'ana@example.com' });

      expect(answer.status).toBe(200);
    });

    it('is known by the token alone when it brings a wrong one beside a session', async () => {
      const answer = await freeze({ ...(await signedIn()), origin, authorization: 'Bearer guessed' });

      expect(answer.status).toBe(401);
    });
  });

  describe('the overview', () => {
    const overview = async (query = '', headers: Record<string, string> = {}) =>
      ask(`/api/overview${query}`, { headers: { ...(await signedIn()), ...headers } });

    it('is the same byte for byte while nothing happens, and answered with 304', async () => {
      await registerDeployment(world, { name: 'first' });
      const first = await overview();
      const etag = first.headers.get('etag') ?? 'none';
      now = later(now, hours(1));

      expect((await overview('', { 'if-none-match': etag })).status).toBe(304);
      await freeze({ authorization: 'Bearer api-token', 'x-sluice-user': 'ana@example.com' });
      expect((await overview('', { 'if-none-match': etag })).status).toBe(200);
    });

    it('shows the operation at work in full, and refuses what is not there', async () => {
      const { operation } = await registerDeployment(world, { name: 'first' });
      const { id } = operation;

      const found = overviewSchema.parse(await (await overview()).json());

      expect(found.operation).toMatchObject({ id, outcome: null, timeline: expect.any(Array) });
      expect(found.history.map((entry) => entry.id)).toEqual([id]);
      expect((await overview('?operation=nothing')).status).toBe(404);
      expect((await overview('?service=nothing')).status).toBe(404);
    });
  });
});
