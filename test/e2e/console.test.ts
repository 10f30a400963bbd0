import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { layerBinary } from '../../sandbox/kubernetes/layer-binaries.ts';
import { type SandboxProcess, startSandboxProcess } from '../support/sandbox-process.ts';

const run = promisify(execFile);
const executablePath = '/usr/bin/chromium';
/** Debian's Chromium; .ci/run installs it where it may. */
const inBrowser = existsSync(executablePath) ? describe : describe.skip;

inBrowser('the console in a browser', () => {
  let sandbox: SandboxProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [sandbox, browser] = await Promise.all([
      startSandboxProcess(),
      chromium.launch({
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
      }),
    ]);
    page = await browser.newPage();
    await page.goto(sandbox.ready.signIn);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await sandbox?.dispose();
  });

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
    const share = (index: number, value: number) => ({
      op: 'replace',
      path: `/spec/http/0/route/${index}/weight`,
      value,
    });
    const patch = JSON.stringify([share(0, 90), share(1, 10)]);
    const words = ['-n', 'production', 'patch', 'virtualservice', 'chest-xray-mlops', '--type=json', '-p', patch];
    await run(kubectl, ['--kubeconfig', sandbox.ready.kubeconfig, ...words]);
    const changed = Date.now();

    await page
      .getByRole('heading', { name: 'Blue (v2.0.5) has 90 % of the traffic, green (v2.0.5) 10 %.' })
      .waitFor({ timeout: 5_000 });

    expect(Date.now() - changed).toBeLessThan(1_000);
  }, 30_000);

  it('is worked from the keyboard: a form opens, is filled and sent, and its effect is seen', async () => {
    await page.getByRole('button', { name: 'Freeze…' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Freeze the service' }).waitFor();
    await page.keyboard.type('the test wants it');
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { level: 1, name: /^Frozen/ }).waitFor({ timeout: 5_000 });

    expect(await page.getByText('the test wants it').first().isVisible()).toBe(true);
  }, 30_000);

  it('has no sideways scrolling on a phone of 320 pixels', async () => {
    await page.setViewportSize({ width: 320, height: 700 });

    // A string, since what runs in the page has another library of types.
    const sideways = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');

    expect(sideways).toBeLessThanOrEqual(0);
  });

  it('says that it cannot reach Sluice, and how old is what it shows', async () => {
    await sandbox.kill();

    await page
      .getByRole('alert')
      .getByText(/Sluice does not answer\. What you see is .* old\./)
      .waitFor({ timeout: 10_000 });
  }, 30_000);
});
