import { beforeEach, expect, it } from 'vitest';
import { hasFocus, inBrowser, press } from '../support/browser.ts';
import { consoleOf, expectedInConsole, sendForm } from '../support/console-page.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';

inBrowser('the console in a browser', expectedInConsole, (openPage) => {
  const observed = observedSandbox();
  const { sandbox, pipeline } = observed;
  const { signedIn, waiting } = consoleOf(observed, openPage);

  // One sandbox for all, which each test finds at rest; a page and its session are each test's own.
  beforeEach(() => pipeline.toRest());

  it('shows both environments with their versions and shares, and keeps the key out of the address', async () => {
    const page = await signedIn();
    const side = (name: RegExp) => page.getByRole('article', { name });

    await side(/Blue/)
      .filter({ hasText: /100 % of traffic.*v2\.0\.5.*healthy/ })
      .waitFor();
    await side(/Green/)
      .filter({ hasText: /0 % of traffic.*v2\.0\.5.*healthy/ })
      .waitFor();

    expect(page.url()).not.toContain('key=');
    expect(await page.content()).not.toContain(sandbox.ready.secrets.apiToken);
  });

  it('is worked from the keyboard: a form opens, is filled and sent, and its effect is seen and read out', async () => {
    const page = await signedIn();
    await press(page, 'Freeze…');
    await page.getByRole('dialog', { name: 'Freeze the service' }).waitFor();
    await page.keyboard.type('the test wants it');
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { level: 1, name: /^Frozen/ }).waitFor();
    await page.getByRole('status').getByText('Frozen: the test wants it').waitFor();
    // The button that had the focus is gone: the place is kept.
    await hasFocus(page, 'headline');

    await press(page, 'End the freeze…');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('seen');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^All traffic is on blue/ }).waitFor();
  });

  it('shows a deployment that waits, takes an approval, and keeps what was unfolded while it changes', async () => {
    const page = await signedIn();
    const id = await waiting('v2.2.0');
    const operation = page.getByRole('region', { name: 'In progress Deployment of v2.2.0' });
    await operation.getByText('devops: 1 more').waitFor();
    await operation.locator('summary', { hasText: /\d+ of \d+ passed/ }).press('Enter');
    await operation.getByRole('row', { name: /^security-scan/ }).waitFor();

    await press(page, 'Approve or reject…');
    await page.getByRole('dialog', { name: 'Decide on v2.2.0' }).waitFor();
    // Nothing is chosen for anybody.
    expect(await page.getByLabel('Decision').inputValue()).toBe('');
    await page.getByLabel('Decision').selectOption('approve');
    await page.getByLabel('Version').fill('v2.2.1');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('alert').getByText(/./).waitFor();
    expect((await pipeline.operation(id)).state).toBe('awaiting-approval');
    await page.getByLabel('Version').fill('v2.2.0');
    await sendForm(page, operation.getByText('by ana@example.com'));

    await operation.getByText('devops: 1 more').waitFor({ state: 'detached' });
    expect(await operation.getByRole('row', { name: /^security-scan/ }).isVisible()).toBe(true);
  });

  it('asks a browser without a session to sign in, and shows nothing before', async () => {
    const stranger = await openPage();
    await stranger.goto(sandbox.ready.console);
    await stranger.getByLabel('Who you are').fill('ben@example.com');
    expect(await stranger.content()).not.toContain('chest-xray-mlops');

    await stranger.getByLabel('API token').fill('guessed');
    await stranger.keyboard.press('Enter');
    await stranger.getByText('The caller could not be authenticated.').waitFor();
    await stranger.getByLabel('API token').fill(sandbox.ready.secrets.apiToken);
    await stranger.keyboard.press('Enter');

    await stranger.getByText('ben@example.com Sign out').waitFor();
    const kept = await stranger.evaluate(
      'JSON.stringify([document.cookie, localStorage.length, sessionStorage.length])',
    );
    expect(kept).toBe('["",0,0]');
    await press(stranger, 'Sign out');
    await stranger.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('has no sideways scrolling on a phone of 320 pixels', async () => {
    const page = await signedIn();
    await page.setViewportSize({ width: 320, height: 700 });

    // A string, since what runs in the page has another library of types.
    const sideways = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');

    expect(sideways).toBeLessThanOrEqual(0);
  });
});
