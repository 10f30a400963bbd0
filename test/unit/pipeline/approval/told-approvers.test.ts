import { beforeEach, describe, expect, it } from 'vitest';
import type { Execution } from '../../../../contracts/commands.ts';
import { parseInstant } from '../../../../contracts/instant.ts';
import type { Outcome } from '../../../../contracts/operation.ts';
import { createApp } from '../../../../functions/approvals/app.ts';
import { timeFor } from '../../../../pipeline/approval/reader.ts';
import { readSubjectFacts } from '../../../../pipeline/approval/subject-facts.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { editItem } from '../../../support/table.ts';
import { approving } from '../support/approving.ts';
import { createWorld, digest, registerDeployment, registerGood, type World } from '../support/world.ts';

const everybody = ['ana@example.com', 'ben@example.com', 'mia@example.com'];

let world: World;
let execution: Execution;
beforeEach(async () => {
  world = await createWorld();
  ({ execution } = await registerDeployment(world, { name: 'deploy-1' }));
});
const { notify, decide, approval } = approving(() => ({ world, execution }));
const end = (outcome: Outcome, reason: string) =>
  world.store.operations.end(idOf(execution), { outcome, reason, at: new Date(world.now()).toISOString() });
const withdrawn = () => world.mailer.sent.filter(({ tags }) => tags?.kind === 'withdrawn');

describe('a request that ended without its approval', () => {
  it.each([
    ['superseded', 'Superseded by v2.2.0 (operation x).'],
    ['aborted', 'not today'],
    ['expired', 'Not enough approvals.'],
  ] as const)('that was %s is told once to those who were asked and had not decided', async (outcome, reason) => {
    await notify('request-approval');
    await decide('mia@example.com');
    await end(outcome, reason);

    await notify('report');
    await notify('report');

    expect(withdrawn()).toHaveLength(1);
    const [mail] = withdrawn();
    expect(mail?.to).toEqual(['ana@example.com', 'ben@example.com']);
    expect(mail?.subject).toBe('Approval no longer needed: chest-xray-mlops v2.1.0');
    expect(mail?.thread).toEqual([idOf(execution)]);
    for (const part of [
      'You have nothing to decide any more. The link in the earlier mail can no longer be used to decide.',
      `it ended as ${outcome}: ${reason.replace(/\.$/, '')}`,
      'v2.0.0 on blue, with all of the traffic',
    ]) {
      expect(mail?.text).toContain(part);
      expect(mail?.html).toContain(part);
    }
  });

  it('is told to nobody where it was complete, and to nobody who was not reached', async () => {
    world.mailer.trouble.set('ben@example.com', 'rejected');
    await notify('request-approval');
    await decide('ana@example.com');
    await end('rejected', 'no');
    await notify('report');

    expect(withdrawn().map(({ to }) => to)).toEqual([['mia@example.com']]);

    world.mailer.trouble.clear();
    ({ execution } = await registerDeployment(world, { name: 'deploy-2' }));
    await notify('request-approval');
    for (const approver of ['ana@example.com', 'mia@example.com']) await decide(approver);
    await end('rolled-back', 'Error rate 11.4 %, limit 1 %, for 12 s');
    await notify('report');

    expect(withdrawn()).toHaveLength(1);
  });
});

