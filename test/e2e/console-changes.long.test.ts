import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeEach, expect, it } from 'vitest';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import { expectAccessible } from '../support/accessible.ts';
import { hasFocus, inBrowser, press } from '../support/browser.ts';
import { consoleOf, expectedInConsole } from '../support/console-page.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { patienceMs, until } from '../support/until.ts';

const run = promisify(execFile);

/** When the page asked what there is, and when it was answered, by its own clock. */
declare const looks: { asked: number; answered: number }[];
function noteLooks(): void {
  const { fetch } = globalThis;
  const noted: typeof looks = [];
  Object.assign(globalThis, {
    looks: noted,
    fetch: async (...question: Parameters<typeof fetch>) => {
      if (!String(question[0]).startsWith('/api/overview')) return fetch(...question);
      const look = { asked: Date.now(), answered: Number.NaN };
      noted.push(look);
      return fetch(...question).finally(() => {
        look.answered = Date.now();
      });
    },
  });
}

/** And a question that a test has fail. */
const expected = new RegExp(`${expectedInConsole.source}|net::ERR_FAILED`);

inBrowser('what the console shows of changes', expected, (openPage) => {
  const observed = observedSandbox();
  const { sandbox, pipeline } = observed;
  const { signedIn, waiting } = consoleOf(observed, openPage);

  // One sandbox for all, which each test finds at rest; a page and its session are each test's own.
  beforeEach(() => pipeline.toRest());

  it('shows a change also where the answer that told it was overtaken by a question that failed', async () => {
    const page = await signedIn();
    await press(page, 'Freeze…');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('the test wants it');
    const [held, done, told, overtaken] = [1, 2, 3, 4].map(() => Promise.withResolvers<void>());
    let looks = 0;
    // The form has its answer once the page is told of the change, and that is on its way until the page has asked again.
    await page.route(/\/freeze$/, async (route) => {
      const response = await route.fetch();
      done?.resolve();
      await told?.promise;
      await route.fulfill({ response });
    });
    await page.route(/\/api\/overview/, async (route) => {
      looks += 1;
      if (looks > 2) return route.continue();
      if (looks === 2) {
        overtaken?.resolve();
        return route.abort();
      }
      held?.resolve();
      await done?.promise;
      const response = await route.fetch();
      told?.resolve();
      await overtaken?.promise;
      return route.fulfill({ response });
    });
    await held?.promise;
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { level: 1, name: /^Frozen/ }).waitFor();
    expect(looks).toBeGreaterThan(2);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('shows a change of the weights within a second of the page’s own time', async () => {
    const kubectl = await layerBinary('kubectl');
    const setWeights = (blue: number) => {
      const share = (index: number, value: number) => ({
        op: 'replace',
        path: `/spec/http/0/route/${index}/weight`,
        value,
      });
      const patch = JSON.stringify([share(0, blue), share(1, 100 - blue)]);
      const words = ['-n', 'production', 'patch', 'virtualservice', 'chest-xray-mlops', '--type=json', '-p', patch];
      return run(kubectl, ['--kubeconfig', sandbox.ready.kubeconfig, ...words]);
    };
    const page = await openPage();
    await page.clock.install();
    await page.addInitScript(noteLooks);
    await page.goto(sandbox.ready.signIn);
    await page.getByRole('heading', { name: 'All traffic is on blue (v2.0.5).' }).waitFor();
    const changed = page.getByRole('heading', { name: 'Blue (v2.0.5) has 90 % of the traffic, green (v2.0.5) 10 %.' });
    try {
      await page.clock.pauseAt(Date.now() + 60_000);
      const before = (await page.evaluate(() => looks)).length;
      await setWeights(90);

      // The page's time stands still while it waits for an answer, however long that takes.
      await until('the change is on the page', patienceMs, async () => {
        await page.clock.runFor(100);
        return changed.isVisible();
      });

      const seen = (await page.evaluate(() => looks)).slice(before - 1);
      const pauses = seen.slice(1).map(({ asked }, index) => asked - (seen[index]?.answered ?? Number.NaN));
      expect(pauses.length).toBeGreaterThan(0);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
    } finally {
      await setWeights(100);
    }
  });

  it('keeps the place also when the effect is on the page before the form has its answer', async () => {
    const page = await signedIn();
    await page.route('**/freeze', async (route) => {
      const response = await route.fetch();
      await page.getByRole('heading', { level: 1, name: /^Frozen/, includeHidden: true }).waitFor();
      await route.fulfill({ response });
    });
    await press(page, 'Freeze…');
    await page.getByRole('dialog', { name: 'Freeze the service' }).waitFor();
    await page.keyboard.type('the answer is late');
    await page.keyboard.press('Enter');

    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await hasFocus(page, 'headline');
  });

  it('shows the outcome in the history, and an earlier operation when its link is followed', async () => {
    const page = await signedIn();
    const id = await waiting('v2.3.0');
    const links = await pipeline.linksOf('v2.3.0', ['cleo@example.com'], id);
    const rejection = { decision: 'reject', version: 'v2.3.0', reason: 'not tonight' };
    await pipeline.decide(links.get('cleo@example.com') ?? '', rejection);
    const row = page.getByRole('table', { name: 'Operations, newest first' }).getByRole('row', { name: /v2\.3\.0/ });
    await row.getByText('not tonight').waitFor();

    await row.getByRole('link').press('Enter');

    const operation = page.getByRole('region', { name: 'From the history Deployment of v2.3.0' });
    await operation.getByText('not tonight').first().waitFor();
    await hasFocus(page, 'operation');
    await page.goBack();
    await page.getByRole('region', { name: 'Last operation Deployment of v2.3.0' }).waitFor();
  });

  it('moves traffic by hand and sends it back, and says until when a split stays', async () => {
    const page = await signedIn();
    const share = async (percent: string) => {
      await press(page, 'Switch traffic…');
      await page.getByRole('dialog', { name: 'Switch the traffic' }).waitFor();
      await page.getByLabel('Percent on green').fill(percent);
      await page.getByLabel('Reason').fill('the test compares');
      await page.keyboard.press('Enter');
    };
    await share('150');
    const refusal = page.getByRole('dialog').getByRole('alert').getByText(/./);
    await refusal.waitFor();
    // Nobody takes the old refusal for the answer to the next attempt, and it is read out again.
    const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
    await page.route('**/traffic', (route) => held.then(() => route.continue()));
    await page.keyboard.press('Enter');
    await refusal.waitFor({ state: 'detached' });
    goOn();
    await refusal.waitFor();
    await page.keyboard.press('Escape');

    await share('50');
    await page.getByRole('heading', { level: 1, name: /keeping the split/ }).waitFor();
    await page
      .getByText(/as ana@example\.com wants: the test compares\. Everything goes back to blue at /)
      .first()
      .waitFor();
    await share('0');

    await page.getByRole('heading', { level: 1, name: /^All traffic is on blue/ }).waitFor();
  });

  it('says so when an address names an operation that is not there, and shows what is', async () => {
    const page = await signedIn();
    await page.goto(`${sandbox.ready.console}/#operation=gone`);

    await page.getByText('There is no operation gone.').waitFor();
    await page.getByRole('heading', { level: 1, name: /^All traffic is on blue/ }).waitFor();
  });

  it('says that it cannot reach Sluice, and how old is what it shows', async () => {
    const page = await signedIn();
    try {
      await sandbox.kill();

      await page.getByRole('alert').getByText('Sluice does not answer.').waitFor();
      await page.getByText(/What you see is \d+ s old\./).waitFor();
      await expectAccessible(page);
    } finally {
      await sandbox.killAndRestart();
    }
  });
});
