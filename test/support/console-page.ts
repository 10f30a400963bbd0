import type { Locator, Page } from 'playwright-core';
import type { Observed } from './observed-sandbox.ts';
import { patienceMs } from './until.ts';

/** What a browser reports of an answer that is a refusal, and of a server that is gone: the console's tests want both. */
export const expectedInConsole =
  /Failed to load resource.*(\b(400|401|404|409|422)\b|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_SOCKET_NOT_CONNECTED|ERR_EMPTY_RESPONSE)/;

/**
 * Sends the open form by Enter and waits for what it leads to. Where Sluice could not answer in time, which the form says, it is sent again, as a
 * person would; any other refusal is an error.
 */
export async function sendForm(page: Page, effect: Locator): Promise<void> {
  const refusal = page.getByRole('dialog').getByRole('alert').getByText(/./);
  const end = Date.now() + patienceMs;
  for (;;) {
    await page.keyboard.press('Enter');
    await effect.or(refusal).first().waitFor();
    if (await effect.isVisible()) return;
    const told = await refusal.innerText();
    if (!/\bagain\b|not answer/.test(told) || Date.now() > end) throw new Error(`The form was refused: ${told}`);
  }
}

/** What the tests of the console's pages begin with. */
export const consoleOf = (
  { sandbox, pipeline }: Pick<Observed, 'sandbox' | 'pipeline'>,
  openPage: () => Promise<Page>,
) => ({
  /** The console as the sandbox's operator sees it. */
  async signedIn(): Promise<Page> {
    const page = await openPage();
    await page.goto(sandbox.ready.signIn);
    await page.getByRole('heading', { level: 1, name: /^All traffic is on blue/ }).waitFor();
    return page;
  },

  /** Has CI build a version, and waits until its deployment needs people. */
  async waiting(version: string): Promise<string> {
    const { workflowRunPayload } = await pipeline.release(version);
    const answer = await pipeline.deliver(workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    await pipeline.inState(operation, 'awaiting-approval');
    return operation;
  },
});
