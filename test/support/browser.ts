import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { patienceMs } from './until.ts';

/** Where distributions put it; .ci/run installs it where it may. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Opens a page in a browser context of its own: no session, no storage, no other page. */
export type OpenPage = () => Promise<Page>;

/**
 * Tests in a real browser. Each opens pages of its own, and fails when a script of one of them fails or breaks a policy, or when a
 * request fails that is not in `expected`. Without a browser they are skipped, and the closing line of the run says so.
 */
export function inBrowser(name: string, expected: RegExp, tests: (openPage: OpenPage) => void): void {
  const executablePath = places.find((place) => existsSync(place));
  if (executablePath === undefined) {
    describe.skip(`${name} (no Chromium was found)`, () => tests(() => Promise.reject(new Error('skipped'))));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    let contexts: BrowserContext[] = [];
    let complaints: string[] = [];
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
        timeout: patienceMs,
      });
    });
    afterAll(() => browser?.close());
    afterEach(async () => {
      await Promise.all(contexts.map((context) => context.close()));
      contexts = [];
      const seen = complaints.filter((text) => !expected.test(text));
      complaints = [];
      expect(seen).toEqual([]);
    });
    tests(async () => {
      const context = await browser.newContext();
      contexts.push(context);
      context.setDefaultTimeout(patienceMs);
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      return page;
    });
  });
}

/** Presses a button from the keyboard. */
export const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).press('Enter');

/** Waits until the element with this id has the focus. */
export const hasFocus = (page: Page, id: string): Promise<void> => page.locator(`[id="${id}"]:focus`).waitFor();
