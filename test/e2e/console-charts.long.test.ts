import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible } from '../support/accessible.ts';
import { inBrowser } from '../support/browser.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured } from '../support/own-configuration.ts';

inBrowser('the charts of an operation in a browser', /Failed to load resource.*\b404\b/, (openPage) => {
  // A step that is long enough for somebody on a busy machine to read while its readings come.
  const { sandbox, pipeline } = observedSandbox(
    ...configured({ 'traffic.steps': [5, 100], 'traffic.interval': '45s' }),
  );

  const picture = (page: Page, name: RegExp) => page.getByRole('img', { name });
  const sideways = (page: Page) =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  it('are live while it shifts, keep what was unfolded, and are still there afterwards', async () => {
    const page = await openPage();
    await page.goto(sandbox.ready.signIn);
    const { workflowRunPayload } = await pipeline.release('v2.4.0');
    const answer = await pipeline.deliver(workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    await pipeline.approveAll('v2.4.0', operation);

    await picture(page, /^Share of the traffic over time; blue: \d+ %.*; green: \d+ %/).waitFor();
    await picture(page, /^Error rate over time, limit 1 %; blue: .* %.*; green: .* %/).waitFor();
    await page.locator('summary', { hasText: 'The readings as a table' }).press('Enter');
    const rows = page.getByRole('region', { name: 'Readings, newest first' }).getByRole('row');
    const before = await rows.count();
    await page.getByRole('region', { name: 'Readings, newest first' }).focus();
    // Rows come while somebody reads them: neither the table nor the place in it is lost.
    await rows.nth(before + 2).waitFor();
    await page.locator('section.output:focus').waitFor();
    await pipeline.ended(operation);

    const late = await openPage();
    await late.goto(sandbox.ready.signIn);
    await late.goto(`${sandbox.ready.console}/#operation=${operation}`);
    await picture(late, /^Latency p95 over time, limit 2 s; blue: .* s.*; green: .* s/).waitFor();
    const marks = late.getByRole('list', { name: 'What happened, by the numbers in the charts' });
    await marks.getByText('Weight set blue 95 %, green 5 %').waitFor();
    await marks.getByText('Weight set blue 0 %, green 100 %').waitFor();
    for (const scheme of ['light', 'dark'] as const) await expectAccessible(late, scheme);
    await late.setViewportSize({ width: 320, height: 700 });
    expect(await sideways(late)).toBeLessThanOrEqual(0);
    await expectAccessible(late);
  });
});
