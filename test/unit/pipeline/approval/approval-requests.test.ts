import { beforeEach, describe, expect, it } from 'vitest';
import type { Execution } from '../../../../contracts/commands.ts';
import type { Involvement } from '../../../../contracts/contributor.ts';
import { minutes } from '../../../../contracts/duration.ts';
import { hashToken } from '../../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { approving } from '../support/approving.ts';
import { createWorld, personTrigger, registerDeployment, type World } from '../support/world.ts';

const everybody = ['ana@example.com', 'ben@example.com', 'mia@example.com'];

describe('notify: approvals', () => {
  let world: World;
  let execution: Execution;
  beforeEach(async () => {
    world = await createWorld();
    ({ execution } = await registerDeployment(world, { name: 'deploy-1' }));
  });

  const { notify, approval, readIt } = approving(() => ({ world, execution }));

  /** Who took part in the release, as GitHub says: how, and the login. */
  const took = (...some: readonly (readonly [Involvement, string])[]) =>
    world.store.operations.update(idOf(execution), {
      contributors: {
        people: some.map(([as, login]) => ({ as, login, mail: null, name: null })),
        commits: some.length,
        complete: true,
      },
    });
  const decide = (...approvers: string[]) =>
    world.store.approvals.change(idOf(execution), (record) => ({
      ...record,
      decisions: approvers.map((approver) => ({
        approver,
        decision: 'approve' as const,
        reason: null,
        at: new Date(world.now()).toISOString(),
        via: 'mail-link' as const,
        subject: record.subject,
      })),
    }));

  it('sends every approver one mail with a link of their own', async () => {
    const answer = await notify('request-approval');

    expect(answer).toEqual({ outcome: 'requested', recheckSeconds: 1_800 });
    expect(world.mailer.recipients).toEqual(everybody);
    const tokens = everybody.map((approver) => world.mailer.tokenOf(approver));
    expect(new Set(tokens).size).toBe(3);
    for (const [index, token] of tokens.entries()) {
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(await world.store.approvals.findLink(hashToken(token))).toMatchObject({
        operation: idOf(execution),
        approver: everybody[index],
      });
      expect(world.mailer.sent[index]?.text).toContain(`https://sluice.example.com/approvals/${token}`);
      expect(world.mailer.sent[index]?.html).toContain(`https://sluice.example.com/approvals/${token}`);
    }
  });

  it('says where to look and whom to ask', async () => {
    const contacts = [{ level: 1, who: 'on-call engineer', how: ['#production'], after: minutes(0) }];
    const links = { traces: 'https://traces.example.com/{{service}}/{{version}}' };
    world = { ...world, configuration: { ...world.configuration, contacts, links } };

    await notify('request-approval');

    const [mail] = world.mailer.sent;
    for (const body of [mail?.text, mail?.html]) {
      expect(body).toContain('https://traces.example.com/chest-xray-mlops/v2.1.0');
      expect(body).toContain('on-call engineer: #production');
    }
  });

  it('keeps no token: neither the approval nor the audit holds one', async () => {
    await notify('request-approval');

    const kept = JSON.stringify([await approval(), await world.store.audit.list(idOf(execution))]);
    for (const approver of everybody) expect(kept).not.toContain(world.mailer.tokenOf(approver));
  });

  it('says what it is going to do before the mails leave, and what became of them', async () => {
    world.mailer.trouble.set('ben@example.com', 'rejected');

    await notify('request-approval');

    const entries = await world.store.audit.list(idOf(execution));
    const [intent, result] = entries.filter(({ action }) => action === 'request-approval');
    expect(intent).toMatchObject({ phase: 'intent', details: { wanted: { approvers: everybody } } });
    expect(result).toMatchObject({
      phase: 'result',
      details: {
        result: [
          { approver: 'ana@example.com', mail: 'sent' },
          { approver: 'ben@example.com', mail: 'rejected', reason: 'MessageRejected: suppressed' },
          { approver: 'mia@example.com', mail: 'sent' },
        ],
      },
    });
  });

  it('sends nobody a second mail when the state is retried', async () => {
    await notify('request-approval');
    await notify('request-approval');

    expect(world.mailer.recipients).toEqual(everybody);
  });

  it('after a mail service that was away, writes only to those whose mail had not left', async () => {
    world.mailer.trouble.set('ana@example.com', 'unreachable');
    await expect(notify('request-approval')).rejects.toMatchObject({ name: 'DependencyUnavailable' });
    expect(world.mailer.recipients).toEqual(['ben@example.com', 'mia@example.com']);

    world.mailer.trouble.clear();
    await notify('request-approval');

    expect(world.mailer.recipients).toEqual(['ben@example.com', 'mia@example.com', 'ana@example.com']);
  });

  it('excludes whoever took part, and says how', async () => {
    await took(['author', 'ana'], ['merger', 'ana']);

    await notify('request-approval');

    expect(await approval()).toMatchObject({
      excluded: ['ana@example.com'],
      involved: [{ person: 'ana@example.com', as: ['author', 'merger'] }],
    });
    const [toAna, toBen] = world.mailer.sent;
    expect(toAna?.text).toContain(
      'You wrote and merged a pull request of this release, so your approval does not count.',
    );
    expect(toBen?.text).toContain('ana@example.com wrote and merged a pull request of this release');
  });

  it('excludes who asked for it', async () => {
    const trigger = personTrigger(world, 'ben@example.com');
    ({ execution } = await registerDeployment(world, { name: 'deploy-2', trigger }));

    await notify('request-approval');

    expect((await approval()).involved).toEqual([{ person: 'ben@example.com', as: ['request'] }]);
  });

  it('asks nobody and ends at once when a role can be filled by nobody', async () => {
    await took(['author', 'mia']);

    expect(await notify('request-approval')).toMatchObject({ outcome: 'not-required' });

    expect(world.mailer.sent).toEqual([]);
    expect(await readIt()).toMatchObject({
      outcome: 'unfillable',
      ending: 'failed-validation',
      reason: expect.stringContaining('1 more of ml-lead, which is impossible: nobody is left'),
    });
    expect(await readIt()).toMatchObject({ reason: expect.stringContaining('mia@example.com wrote this release') });
  });

  it('asked for a second time, lets nobody in again and excludes who came in since', async () => {
    await took(['author', 'ana']);
    await notify('request-approval');
    await decide('ben@example.com', 'mia@example.com');
    expect(await readIt()).toEqual({ outcome: 'approved' });

    await took(['author', 'mia']);
    await notify('request-approval');

    expect((await approval()).excluded).toEqual(['ana@example.com', 'mia@example.com']);
    expect(await readIt()).toMatchObject({ outcome: 'unfillable' });
  });

  it('counts nobody who was taken out of the configuration meanwhile, decided or not', async () => {
    await notify('request-approval');
    await decide('ana@example.com', 'mia@example.com');
    const [rule] = world.service.approvals.rules;
    rule?.members.splice(0, 1);

    expect(await readIt()).toEqual({ outcome: 'pending' });

    world.configuration.people.splice(0);
    expect(await readIt()).toMatchObject({ outcome: 'unfillable' });
  });

  it('shows an author whom nobody knows, and excludes nobody for it', async () => {
    await notify('request-approval');

    expect(await approval()).toMatchObject({ excluded: [], unknownAuthors: ['dev@example.com', 'dora'] });
    expect(world.mailer.sent[0]?.text).toContain('Nobody in "people" goes by: dev@example.com, dora.');
  });

  it('asks the product owner as well when the first number of the version changes', async () => {
    await world.store.operations.update(idOf(execution), {
      live: { version: 'v1.9.0', digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' },
    });

    await notify('request-approval');

    expect(world.mailer.recipients).toContain('pia@example.com');
  });

  it('says everything that an approver has to know', async () => {
    await notify('request-approval');

    const text = world.mailer.sent[0]?.text ?? '';
    for (const part of [
      'v2.1.0',
      'v2.0.0 on blue',
      'c0ffee',
      'dora',
      'accuracy: 0.94',
      'Checks: both passed',
      'Passed: test, staging',
      'green',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('does not wait longer for a nudge than until the approval expires', async () => {
    await notify('request-approval');
    world.pass(minutes(24 * 60 - 10));

    expect(await notify('request-approval')).toMatchObject({ recheckSeconds: 600 });
  });

  it('asks nobody about an operation that was aborted', async () => {
    await world.store.operations.update(idOf(execution), { abort: { actor: 'ana@example.com', reason: 'wrong' } });

    expect(await notify('request-approval')).toMatchObject({ outcome: 'not-required' });
    expect(world.mailer.sent).toEqual([]);
  });

  describe('reminders', () => {
    beforeEach(() => notify('request-approval'));

    it('come only after the configured time', async () => {
      world.pass(minutes(239));

      expect(await notify('remind-approvers')).toEqual({ outcome: 'not-due' });
      expect(world.mailer.sent).toHaveLength(3);
    });

    it('go to those whose approval is still wanted, once per round, with a link that works', async () => {
      await world.store.approvals.change(idOf(execution), (record) => ({
        ...record,
        decisions: [
          {
            approver: 'mia@example.com',
            decision: 'approve',
            reason: null,
            at: new Date(world.now()).toISOString(),
            via: 'mail-link',
            subject: record.subject,
          },
        ],
      }));
      world.pass(minutes(240));

      expect(await notify('remind-approvers')).toEqual({ outcome: 'reminded' });
      expect(await notify('remind-approvers')).toEqual({ outcome: 'not-due' });

      expect(world.mailer.recipients.slice(3)).toEqual(['ana@example.com', 'ben@example.com']);
      const token = world.mailer.tokenOf('ana@example.com');
      expect(await world.store.approvals.findLink(hashToken(token))).toMatchObject({ approver: 'ana@example.com' });
      expect((await approval()).links.map(({ hash }) => hash)).toContain(hashToken(token));
    });

    it('a round that broke off is finished without a second mail to anybody', async () => {
      world.pass(minutes(240));
      world.mailer.trouble.set('ben@example.com', 'unreachable');
      await expect(notify('remind-approvers')).rejects.toMatchObject({ name: 'DependencyUnavailable' });

      world.mailer.trouble.clear();
      await notify('remind-approvers');

      expect(world.mailer.recipients.slice(3)).toEqual(['ana@example.com', 'mia@example.com', 'ben@example.com']);
    });

    it('end with the approval', async () => {
      world.pass(minutes(24 * 60));

      expect(await notify('remind-approvers')).toEqual({ outcome: 'not-pending' });
      expect(world.mailer.sent).toHaveLength(3);
    });
  });
});
