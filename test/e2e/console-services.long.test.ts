import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { milliseconds } from '../../contracts/duration.ts';
import { allOn } from '../../contracts/names.ts';
import { createSessionIdentity, createTokenHeaderIdentity } from '../../functions/people/identify.ts';
import { createSessions, type Sessions } from '../../functions/people/sessions.ts';
import { expectAccessible } from '../support/accessible.ts';
import { hasFocus, inBrowser } from '../support/browser.ts';
import { builtConsole } from '../support/console-files.ts';
import { type ControlDeps, createControlApi } from '../unit/functions/people/control-api.ts';
import { fakeCluster } from '../unit/pipeline/support/fake-cluster.ts';
import { createWorld, fakeSecrets, machines, registerDeployment, type World } from '../unit/pipeline/support/world.ts';

inBrowser('the console of two hundred services, in a browser', /\b401\b/, (openPage) => {
  let world: World;
  let server: Server;
  let home: string;
  let sessions: Sessions;
  let waiting: string;
  beforeAll(async () => {
    world = await createWorld();
    const { service, configuration, now } = world;
    const others = Array.from({ length: 199 }, (_, index) => ({ ...service, name: `service-${index}` }));
    waiting = (await registerDeployment(world, { name: 'first' })).operation.id;
    await world.store.operations.enter(waiting, 'awaiting-approval', new Date(now()).toISOString());
    await freeze('service-7');
    const apiToken = { current: 'api-token', previous: null };
    const { people } = configuration;
    sessions = createSessions({ apiToken: async () => apiToken, now });
    const byToken = createTokenHeaderIdentity({ secrets: fakeSecrets(apiToken), secretName: 'api', people });
    const deps: ControlDeps = {
      ...world,
      configuration: { ...configuration, services: [...others, service] },
      identify: createSessionIdentity(sessions, people, byToken),
      sessions,
      signIn: { kind: 'token' },
      consoleFiles: await builtConsole(),
      commandLine: null,
      deploymentMachine: machines.deployment,
      rollbackMachine: machines.rollback,
      trafficMachine: machines.traffic,
      cluster: () => fakeCluster(allOn('blue')),
      auditBucket: null,
      prober: { probe: async () => ({ ok: false, reason: 'unused', duration: milliseconds(1) }) },
      pause: async () => undefined,
      newId: () => 'id',
    };
    server = createServer(getRequestListener(createControlApi(deps).fetch));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    home = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const freeze = (name: string) =>
    world.store.releases.freeze(name, {
      ...{ reason: 'both sides are bad', operation: null, by: 'sluice' },
      at: new Date(world.now()).toISOString(),
    });
  const signedIn = async (hash = ''): Promise<Page> => {
    const page = await openPage();
    const { value } = await sessions.issue('link', 'ana@example.com');
    await page.goto(`${home}/?key=${value}`);
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
    if (hash !== '') await page.goto(`${home}/${hash}`);
    return page;
  };
  const rows = (page: Page) => page.getByRole('table', { name: /^Services/ }).getByRole('row');

  it('begins with all of them, those first that may need a person, and leads to one and to its operation', async () => {
    const page = await signedIn();

    await page.getByText('2 of 200 may need a person.').waitFor();
    await rows(page)
      .nth(1)
      .filter({ hasText: /service-7.*Frozen.*both sides are bad/ })
      .waitFor();
    await rows(page)
      .nth(2)
      .filter({ hasText: /Waits for approval/ })
      .waitFor();
    await rows(page).nth(2).getByRole('link', { name: world.service.name }).press('Enter');
    await page.getByRole('region', { name: /In progress Deployment/ }).waitFor();
    await hasFocus(page, 'headline');
    await page.goBack();
    await page.getByText('2 of 200 may need a person.').waitFor();
    await rows(page).nth(2).getByRole('link', { name: 'Look' }).press('Enter');
    await page.waitForURL(`**/#operation=${waiting}`);
    await hasFocus(page, 'operation');
  });

  it('keeps what was typed into the filter, and the place in it, while it looks again', async () => {
    const page = await signedIn();
    await page.getByLabel('Show only').focus();
    await page.keyboard.type('service-19');
    expect(await rows(page).count()).toBe(1 + 10);

    await freeze('service-190');
    await rows(page)
      .nth(1)
      .filter({ hasText: /service-190.*Frozen/ })
      .waitFor();

    expect(await page.getByLabel('Show only').inputValue()).toBe('service-19');
    expect(await rows(page).count()).toBe(1 + 10);
    await hasFocus(page, 'filter');
  });

  it.each([
    ['#services', 'Services'],
    ['#deliveries', 'Deliveries'],
    ['#audit', 'Audit'],
    ['#metrics', 'Metrics'],
  ])('has %s for everybody: by keyboard, in both colours and on a phone', async (hash, title) => {
    const page = await signedIn(hash);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title }).waitFor();

    for (const scheme of ['light', 'dark'] as const) await expectAccessible(page, scheme);
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
  });
});
