import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';

const run = promisify(execFile);
const executablePath = '/usr/bin/chromium';
/** Debian's Chromium; .ci/run installs it where it may. */
const inBrowser = existsSync(executablePath) ? describe : describe.skip;

inBrowser('the console in a browser', () => {
  const { sandbox, pipeline } = observedSandbox();
  let browser: Browser;
  let page: Page;
  /** What the browser complained about: a script that failed, a policy that was broken. */
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(sandbox.ready.signIn);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }, 120_000);
  afterAll(() => browser?.close());

  it('shows both environments with their versions and shares, and keeps the key out of the address', async () => {
    const blue = page.getByRole('article', { name: /Blue/ });
    const green = page.getByRole('article', { name: /Green/ });

    expect(await blue.textContent()).toMatch(/100 % of traffic.*v2\.0\.5.*healthy/);
    expect(await green.textContent()).toMatch(/0 % of traffic.*v2\.0\.5.*healthy/);
    expect(page.url()).not.toContain('key=');
    expect(await page.content()).not.toContain(sandbox.ready.secrets.apiToken);
  });

  it('shows a change of the weights within a second', async () => {
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
    await setWeights(90);
    const changed = Date.now();

    await page
      .getByRole('heading', { name: 'Blue (v2.0.5) has 90 % of the traffic, green (v2.0.5) 10 %.' })
      .waitFor({ timeout: 5_000 });

    expect(Date.now() - changed).toBeLessThan(1_000);
    await setWeights(100);
    await page.getByRole('heading', { name: 'All traffic is on blue (v2.0.5).' }).waitFor({ timeout: 5_000 });
  }, 30_000);

  it('is worked from the keyboard: a form opens, is filled and sent, and its effect is seen and read out', async () => {
    await press(page, 'Freeze…');
    await page.getByRole('dialog', { name: 'Freeze the service' }).waitFor();
    await page.keyboard.type('the test wants it');
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { level: 1, name: /^Frozen/ }).waitFor({ timeout: 5_000 });
    await page.getByRole('status').getByText('Frozen: the test wants it').waitFor({ timeout: 5_000 });
    // The button that had the focus is gone: the place is kept.
    expect(await focused(page)).toBe('headline');

    await press(page, 'End the freeze…');
    await page.keyboard.type('seen');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^All traffic is on blue/ }).waitFor({ timeout: 5_000 });
  }, 30_000);

  it('shows a deployment that waits, takes an approval, and keeps what was unfolded while it changes', async () => {
    await pipeline.deliver(await pipeline.workflowRunPayload());
    const { id } = await pipeline.firstOperation();
    const operation = page.getByRole('region', { name: 'In progress Deployment of v2.1.0' });
    await operation.getByText('devops: 1 more').waitFor({ timeout: 15_000 });
    await operation.locator('summary', { hasText: /\d+ of \d+ passed/ }).focus();
    await page.keyboard.press('Enter');
    await operation.getByRole('row', { name: /^security-scan/ }).waitFor();

    await press(page, 'Approve or reject…');
    await page.getByRole('dialog', { name: 'Decide on v2.1.0' }).waitFor();
    await page.getByLabel('Version').fill('v2.1.1');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('alert').getByText(/./).waitFor({ timeout: 5_000 });
    expect((await pipeline.operation(id)).state).toBe('awaiting-approval');
    await page.getByLabel('Version').fill('v2.1.0');
    await page.keyboard.press('Enter');

    await operation.getByText('by ana@example.com').waitFor({ timeout: 5_000 });
    expect(await operation.getByText('devops: 1 more').count()).toBe(0);
    expect(await operation.getByRole('row', { name: /^security-scan/ }).isVisible()).toBe(true);
  }, 60_000);

  it('shows the outcome in the history, and an earlier operation when its link is followed', async () => {
    const links = await pipeline.linksOf('v2.1.0', ['cleo@example.com']);
    const rejection = { decision: 'reject', version: 'v2.1.0', reason: 'not tonight' };
    await pipeline.decide(links.get('cleo@example.com') ?? '', rejection);
    const row = page.getByRole('table', { name: 'Operations, newest first' }).getByRole('row', { name: /v2\.1\.0/ });
    await row.getByText('not tonight').waitFor({ timeout: 5_000 });

    await row.getByRole('link').focus();
    await page.keyboard.press('Enter');

    const operation = page.getByRole('region', { name: 'From the history Deployment of v2.1.0' });
    await operation.getByText('not tonight').first().waitFor({ timeout: 5_000 });
    expect(await focused(page)).toBe('operation');
    await page.goBack();
    await page.getByRole('region', { name: 'Last operation Deployment of v2.1.0' }).waitFor({ timeout: 5_000 });
  }, 30_000);

  it('moves traffic by hand and sends it back, and says until when a split stays', async () => {
    const share = async (percent: string) => {
      await press(page, 'Switch traffic…');
      await page.getByRole('dialog', { name: 'Switch the traffic' }).waitFor();
      await page.getByLabel('Percent on green').fill(percent);
      await page.getByLabel('Reason').fill('the test compares');
      await page.keyboard.press('Enter');
    };
    await share('150');
    await page.getByRole('dialog').getByRole('alert').getByText(/./).waitFor({ timeout: 5_000 });
    await page.keyboard.press('Escape');

    await share('50');
    await page.getByRole('heading', { level: 1, name: /keeping the split/ }).waitFor({ timeout: 20_000 });
    await page.getByText(/Everything goes back at .* ana@example\.com asked for it/).waitFor({ timeout: 5_000 });
    await share('0');

    await page.getByRole('heading', { level: 1, name: /^All traffic is on blue/ }).waitFor({ timeout: 30_000 });
  }, 90_000);

  it('says so when an address names an operation that is not there, and shows what is', async () => {
    await page.goto(`${sandbox.ready.console}/#operation=gone`);

    await page.getByText('There is no operation gone.').waitFor({ timeout: 5_000 });
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('All traffic is on blue');
  }, 30_000);

  it('asks a browser without a session to sign in, and shows nothing before', async () => {
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(sandbox.ready.console);
    await stranger.getByLabel('Who you are').fill('ben@example.com');
    expect(await stranger.content()).not.toContain('chest-xray-mlops');

    await stranger.getByLabel('API token').fill('guessed');
    await stranger.keyboard.press('Enter');
    await stranger.getByText('Who asks could not be authenticated.').waitFor({ timeout: 5_000 });
    await stranger.getByLabel('API token').fill(sandbox.ready.secrets.apiToken);
    await stranger.keyboard.press('Enter');

    await stranger.getByText('ben@example.com Sign out').waitFor({ timeout: 5_000 });
    const kept = await stranger.evaluate(
      'JSON.stringify([document.cookie, localStorage.length, sessionStorage.length])',
    );
    expect(kept).toBe('["",0,0]');
    await press(stranger, 'Sign out');
    await stranger.getByRole('heading', { name: 'Sign in' }).waitFor({ timeout: 5_000 });
    await stranger.close();
  }, 30_000);

  it('has no sideways scrolling on a phone of 320 pixels', async () => {
    await page.setViewportSize({ width: 320, height: 700 });

    // A string, since what runs in the page has another library of types.
    const sideways = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');

    expect(sideways).toBeLessThanOrEqual(0);
  });

  it('breaks no policy of its own, and no script of it fails', () => {
    // The browser itself reports each answer that is a refusal; these were wanted.
    const unexpected = complaints.filter((text) => !/Failed to load resource.*\b(400|404|409|422)\b/.test(text));

    expect(unexpected).toEqual([]);
  });

  it('says that it cannot reach Sluice, and how old is what it shows', async () => {
    await sandbox.kill();

    await page.getByRole('alert').getByText('Sluice does not answer.').waitFor({ timeout: 10_000 });
    await page.getByText(/What you see is \d+ s old\./).waitFor({ timeout: 10_000 });
    await sandbox.killAndRestart();
  }, 60_000);
});

/** Presses a button from the keyboard. */
async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).focus();
  await page.keyboard.press('Enter');
}

/** The id of the element that has the focus. A string, since what runs in the page has another library of types. */
const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement?.id');
