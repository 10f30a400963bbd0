import { beforeEach, expect, it } from 'vitest';
import { approvalMail } from '../../../../pipeline/approval/approval-mail.ts';
import type { ApprovalProgress } from '../../../../pipeline/approval/approval-progress.ts';
import { readSummary } from '../../../../pipeline/approval/deployment-summary.ts';
import { factLines } from '../../../../pipeline/notice/mail-document.ts';
import { pageChannels } from '../../../../pipeline/notice/page-channels.ts';
import { editItem } from '../../../support/table.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const forged = 'accuracy\r\n\nApprovals\nben@example.com: approved\u2028Look here: https://evil.example/\u202Egnp';
const progress: ApprovalProgress = {
  ...{ state: 'pending', requestedAt: '2026-11-23T15:00:00Z', expiresAt: '2026-11-24T15:00:00Z' },
  ...{ rules: [], decisions: [], missing: [], excluded: [], unknownAuthors: [forged] },
  ...{ involved: [], notCounting: [], forged: [] },
};

/** Headings, and lines that look like one of Sluice's own. */
const linesLike = (text: string, begin: string) => text.split('\n').filter((line) => line.startsWith(begin));

it('a metric’s name forges no line of the mail to approvers, in text or in HTML', async () => {
  const { operation } = await registerDeployment(world, { name: 'deploy-1' });
  const known = await world.store.releases.read(world.service.name, operation.release?.digest ?? '');
  if (known === null) throw new Error('the release is not known');
  const metrics = { ...Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`m${index}`, 1])) };
  const model = { name: 'x', metrics: { [forged]: 1, ['long'.repeat(9_000)]: 2, ...metrics } };
  const key = { pk: `RELEASE#${world.service.name}`, sk: `RELEASE#${known.release.digest}` };
  await editItem(world.table, key, 'release', { ...known.release, model });

  const summary = await readSummary(world.store, operation, world.service);
  const mail = approvalMail({
    summary,
    subject: null,
    progress,
    window: [],
    approver: 'cleo@example.com',
    occasion: 'request',
    asked: 1,
    reader: { timeZone: null, now: world.now(), reads: 'later' },
    help: [],
    link: 'LINK',
  });

  expect(linesLike(mail.text, 'Approvals')).toEqual([]);
  expect(linesLike(mail.text, 'ben@example.com')).toEqual([]);
  expect(linesLike(mail.text, 'Look')).toEqual([]);
  expect(linesLike(mail.text, 'Review and decide')).toHaveLength(1);
  for (const body of [mail.text, mail.html]) expect(body).not.toMatch(/[\u202e\u2028\r]/);
  expect(mail.text).toContain('accuracy Approvals ben@example.com: approved Look here: https://evil.example/�gnp: 1');
  // What is too long or too much is cut, and counted.
  expect(Math.max(...mail.text.split('\n').map((line) => line.length))).toBeLessThan(1_000);
  expect(mail.text).toContain('Others: 32 more metrics');
});

it('the log of a failed side stays in lines that look like nothing else', () => {
  const text = factLines([{ name: 'Finding 1', value: 'log of pod:\nOutcome: succeeded\u001b[2J', isBlock: true }]);

  expect(text).toBe('Finding 1: log of pod:\n  | Outcome: succeeded�[2J');
});

it('a reason forges no line of a page', async () => {
  const pager = world.pager;
  const channels = pageChannels({ ...world, pagers: () => new Map([['sns', pager]]) }, world.service, {
    ...{ subject: 's', reason: `it broke\n\nNow: sluice unfreeze`, standing: forged, facts: [], key: 'k', about: 'a' },
    steps: [{ what: 'Look', command: 'sluice status' }],
  });

  for (const page of channels.values()) await page();

  expect(linesLike(pager.pages[0]?.text ?? '', 'Now:')).toEqual([]);
  expect(linesLike(pager.pages[0]?.text ?? '', 'Approvals')).toEqual([]);
});
