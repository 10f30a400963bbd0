import { beforeEach, describe, expect, it } from 'vitest';
import type { Workflow } from '../../../../adapters/workflow/workflow.ts';
import { auditSchema } from '../../../../contracts/api/audit.ts';
import { operationSchema } from '../../../../contracts/api/operation.ts';
import { startStateSchema } from '../../../../contracts/api/operator-actions.ts';
import { hours } from '../../../../contracts/duration.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { requestApproval } from '../../../../pipeline/approval/request-approval.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, machines, registerDeployment, type World } from '../support/world.ts';

describe('steering by the API', () => {
  let world: World;
  let api: ReturnType<typeof operatorApi>;
  beforeEach(async () => {
    world = await createWorld();
    api = operatorApi(world);
  });

  describe('a signed-in decision', () => {
    let id: string;
    beforeEach(async () => {
      const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
      id = operation.id;
      await requestApproval({ ...world, pagers: () => new Map(), newToken: newLinkToken }, execution);
      await world.store.approvals.change(id, (record) => ({ ...record, taskToken: 'the-callback' }));
    });
    const decide = async (body: object, as?: string) => {
      const subject = (await world.store.approvals.read(id))?.subject;
      const decision = { decision: 'approve', version: 'v2.1.0', subject, ...body };
      return api.post(`/api/operations/${id}/decision`, decision, as);
    };

    it('names what it approves: nobody approves what they may not have seen', async () => {
      const answer = await decide({ subject: undefined });

      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('"subject\\" has to be the SHA-256');
      expect((await world.store.approvals.read(id))?.decisions).toEqual([]);
      expect((await decide({ subject: undefined, decision: 'reject', reason: 'no' })).status).toBe(200);
    });

    it('counts, is recorded as signed in, and wakes who waits', async () => {
      await decide({});
      const answer = await decide({}, 'mia@example.com');

      const { approvals } = operationSchema.parse(await answer.json());
      expect(approvals?.state).toBe('approved');
      expect(approvals?.decisions.map(({ approver, via }) => [approver, via])).toEqual([
        ['ana@example.com', 'signed-in'],
        ['mia@example.com', 'signed-in'],
      ]);
      expect(world.workflow.nudged).toContain('the-callback');
    });

    it('raises what the same person has clicked in a mail, where the role asks for a sign-in, and once', async () => {
      for (const rule of world.service.approvals.rules) rule.require = 'signed-in';
      await world.store.approvals.change(id, (record) => {
        const at = new Date(world.now()).toISOString();
        const { subject } = record;
        const rules = record.rules.map((rule) => ({ ...rule, require: 'signed-in' as const }));
        const clicked = ['ana@example.com', 'mia@example.com'].map((approver) => ({
          ...{ approver, decision: 'approve' as const, reason: null, at, via: 'mail-link' as const, subject },
        }));
        return { ...record, rules, decisions: [...record.decisions, ...clicked] };
      });
      const state = async (as: string) => {
        const { approvals } = operationSchema.parse(await (await decide({}, as)).json());
        return [approvals?.state, approvals?.decisions.length];
      };

      expect(await state('ana@example.com')).toEqual(['pending', 3]);
      expect(await state('ana@example.com')).toEqual(['pending', 3]);
      expect(await state('mia@example.com')).toEqual(['approved', 4]);
    });

    it('again changes nothing; the opposite is refused, and the first one stands', async () => {
      await decide({});

      const same = await decide({});
      const opposite = await decide({ decision: 'reject', reason: 'on second thoughts' });

      expect(same.status).toBe(200);
      expect(opposite.status).toBe(409);
      expect((await world.store.approvals.read(id))?.decisions).toHaveLength(1);
    });

    it('two opposite ones at once: one is made', async () => {
      const answers = await Promise.all([decide({}), decide({ decision: 'reject', reason: 'no' })]);

      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect((await world.store.approvals.read(id))?.decisions).toHaveLength(1);
    });

    it.each([
      ['somebody who is no approver', {}, 'eve@example.com', 403],
      ['another version', { version: 'v2.1.1' }, 'ana@example.com', 400],
      ['a rejection without a reason', { decision: 'reject' }, 'ana@example.com', 400],
    ])('of %s is refused and not recorded', async (_what, body, as, status) => {
      expect((await decide(body, as)).status).toBe(status);
      expect((await world.store.approvals.read(id))?.decisions).toEqual([]);
    });

    it('after the expiry is refused by name', async () => {
      world.pass(hours(25));

      const answer = await decide({});

      expect(await api.errorOf(answer)).toMatchObject({
        name: 'WriteConflict',
        message: expect.stringMatching(/expired/),
      });
    });
  });

  it('an audit is answered as it was hashed, and an unknown operation has none', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });

    const audit = auditSchema.parse(await (await api.get(`/api/operations/${operation.id}/audit`)).json());

    expect(audit).toMatchObject({ chain: operation.id, state: 'open' });
    expect(audit.entries).toEqual(await world.store.audit.list(operation.id));
    expect((await api.get('/api/operations/nope/audit')).status).toBe(404);
  });

  it('says of a start that made no operation how its execution ended; of foreign executions nothing', async () => {
    const arn = `${machines.rollback.replace(':stateMachine:', ':execution:')}:rollback-1`;
    await world.workflow.start({ stateMachineArn: machines.rollback, name: 'rollback-1', input: {} });
    const running = startStateSchema.parse(await (await api.get(`/api/starts/${encodeURIComponent(arn)}`)).json());
    const described = await world.workflow.describe(arn);
    if (described === null) throw new Error('it was started above');
    const output = JSON.stringify({ outcome: 'ignored', reason: 'nothing to do' });
    const describe: Workflow['describe'] = async () => ({ ...described, status: 'SUCCEEDED', output });
    Object.assign(world.workflow, { describe });

    const ended = startStateSchema.parse(await (await api.get(`/api/starts/${encodeURIComponent(arn)}`)).json());
    const foreign = await api.get(`/api/starts/${encodeURIComponent(arn.replace('sluice-rollback', 'payroll'))}`);

    expect(running).toMatchObject({ state: 'running', outcome: null });
    expect(ended).toMatchObject({ state: 'ended', outcome: 'ignored', reason: 'nothing to do' });
    expect(foreign.status).toBe(404);
  });
});
