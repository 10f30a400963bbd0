import { expect, it } from 'vitest';
import { expectAccessible } from '../support/accessible.ts';
import { inBrowser, press } from '../support/browser.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';

inBrowser('an operator at the console in a browser', /Failed to load resource.*\b(404|409)\b/, (openPage) => {
  const { sandbox, pipeline } = observedSandbox();

  it('sees the plan before starting it, pauses and promotes a shift, and goes back to a version of the list', async () => {
    const page = await openPage();
    const title = (name: RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();
    const dialog = page.getByRole('dialog');
    /** Gives a reason, sends the form, and waits until it was taken. */
    const send = async (reason: string) => {
      await page.getByLabel('Reason').fill(reason);
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'hidden' });
    };
    await page.goto(sandbox.ready.signIn);
    await title(/^All traffic is on blue \(v2\.0\.5\)/);

    await press(page, 'Deploy…');
    await page.getByLabel('Version').fill('v2.1.0');
    await page.keyboard.press('Enter');
    const plan = page.getByRole('region', { name: 'Plan of v2.1.0' });
    await plan.getByText('It would be accepted now, as far as Sluice knows.').waitFor();
    await plan.getByText('1 of ml-lead: cleo@example.com').waitFor();
    // Another Enter starts nothing unread.
    await page.keyboard.press('Enter');
    await expectAccessible(page);
    expect(await pipeline.operations()).toEqual([]);
    await press(page, 'Start the deployment of v2.1.0');
    await page.getByRole('region', { name: 'In progress Deployment of v2.1.0' }).waitFor();
    const [operation] = await pipeline.operations();
    const id = operation?.id ?? '';
    await pipeline.inState(id, 'awaiting-approval');
    // Whoever asked for it does not count.
    for (const user of ['ben@example.com', 'cleo@example.com']) {
      expect(await pipeline.approveSignedIn(id, 'v2.1.0', user)).toMatchObject({ status: 200 });
    }

    await page
      .getByText(/Next: green gets 25 %, not before .*, if all is well\./)
      .first()
      .waitFor();
    await press(page, 'Pause…');
    await dialog.getByText(/sluice pause /).waitFor();
    await send('let us look');
    await title(/is paused/);
    await press(page, 'Resume…');
    await send('all is well');
    await page.getByRole('button', { name: 'Promote…' }).waitFor();
    await press(page, 'Promote…');
    await page.getByLabel('How far').selectOption('all');
    await send('it is a small change');
    await title(/^All traffic is on green \(v2\.1\.0\)/);

    await press(page, 'Roll back…');
    await page.getByRole('option', { name: /^v2\.0\.5: seconds \(it runs on blue\)/ }).waitFor({ state: 'attached' });
    await page.getByLabel('To which version').selectOption('v2.0.5');
    // The command that does the same follows what is chosen.
    await page.getByText(/sluice rollback .*--version v2\.0\.5 --reason "…"$/).waitFor();
    await page.getByLabel('How').selectOption('emergency');
    await page.getByText(/sluice rollback .*--version v2\.0\.5 --reason "…" --emergency$/).waitFor();
    await send('wrong findings');
    await title(/^All traffic is on blue \(v2\.0\.5\)/);
  });
});