describe('what an approver reads', () => {
  const page = async (approver: string) =>
    (await createApp(world).request(`/approvals/${world.mailer.tokenOf(approver)}`)).text();

  it('says in short what, why, what changes, how risky, how long and until when, before the link and before the form', async () => {
    await notify('request-approval');

    const [mail] = world.mailer.sent;
    const upTo = (text = '', end: string) => text.slice(0, text.indexOf(end));
    for (const text of [upTo(mail?.text, 'Review and decide'), upTo(await page('ana@example.com'), '<form')]) {
      for (const part of [
        'v2.1.0 is deployed to green and replaces v2.0.0, which serves on blue.',
        'dev@example.com (standard)',
        'nothing unusual was found',
        /at least \d+ min: 5, 25, 50, 100 % of the traffic, then [^.]* with all of it\. A rollback takes seconds/,
        'both passed',
        '1 more of ml-lead (mia@example.com)',
      ]) {
        expect(text).toEqual(part instanceof RegExp ? expect.stringMatching(part) : expect.stringContaining(part));
      }
    }
    expect(mail?.text).toContain('Expires: 2026-11-24 15:00:00Z, 24 h after this mail');
    world.pass(3_600_000);
    expect(await page('ana@example.com')).toContain('2026-11-24 15:00:00Z, in 23 h');
  });

  it('has every step with its time, where a person is asked, and the ways back', async () => {
    const traffic = { ...world.service.traffic, pauseAfter: [25] };
    const services = [{ ...world.service, traffic }];
    world = { ...world, configuration: { ...world.configuration, services } };

    await notify('request-approval');

    for (const text of [world.mailer.sent[0]?.text, world.mailer.sent[0]?.html, await page('ana@example.com')]) {
      for (const part of [
        'at the start, judged for 5 min',
        'after 5 min, judged for 5 min, then a person decides',
        'after 15 min, judged for 5 min',
        'from the first step to the end of the bake: in seconds.',
      ]) {
        expect(text).toContain(part);
      }
    }
  });

  it('gives the time until an expiry in whole minutes where seconds do not matter', () => {
    const mail = (now: string) =>
      timeFor({ timeZone: null, now: parseInstant(now), reads: 'later' }, '2026-11-30T17:30:00Z');

    expect(mail('2026-11-30T17:00:02Z')).toBe('2026-11-30 17:30:00Z, 30 min after this mail');
    expect(mail('2026-11-30T17:28:18Z')).toBe('2026-11-30 17:30:00Z, 1 min 42 s after this mail');
  });

  it('gives times by the reader’s own clock as well, where their time zone is known', async () => {
    const people = world.configuration.people.map((person) =>
      person.mail === 'ana@example.com' ? { ...person, timeZone: 'Asia/Kolkata' } : person,
    );
    world = { ...world, configuration: { ...world.configuration, people } };

    await notify('request-approval');

    const [toAna, toBen] = world.mailer.sent;
    expect(toAna?.text).toContain('Expires: 2026-11-24 20:30 in Asia/Kolkata (2026-11-24 15:00:00Z)');
    expect(toBen?.text).not.toContain('Kolkata');
    expect(await page('ana@example.com')).toContain('2026-11-24 20:30 in Asia/Kolkata');
  });

  it('says nothing of what serves, or of an expiry, that is not so any more', async () => {
    await notify('request-approval');
    for (const approver of ['ana@example.com', 'mia@example.com']) await decide(approver);
    await world.store.operations.update(idOf(execution), { shiftedAt: new Date(world.now()).toISOString() });

    const text = await page('ana@example.com');

    expect(text).not.toContain('which serves on');
    expect(text).not.toContain('Expires');
  });

  it('is told where to look on the page, too', async () => {
    await notify('request-approval');

    expect(await page('ana@example.com')).toContain('href="https://grafana.example.com/d/chest-xray-mlops');
  });

  it('a metric with a bound is told once, with its bound', async () => {
    const checks = [
      {
        name: 'model accuracy',
        result: 'pass' as const,
        reason: '0.94, at least 0.92',
        at: '2026-11-23T15:00:00.000Z',
      },
      { name: 'image scan', result: 'inconclusive' as const, reason: 'not yet', at: '2026-11-23T15:00:00.000Z' },
    ];
    await world.store.operations.update(idOf(execution), { checks });

    await notify('request-approval');

    const text = world.mailer.sent[0]?.text ?? '';
    expect(text.match(/0\.94/g)).toHaveLength(1);
    expect(text).toContain('accuracy: 0.94, at least 0.92');
    expect(text).toContain('Checks: 1 of 2 passed\nimage scan: no clear result: not yet');
  });

  const liveDigest = `sha256:${'cd'.repeat(32)}`;
  const liveModel = { name: 'chest-xray', metrics: { accuracy: 0.93, recall: 0.96 } };
  const shownModel = async () => (await readSubjectFacts(world.store, await approval(), world.service))?.model;

  it('sees the metrics of the live model beside those of the new one', async () => {
    await registerGood(world, { version: 'v2.0.0', digest: liveDigest, model: liveModel });

    await notify('request-approval');

    expect(await shownModel()).toEqual([
      { name: 'accuracy', value: '0.94 (v2.0.0: 0.93)' },
      { name: 'recall', value: 'not known (v2.0.0: 0.96)' },
    ]);
    for (const text of [world.mailer.sent[0]?.text, world.mailer.sent[0]?.html, await page('ana@example.com')]) {
      expect(text).toContain('0.94 (v2.0.0: 0.93)');
      expect(text).toContain('not known (v2.0.0: 0.96)');
    }
  });

  it('is asked all the same where the record of the live release cannot be read', async () => {
    await registerGood(world, { version: 'v2.0.0', digest: liveDigest, model: liveModel });
    const key = { pk: `RELEASE#${world.service.name}`, sk: `RELEASE#${liveDigest}` };
    await editItem(world.table, key, 'release', 'something else');

    await notify('request-approval');

    expect(await shownModel()).toEqual([{ name: 'accuracy', value: '0.94' }]);
  });

  it('of a second request says that earlier links and decisions are void', async () => {
    await notify('request-approval');
    await decide('mia@example.com');
    const known = await world.store.releases.read(world.service.name, digest);
    if (known === null) throw new Error('nothing is known of the release');
    await world.store.releases.put(world.service.name, known.release, {
      ...known.evidence,
      staging: { state: 'failure', url: null },
    });

    await notify('request-approval');

    expect((await approval()).asked).toBe(2);
    const again = world.mailer.sent.slice(everybody.length);
    expect(again.flatMap(({ to }) => to)).toEqual(everybody);
    expect(again[0]?.subject).toBe('Approval needed again: chest-xray-mlops v2.1.0');
    expect(again[0]?.text).toContain('Links in earlier mails no longer work, and earlier decisions do not count');
    expect(world.mailer.sent[0]?.text).not.toContain('again');
  });
});
