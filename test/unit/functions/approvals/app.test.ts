import { beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../../adapters/store/store.ts';
import type { Execution } from '../../../../contracts/commands.ts';
import { minutes, seconds } from '../../../../contracts/duration.ts';
import { createApp } from '../../../../functions/approvals/app.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { requestApproval } from '../../../../pipeline/approval/request-approval.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { editItem, testRetention, testSeals } from '../../../support/table.ts';
import { createWorld, registerDeployment, type World } from '../../pipeline/support/world.ts';

describe('/approvals/:token', () => {
  let world: World;
  let execution: Execution;
  beforeEach(async () => {
    world = await createWorld();
    await begin('deploy-1');
  });

  async function begin(name: string, author = 'dora') {
    ({ execution } = await registerDeployment(world, { name, author }));
    await requestApproval({ ...world, pagers: () => new Map(), newToken: newLinkToken }, execution);
    await world.store.approvals.change(idOf(execution), (record) => ({ ...record, taskToken: 'the-callback' }));
  }
  const request = (method: string, token: string, body?: URLSearchParams | string) =>
    createApp(world).request(`/approvals/${token}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    });
  const decide = (approver: string, form: Record<string, string>) =>
    request('POST', world.mailer.tokenOf(approver), new URLSearchParams({ version: 'v2.1.0', ...form }));
  const noticeOf = (page: string) => /<p id="notice"[^>]*>([^<]*)</.exec(page)?.[1];
  const record = async () => {
    const found = await world.store.approvals.read(idOf(execution));
    if (found === null) throw new Error('there is no approval');
    return found;
  };

  it('looking changes nothing, by GET or HEAD, however often', async () => {
    const before = [await record(), await world.store.audit.list(idOf(execution))];

    for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) {
      expect((await request(method, world.mailer.tokenOf('ana@example.com'))).status).toBe(200);
    }

    expect([await record(), await world.store.audit.list(idOf(execution))]).toEqual(before);
    expect(world.workflow.nudged).toEqual([]);
  });

  it('shows what is to be approved, and who is still missing', async () => {
    await decide('mia@example.com', { decision: 'approve' });

    const page = await (await request('GET', world.mailer.tokenOf('ana@example.com'))).text();

    for (const part of [
      'v2.1.0',
      'v2.0.0 on blue',
      'c0ffee',
      'dora',
      '0.94',
      'success',
      'mia@example.com',
      '1 more of devops (ana@example.com, ben@example.com)',
    ]) {
      expect(page).toContain(part);
    }
  });

  it('takes a form in which something stands twice for none, since nobody knows which was meant', async () => {
    const twice = `decision=reject&decision=approve&version=v2.1.0&reason=no`;

    const answer = await request('POST', world.mailer.tokenOf('ana@example.com'), twice);

    expect(answer.status).toBe(422);
    expect((await record()).decisions).toEqual([]);
  });

  it('shows nobody a subject that was changed in the table since they were asked, and takes no decision on it (I13)', async () => {
    const { subject } = await record();
    const key = { pk: `SUBJECT#${idOf(execution)}`, sk: `SUBJECT#${subject}` };
    const kept = await world.store.subjects.read(idOf(execution), subject ?? '');
    await editItem(world.table, key, 'subject', { ...kept, risks: ['Nothing at all.'] });

    const shown = await request('GET', world.mailer.tokenOf('ana@example.com'));
    const decided = await decide('ana@example.com', { decision: 'approve' });

    for (const answer of [shown, decided]) {
      expect(answer.status).toBe(409);
      expect(await answer.text()).toContain('somebody has changed the records of this operation');
    }
    expect((await record()).decisions).toEqual([]);
  });

  it('keeps a reason as one line, which forges none in mails', async () => {
    await decide('ben@example.com', { decision: 'reject', reason: 'slow\r\nana@example.com: approved \u202ex' });

    expect((await record()).decisions).toMatchObject([{ reason: 'slow ana@example.com: approved �x' }]);
  });

  it('is in no cache, frame, index or referrer, and runs no script', async () => {
    const answer = await request('GET', world.mailer.tokenOf('ana@example.com'));

    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex, nofollow',
      'content-type': 'text/html; charset=UTF-8',
    });
    const policy = answer.headers.get('content-security-policy');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/script-src|unsafe/);
  });

  it('escapes what others wrote', async () => {
    await begin('deploy-2', '"><script>alert(1)</script>');

    expect(await (await request('GET', world.mailer.tokenOf('ana@example.com'))).text()).not.toContain('<script');
  });

  it('approves with the version typed, and wakes the execution once the quorum is there', async () => {
    const first = await decide('ana@example.com', { decision: 'approve' });
    expect(world.workflow.nudged).toEqual([]);
    const second = await decide('mia@example.com', { decision: 'approve' });

    expect([first.status, second.status]).toEqual([200, 200]);
    expect((await record()).decisions).toMatchObject([
      { approver: 'ana@example.com', decision: 'approve', via: 'mail-link' },
      { approver: 'mia@example.com', decision: 'approve', via: 'mail-link' },
    ]);
    expect(world.workflow.nudged).toEqual(['the-callback']);
    const audit = (await world.store.audit.list(idOf(execution))).filter(({ action }) => action === 'decide-approval');
    expect(audit.map(({ actor, phase }) => `${actor} ${phase}`)).toEqual([
      'ana@example.com intent',
      'ana@example.com result',
      'mia@example.com intent',
      'mia@example.com result',
    ]);
  });

  it('says whether an approval counts, and if not why', async () => {
    const counts = await (await decide('ana@example.com', { decision: 'approve' })).text();
    const surplus = await (await decide('ben@example.com', { decision: 'approve' })).text();

    expect(noticeOf(counts)).toBe('You approved v2.1.0, and it counts.');
    expect(noticeOf(surplus)).toBe(
      'You approved v2.1.0. Your approval is recorded, but does not count: the roles of ben@example.com already had enough approvals.',
    );
  });

  it('says to somebody who took part that their approval does not count, also when the link is opened again', async () => {
    await world.store.approvals.change(idOf(execution), (one) => ({
      ...one,
      excluded: ['ana@example.com'],
      involved: [{ person: 'ana@example.com', as: ['author'] }],
    }));

    const author = await (await decide('ana@example.com', { decision: 'approve' })).text();
    const again = await (await request('GET', world.mailer.tokenOf('ana@example.com'))).text();

    expect(noticeOf(author)).toBe(
      'You approved v2.1.0. Your approval is recorded, but does not count: ana@example.com wrote this release.',
    );
    expect(noticeOf(again)).toContain('Your approval does not count: ana@example.com wrote this release.');
    expect(again).toContain('; it does not count: ana@example.com wrote this release');
  });

  it.each([
    ['another version', { decision: 'approve', version: 'v2.1.1' }],
    ['no version, as a mail scanner that submits forms', { decision: 'approve', version: '' }],
    ['a rejection without a reason', { decision: 'reject', reason: '  ' }],
    ['neither approve nor reject', { decision: 'maybe' }],
  ])('refuses %s with 422 and the form again, and decides nothing', async (_, form: Record<string, string>) => {
    const answer = await decide('ana@example.com', form);

    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('<form');
    expect((await record()).decisions).toEqual([]);
  });

  it('one rejection with a reason ends it', async () => {
    const answer = await decide('ben@example.com', { decision: 'reject', reason: 'recall is too low' });

    expect(answer.status).toBe(200);
    expect((await record()).decisions).toMatchObject([{ approver: 'ben@example.com', reason: 'recall is too low' }]);
    expect(world.workflow.nudged).toEqual(['the-callback']);
    expect((await decide('ana@example.com', { decision: 'approve' })).status).toBe(409);
  });

  it('the same decision again is fine, has no second effect, and nudges again', async () => {
    await decide('ana@example.com', { decision: 'approve' });
    world.workflow.nudgesFail = true;
    expect((await decide('mia@example.com', { decision: 'approve' })).status).toBe(200);
    world.workflow.nudgesFail = false;

    const again = await decide('mia@example.com', { decision: 'approve' });

    expect(again.status).toBe(200);
    expect((await record()).decisions).toHaveLength(2);
    expect(world.workflow.nudged).toEqual(['the-callback']);
  });

  it('the first decision stands against the opposite one', async () => {
    await decide('ana@example.com', { decision: 'approve' });

    const answer = await decide('ana@example.com', { decision: 'reject', reason: 'changed my mind' });

    expect(answer.status).toBe(409);
    expect((await record()).decisions).toMatchObject([{ decision: 'approve' }]);
  });

  it('of two opposite decisions by one link at the same moment exactly one is taken', async () => {
    const answers = await Promise.all([
      decide('ana@example.com', { decision: 'approve' }),
      decide('ana@example.com', { decision: 'reject', reason: 'no' }),
    ]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await record()).decisions).toHaveLength(1);
  });

  it('of many decisions by different people at the same moment none is lost', async () => {
    const answers = await Promise.all(
      ['ana@example.com', 'mia@example.com'].map((approver) => decide(approver, { decision: 'approve' })),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await record()).decisions).toHaveLength(2);
  });

  it('a late click on a superseded approval changes nothing and says by what', async () => {
    await world.store.approvals.change(idOf(execution), (one) => ({ ...one, supersededBy: 'v2.2.0 (operation x)' }));

    const answer = await decide('ana@example.com', { decision: 'approve' });

    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('superseded by v2.2.0 (operation x)');
    expect((await record()).decisions).toEqual([]);
  });

  it('a click after the expiry is gone (410)', async () => {
    world.pass(minutes(24 * 60));

    expect((await decide('ana@example.com', { decision: 'approve' })).status).toBe(410);
    expect((await record()).decisions).toEqual([]);
  });

  it('a click on an operation that ended is gone (410) and says how it ended', async () => {
    await world.store.operations.end(idOf(execution), { outcome: 'failed', reason: 'It broke.', at: 'now' });

    const answer = await decide('ana@example.com', { decision: 'approve' });

    expect(answer.status).toBe(410);
    expect(await answer.text()).toContain('ended as failed: It broke');
  });

  it.each([
    ['an altered token', (token: string) => `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`],
    ['no token at all', () => 'nothing'],
    ['its hash, should the table ever leak', () => 'f'.repeat(64)],
  ])('%s is an unknown link', async (_, alter) => {
    const token = alter(world.mailer.tokenOf('ana@example.com'));

    expect((await request('GET', token)).status).toBe(404);
    expect((await request('POST', token, new URLSearchParams({ decision: 'approve', version: 'v2.1.0' }))).status).toBe(
      404,
    );
    expect((await record()).decisions).toEqual([]);
  });

  it('refuses more than 16 KiB', async () => {
    const answer = await decide('ana@example.com', { decision: 'approve', reason: 'x'.repeat(17 * 1024) });

    expect(answer.status).toBe(413);
  });

  it('when the table is away, says so without the token, and logs it without the token', async () => {
    const token = world.mailer.tokenOf('ana@example.com');
    const aws = {
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    };
    world = {
      ...world,
      store: openStore(
        { aws, tableName: 'nowhere', within: seconds(5), retention: testRetention },
        () => undefined,
        testSeals(),
      ),
    };

    const answer = await request('GET', token);

    expect(answer.status).toBe(503);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect((await answer.text()) + JSON.stringify(world.logged)).not.toContain(token);
  });

  it('an approval by link is not offered where a sign-in is required', async () => {
    await world.store.approvals.change(idOf(execution), (one) => ({
      ...one,
      rules: one.rules.map((rule) => (rule.role === 'ml-lead' ? { ...rule, require: 'signed-in' as const } : rule)),
    }));

    const answer = await decide('mia@example.com', { decision: 'approve' });

    expect(answer.status).toBe(422);
    expect((await record()).decisions).toEqual([]);
    expect((await decide('mia@example.com', { decision: 'reject', reason: 'no' })).status).toBe(200);
  });
});
