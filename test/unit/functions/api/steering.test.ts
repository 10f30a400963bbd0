import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Workflow } from '../../../../adapters/workflow/workflow.ts';
import { auditSchema } from '../../../../contracts/api/audit.ts';
import { apiErrorSchema } from '../../../../contracts/api/errors.ts';
import { operationSchema } from '../../../../contracts/api/operation.ts';
import { startStateSchema, steeredSchema, unlockedSchema } from '../../../../contracts/api/steering.ts';
import { hours } from '../../../../contracts/duration.ts';
import { createApp } from '../../../../functions/api/app.ts';
import type { ApiDeps } from '../../../../functions/api/deps.ts';
import { createTokenHeaderIdentity } from '../../../../functions/api/identify.ts';
import { createSessions } from '../../../../functions/api/sessions.ts';
import { requestApproval } from '../../../../functions/notify/request-approval.ts';
import { newLinkToken } from '../../../../functions/shared/link-token.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { createWorld, digest, fakeSecrets, machines, registerDeployment, type World } from '../support/world.ts';

const service = 'chest-xray-mlops';

describe('steering by the API', () => {
  let world: World;
  let deps: ApiDeps;
  beforeEach(async () => {
    world = await createWorld();
    const secret = { current: 'api-token', previous: null };
    deps = {
      ...world,
      identify: createTokenHeaderIdentity({
        secrets: fakeSecrets(secret),
        secretName: 'api',
        people: world.configuration.people,
      }),
      sessions: createSessions({ apiToken: async () => secret, now: world.now }),
      signIn: { kind: 'token' },
      consoleFiles: new Map(),
      deploymentMachine: machines.deployment,
      rollbackMachine: machines.rollback,
      trafficMachine: machines.traffic,
      cluster: () => fakeCluster({ blue: 100, green: 0 }),
      auditBucket: null,
      prober: { probe: async () => ({ ok: false, reason: 'nobody asks', duration: hours(0) }), close: async () => {} },
      pause: async () => undefined,
      newId: () => 'id',
    };
  });
  afterEach(() => world.close());

  const headers = (as: string) => ({ authorization: 'Bearer api-token', 'x-sluice-user': as });
  const post = (path: string, body: object, as = 'ana@example.com') =>
    createApp(deps).request(path, { method: 'POST', headers: headers(as), body: JSON.stringify(body) });
  const get = (path: string) => createApp(deps).request(path, { headers: headers('ana@example.com') });
  const errorOf = async (answer: Response) => apiErrorSchema.parse(await answer.json()).error;
  const serviceAudit = async () => auditSchema.parse(await (await get(`/api/services/${service}/audit`)).json());

  describe('a signed-in decision', () => {
    let id: string;
    beforeEach(async () => {
      const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
      id = operation.id;
      await requestApproval({ ...world, pagers: () => new Map(), newToken: newLinkToken }, execution);
      await world.store.approvals.change(id, (record) => ({ ...record, taskToken: 'the-callback' }));
    });
    const decide = (body: object, as?: string) =>
      post(`/api/operations/${id}/decision`, { decision: 'approve', version: 'v2.1.0', ...body }, as);

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

      expect(await errorOf(answer)).toMatchObject({ name: 'WriteConflict', message: expect.stringMatching(/expired/) });
    });
  });

  it('a freeze names who and why; it is lifted once', async () => {
    const frozen = await post(`/api/services/${service}/freeze`, { reason: 'audit on Friday' });
    const freeze = await world.store.releases.frozen(service);
    const lifted = await post(`/api/services/${service}/unfreeze`, { reason: 'over' });
    const again = await post(`/api/services/${service}/unfreeze`, { reason: 'over' });

    expect(freeze).toMatchObject({ reason: 'audit on Friday', by: 'ana@example.com' });
    const outcomes = await Promise.all([frozen, lifted, again].map((answer) => answer.json()));
    expect(outcomes.map((one) => steeredSchema.parse(one).outcome)).toEqual(['frozen', 'unfrozen', 'not-frozen']);
    expect((await serviceAudit()).entries.map(({ action, phase, actor }) => [action, phase, actor])).toEqual([
      ['freeze', 'intent', 'ana@example.com'],
      ['freeze', 'result', 'ana@example.com'],
      ['unfreeze', 'intent', 'ana@example.com'],
      ['unfreeze', 'result', 'ana@example.com'],
      ['unfreeze', 'intent', 'ana@example.com'],
      ['unfreeze', 'result', 'ana@example.com'],
    ]);
  });

  it('a hold is set on the images of a version and released with a reason; an unknown version has none', async () => {
    await registerDeployment(world, { name: 'deploy-1' });
    const body = { version: 'v2.1.0', reason: 'the radiologists look at it' };

    const held = await post(`/api/services/${service}/holds`, body);
    const holds = await world.store.releases.holds(service);
    const released = await post(`/api/services/${service}/holds/release`, body);
    const notHeld = await post(`/api/services/${service}/holds/release`, body);
    const unknown = await post(`/api/services/${service}/holds`, { ...body, version: 'v9.9.9' });

    expect(steeredSchema.parse(await held.json())).toEqual({ service, outcome: 'held', digests: [digest] });
    expect(holds.map(({ version, reason }) => [version, reason])).toEqual([['v2.1.0', body.reason]]);
    expect(steeredSchema.parse(await released.json()).outcome).toBe('released');
    expect([notHeld.status, unknown.status]).toEqual([404, 404]);
    expect(await world.store.releases.holds(service)).toEqual([]);
  });

  describe('unlock', () => {
    const unlock = () => post(`/api/services/${service}/unlock`, { reason: 'it hangs' });
    const locked = async (name: string) => {
      const { execution, operation } = await registerDeployment(world, { name });
      const deadline = new Date(world.now() + hours(1)).toISOString();
      const at = new Date(world.now()).toISOString();
      const claim = { operation: operation.id, kind: 'deployment' as const, executionArn: execution.arn, at, deadline };
      await world.store.locks.acquire(service, claim);
      return { ...operation, executionArn: execution.arn };
    };
    const holder = async () => (await world.store.locks.read(service)).holder;

    it('refuses when the lock is free', async () => {
      expect(await errorOf(await unlock())).toMatchObject({ name: 'WriteConflict' });
    });

    it('refuses while the holder is alive, and says how to end it', async () => {
      const { id } = await locked('deploy-1');
      await world.workflow.start({ stateMachineArn: machines.deployment, name: 'deploy-1', input: {} });

      const error = await errorOf(await unlock());

      expect(error).toMatchObject({ name: 'LockHeld', message: expect.stringContaining(`sluice abort ${id}`) });
      expect(await holder()).toBe(id);
    });

    it('frees the lock of an operation that has ended', async () => {
      const { id } = await locked('deploy-1');
      await world.store.operations.end(id, { outcome: 'succeeded', reason: 'done', at: new Date(0).toISOString() });

      const answer = unlockedSchema.parse(await (await unlock()).json());

      expect(answer).toEqual({ service, holder: id, outcome: 'released' });
      expect(await holder()).toBeNull();
    });

    it('gives a dead holder to the one way back and leaves it the lock (I5)', async () => {
      const { id } = await locked('deploy-1');

      const answer = unlockedSchema.parse(await (await unlock()).json());

      expect(answer.outcome).toBe('rescue-started');
      const [rescue] = world.workflow.started;
      expect(rescue?.stateMachineArn).toBe(machines.rollback);
      expect(rescue?.input).toMatchObject({ trigger: { kind: 'dead-execution', operation: id } });
      expect(await holder()).toBe(id);
    });

    it('freezes the service when the rescue is dead too: the lock is free, the operation has an outcome (I5)', async () => {
      const { id } = await locked('deploy-1');
      await unlock();
      world.workflow.describe = async () => null;

      const answer = unlockedSchema.parse(await (await unlock()).json());

      expect(answer.outcome).toBe('frozen');
      expect(await holder()).toBeNull();
      expect((await world.store.operations.read(id))?.outcome).toBe('frozen');
      expect((await world.store.releases.frozen(service))?.by).toBe('ana@example.com');
    });
  });

  it('an audit is answered as it was hashed, and an unknown operation has none', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });

    const audit = auditSchema.parse(await (await get(`/api/operations/${operation.id}/audit`)).json());

    expect(audit).toMatchObject({ chain: operation.id, state: 'open' });
    expect(audit.entries).toEqual(await world.store.audit.list(operation.id));
    expect((await get('/api/operations/nope/audit')).status).toBe(404);
  });

  it('says of a start that made no operation how its execution ended; of foreign executions nothing', async () => {
    const arn = `${machines.rollback.replace(':stateMachine:', ':execution:')}:rollback-1`;
    await world.workflow.start({ stateMachineArn: machines.rollback, name: 'rollback-1', input: {} });
    const running = startStateSchema.parse(await (await get(`/api/starts/${encodeURIComponent(arn)}`)).json());
    const described = await world.workflow.describe(arn);
    if (described === null) throw new Error('it was started above');
    const output = JSON.stringify({ outcome: 'ignored', reason: 'nothing to do' });
    const describe: Workflow['describe'] = async () => ({ ...described, status: 'SUCCEEDED', output });
    deps = { ...deps, workflow: Object.assign(world.workflow, { describe }) };

    const ended = startStateSchema.parse(await (await get(`/api/starts/${encodeURIComponent(arn)}`)).json());
    const foreign = await get(`/api/starts/${encodeURIComponent(arn.replace('sluice-rollback', 'payroll'))}`);

    expect(running).toMatchObject({ state: 'running', outcome: null });
    expect(ended).toMatchObject({ state: 'ended', outcome: 'ignored', reason: 'nothing to do' });
    expect(foreign.status).toBe(404);
  });
});
