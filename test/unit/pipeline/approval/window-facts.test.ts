import { beforeEach, describe, expect, it } from 'vitest';
import type { Execution } from '../../../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import type { DeploymentWindow } from '../../../../contracts/configuration/windows.ts';
import { hours, minutes } from '../../../../contracts/duration.ts';
import type { DeploymentType } from '../../../../contracts/trigger.ts';
import { createApp } from '../../../../functions/approvals/app.ts';
import { readSubjectFacts } from '../../../../pipeline/approval/subject-facts.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { approving } from '../support/approving.ts';
import { createWorld, personTrigger, registerDeployment, type World } from '../support/world.ts';

let world: World;
let execution: Execution;
const { notify, approval, decide } = approving(() => ({ world, execution }));

/** A window from nine to five, in UTC. It is Monday, 15:00. */
const office: DeploymentWindow = { kind: 'allow', schedule: '0 9 * * 1-5', duration: hours(8), timeZone: 'UTC' };
/** It closes at noon. */
const noon: DeploymentWindow = { ...office, duration: hours(3) };

async function deploying(
  changes: Partial<ServiceConfiguration>,
  { type = 'standard' }: { type?: DeploymentType } = {},
): Promise<void> {
  const services = [{ ...world.service, ...changes }];
  const people = world.configuration.people.map((person) =>
    person.mail === 'ana@example.com' ? { ...person, timeZone: 'Asia/Kolkata' } : person,
  );
  world = { ...world, configuration: { ...world.configuration, services, people } };
  const asked = { ...personTrigger(world, 'dev@example.com'), type, justification: type === 'hotfix' ? 'CVE' : null };
  ({ execution } = await registerDeployment(world, { name: 'deploy-1', trigger: asked }));
  await notify('request-approval');
}

beforeEach(async () => {
  world = await createWorld();
});

const mailTo = (approver: string) => world.mailer.sent.find(({ to }) => to.includes(approver))?.text ?? '';
const inMail = (approver = 'mia@example.com') => /^Window: (.*)$/m.exec(mailTo(approver))?.[1] ?? null;
const onPage = async (approver = 'mia@example.com') => {
  const text = await (await createApp(world).request(`/approvals/${world.mailer.tokenOf(approver)}`)).text();
  return /<dt>Window<\/dt><dd>(.*?)<\/dd>/.exec(text)?.[1] ?? null;
};

describe('what an approver is told of the deployment windows', () => {
  it('is until when they are open', async () => {
    await deploying({ windows: [office] });

    expect(inMail()).toBe('open until 2026-11-23 17:00:00Z, 2 h after this mail');
    world.pass(minutes(30));
    expect(await onPage()).toBe('open until 2026-11-23 17:00:00Z, in 1 h 30 min');
  });

  it('is when they open, and how long an approved deployment waits for that', async () => {
    await deploying({ windows: [noon] });

    const waits = 'Once it is approved, the deployment waits for up to 7 days, then ends.';
    expect(inMail()).toBe(`closed; opens 2026-11-24 09:00:00Z, 18 h after this mail. ${waits}`);
    expect(await onPage()).toBe(`closed; opens 2026-11-24 09:00:00Z, in 18 h. ${waits}`);
    world.pass(hours(19));
    expect(await onPage()).toMatch(/^open until 2026-11-24 12:00:00Z/);
  });

  it('is told by the clock of the reader', async () => {
    await deploying({ windows: [noon] });

    expect(inMail('ana@example.com')).toMatch(
      /^closed; opens 2026-11-24 14:30 in Asia\/Kolkata \(2026-11-24 09:00:00Z\)/,
    );
    expect(await onPage('ana@example.com')).toMatch(/^closed; opens 2026-11-24 14:30 in Asia\/Kolkata/);
  });

  it('is that a deployment is refused that finds them closed, where that is configured', async () => {
    await deploying({ windows: [office], outsideWindows: 'refuse' });

    expect(inMail()).toMatch(/2 h after this mail\. A deployment that finds it closed after that is refused\.$/);
    world.pass(hours(3));
    expect(await onPage()).toMatch(/^closed; opens 2026-11-24.*\. A deployment that finds it closed is refused\.$/);
  });

  it('is that they do not open within a year', async () => {
    await deploying({ windows: [{ ...office, schedule: '0 9 29 2 *' }] });

    expect(inMail()).toMatch(/^closed, and does not open within a year\. Once/);
  });

  it('is of a hotfix that it passes all the same', async () => {
    await deploying({ windows: [noon] }, { type: 'hotfix' });

    expect(await onPage()).toMatch(/^closed; opens .*\. This is a hotfix, which passes outside the windows, too\.$/);
  });

  it('is who let this deployment pass', async () => {
    await deploying({ windows: [noon] });
    const windowOverride = { actor: 'ana@example.com', reason: 'the hospital waits.', at: '2026-11-23T15:00:00.000Z' };
    await world.store.operations.update(idOf(execution), { windowOverride });

    expect(await onPage()).toMatch(/\. ana@example\.com lets this deployment pass: the hospital waits\.$/);
  });

  it('is nothing where there are none', async () => {
    await deploying({ windows: [] });

    expect([inMail(), await onPage()]).toEqual([null, null]);
  });

  it.each(['awaiting-lock', 'shifting-traffic'] as const)('is nothing once it has passed them: %s', async (state) => {
    await deploying({ windows: [noon] });
    await world.store.operations.enter(idOf(execution), state, '2026-11-23T16:00:00.000Z');

    expect(await onPage()).toBeNull();
  });

  it('is nothing once nothing is to be deployed any more', async () => {
    await deploying({ windows: [noon] });
    await decide('mia@example.com', { decision: 'reject', reason: 'no' });

    expect(await onPage()).toBeNull();
  });

  it('is no part of what they approve: that is the same whatever the time', async () => {
    await deploying({ windows: [noon] });
    const before = (await approval()).subject;
    world.pass(hours(19));
    await notify('request-approval');

    expect((await approval()).subject).toBe(before);
    expect(JSON.stringify(await readSubjectFacts(world.store, await approval(), world.service))).not.toContain('opens');
  });
});
