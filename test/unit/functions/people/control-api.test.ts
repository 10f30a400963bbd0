import { beforeEach, describe, expect, it } from 'vitest';
import { operationTable } from '../../../../cli/output/operation-lines.ts';
import { apiErrorSchema } from '../../../../contracts/api/errors.ts';
import { operationListSchema, operationSchema } from '../../../../contracts/api/operation.ts';
import { healthCheckSchema, serviceSchema } from '../../../../contracts/api/service.ts';
import { abortedSchema } from '../../../../contracts/api/started.ts';
import { milliseconds, minutes, parseDuration } from '../../../../contracts/duration.ts';
import { deploymentTriggerSchema, rollbackTriggerSchema } from '../../../../contracts/trigger.ts';
import { createTokenHeaderIdentity } from '../../../../functions/people/identify.ts';
import { createSessions } from '../../../../functions/people/sessions.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { requestApproval } from '../../../../pipeline/approval/request-approval.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { fakeCluster } from '../../pipeline/support/fake-cluster.ts';
import {
  createWorld,
  digest,
  executionOf,
  fakeSecrets,
  machines,
  personTrigger,
  readJson,
  registerDeployment,
  type World,
} from '../../pipeline/support/world.ts';
import { type ControlDeps, changingPaths, createControlApi } from './control-api.ts';

const auth = { authorization: 'Bearer api-token', 'x-sluice-user': 'ana@example.com' };

describe('the API', () => {
  let world: World;
  let deps: ControlDeps;
  beforeEach(async () => {
    world = await createWorld();
    let id = 0;
    deps = {
      ...world,
      identify: createTokenHeaderIdentity({
        secrets: fakeSecrets({ current: 'api-token', previous: null }),
        secretName: 'api',
        people: world.configuration.people,
      }),
      sessions: createSessions({ apiToken: async () => ({ current: 'api-token', previous: null }), now: world.now }),
      signIn: { kind: 'token' },
      consoleFiles: new Map(),
      commandLine: null,
      deploymentMachine: machines.deployment,
      rollbackMachine: machines.rollback,
      trafficMachine: machines.traffic,
      cluster: () => fakeCluster({ blue: 75, green: 25 }),
      auditBucket: null,
      prober: {
        probe: async (_url, { name }) =>
          name === 'ready'
            ? { ok: true, status: 200, duration: milliseconds(3) }
            : { ok: false, reason: 'answered 500, not 200', duration: milliseconds(3) },
      },
      pause: async () => undefined,
      newId: () => String(++id),
    };
  });

  const get = (path: string, headers: Record<string, string> = auth) =>
    createControlApi(deps).request(path, { headers });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    createControlApi(deps).request(path, {
      method: 'POST',
      headers: { ...auth, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const service = 'chest-xray-mlops';

  describe('who asks', () => {
    it.each([
      ['no token', { 'x-sluice-user': 'ana@example.com' }],
      ['a wrong token', { ...auth, authorization: 'Bearer guessed' }],
    ])('refuses %s', async (_, headers) => {
      const answer = await get('/api/services', headers);

      expect(answer.status).toBe(401);
      expect(apiErrorSchema.parse(await answer.json()).error.name).toBe('NotAllowed');
    });

    it.each(['somebody', 'mallory@example.com'])('lets %s, who is not among people, look', async (stranger) => {
      expect((await get('/api/services', { ...auth, 'x-sluice-user': stranger })).status).toBe(200);
    });

    it('refuses who is not among people whatever would change something, with the reason', async () => {
      const changing = changingPaths(deps);
      expect(changing.length).toBeGreaterThan(10);

      for (const path of changing) {
        const answer = await post(path, {}, { 'x-sluice-user': 'mallory@example.com' });

        expect([path, answer.status]).toEqual([path, 403]);
        expect(apiErrorSchema.parse(await answer.json()).error).toMatchObject({
          name: 'NotAllowed',
          message: expect.stringContaining('mallory@example.com is not among people of sluice.yaml'),
        });
      }
    });

    it('lets nobody start anything without a name', async () => {
      const answer = await createControlApi(deps).request('/api/deployments', {
        method: 'POST',
        headers: { authorization: auth.authorization },
        body: JSON.stringify({ service, version: 'v2.1.0' }),
      });

      expect(answer.status).toBe(401);
      expect(world.workflow.started).toEqual([]);
    });

    it('knows a person by GitHub login as well, and writes down the mail address', async () => {
      await post('/api/deployments', { service, version: 'v2.1.0' }, { 'x-sluice-user': 'Ana' });

      expect(world.workflow.started[0]?.input).toMatchObject({ trigger: { actor: 'ana@example.com' } });
    });
  });

  describe('services', () => {
    it('shows what the cluster has now', async () => {
      const answer = await get(`/api/services/${service}`);

      expect(answer.status).toBe(200);
      expect(serviceSchema.parse(await answer.json())).toMatchObject({
        name: service,
        repository: 'example/chest-xray-mlops',
        active: 'blue', // the origin of the shift
        environments: {
          blue: { version: 'v2.0.0', weight: 75, ready: 3, health: 'healthy' },
          green: { version: 'v2.1.0', weight: 25, ready: 1, health: 'progressing' },
        },
        lock: { holder: null },
        holds: [],
        frozen: null,
        problem: null,
      });
    });

    it('runs the health checks of one environment and changes nothing', async () => {
      const answer = await post(`/api/services/${service}/health-check`, { environment: 'green' });

      expect(answer.status).toBe(200);
      expect(healthCheckSchema.parse(await answer.json())).toMatchObject({
        environment: 'green',
        version: 'v2.1.0',
        healthy: false,
        checks: [
          { name: 'ready', result: 'pass' },
          { name: 'predict', result: 'fail' },
        ],
      });
      expect((await post(`/api/services/${service}/health-check`, { environment: 'red' })).status).toBe(400);
    });
  });

  describe('operations', () => {
    it('shows one with its timeline and approvals, without tokens or hashes', async () => {
      const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
      await requestApproval({ ...world, pagers: () => new Map(), newToken: newLinkToken }, execution);
      await world.store.approvals.change(operation.id, (record) => ({ ...record, taskToken: 'the-callback' }));

      const answer = await get(`/api/operations/${operation.id}`);

      const text = await answer.text();
      const shown = operationSchema.parse(JSON.parse(text));
      expect(shown).toMatchObject({ id: operation.id, kind: 'deployment', service, outcome: null });
      expect(shown.execution).toBe(execution.arn);
      expect(shown.timeline.map(({ action, phase }) => `${action} ${phase}`)).toEqual([
        'register result',
        'request-approval intent',
        'request-approval result',
      ]);
      expect(shown.approvals).toMatchObject({
        state: 'pending',
        missing: [
          { role: 'devops', count: 1 },
          { role: 'ml-lead', count: 1 },
        ],
      });
      const record = await world.store.approvals.read(operation.id);
      const secrets = [
        world.mailer.tokenOf('ana@example.com'),
        'the-callback',
        ...(record?.links ?? []).map(({ hash }) => hash),
      ];
      for (const secret of secrets) expect(text).not.toContain(secret);
    });

    it('lists the version that a person asked for where there is no release of it', async () => {
      const trigger = { ...personTrigger(world), version: 'v9.9.9' };
      const [configuration] = world.configuration.services;
      if (configuration === undefined) throw new Error('the fixture has no service');
      const execution = executionOf('deploy-1');
      await registerOperation(world, { execution, service: configuration, trigger, kind: 'deployment' });

      const { operations } = operationListSchema.parse(await (await get('/api/operations')).json());

      expect(operations).toMatchObject([{ release: null, wanted: 'v9.9.9' }]);
      expect(operationTable(operations)[1]).toContain(' v9.9.9 ');
    });

    it('lists the newest first, of one service or of all', async () => {
      await registerDeployment(world, { name: 'deploy-1' });
      await registerDeployment(world, { name: 'deploy-2' });

      const ids = operationListSchema
        .parse(await (await get(`/api/operations?service=${service}`)).json())
        .operations.map(({ id }) => id);

      expect(ids).toEqual(ids.toSorted().reverse());
      expect(ids).toHaveLength(2);
      expect(operationListSchema.parse(await readJson(get('/api/operations?limit=1'))).operations).toHaveLength(1);
      expect((await get('/api/operations?limit=none')).status).toBe(400);
      expect((await get('/api/operations?service=other')).status).toBe(404);
      expect((await get('/api/operations/nothing')).status).toBe(404);
    });

    it.each(['/api/operations', '/api/audit', '/api/metrics'])(
      'refuses at %s a time in which nothing can have happened',
      async (path) => {
        const tomorrow = new Date(world.now() + 24 * 3_600_000).toISOString();
        for (const [time, expected] of [
          ['since=1h&until=2h', 'is not before `until`'],
          ['since=2h&until=2h', 'is not before `until`'],
          [`since=${tomorrow}`, tomorrow],
          ['since=2026-11-31', '2026-11-31'],
        ]) {
          const answer = await get(`${path}?${time}`);

          expect([time, answer.status]).toEqual([time, 400]);
          expect(JSON.stringify(apiErrorSchema.parse(await answer.json()).error)).toContain(expected);
        }
        expect((await get(`${path}?since=1h&until=${tomorrow}`)).status).toBe(200);
      },
    );

    it('counts the rates of a time that is not over up to now', async () => {
      const now = world.now();
      const [since, until] = [-4, 26].map((days) => new Date(now + days * 24 * 3_600_000).toISOString());

      expect(await readJson(get(`/api/metrics?since=${since}&until=${until}`))).toMatchObject({
        from: since,
        to: new Date(now).toISOString(),
      });
    });
  });

  describe('starts', () => {
    it('starts a deployment with a trigger that survives JSON', async () => {
      const answer = await post('/api/deployments', { service, version: 'v2.1.0' });

      expect(answer.status).toBe(202);
      expect(await answer.json()).toEqual({
        operation: expect.stringMatching(/^\w{20}$/),
        execution: expect.stringContaining(':execution:sluice-deployment:deploy-chest-xray-mlops-'),
      });
      const input: { trigger: unknown } = JSON.parse(JSON.stringify(world.workflow.started[0]?.input));
      expect(deploymentTriggerSchema.parse(input.trigger)).toMatchObject({
        wants: 'deployment',
        version: 'v2.1.0',
        type: 'standard',
        actor: 'ana@example.com',
      });
    });

    it('starts a rollback to the last known good release', async () => {
      const body = { service, version: 'last-known-good', reason: 'errors', emergency: true };

      expect((await post('/api/rollbacks', body)).status).toBe(202);
      const input: { trigger: unknown } = JSON.parse(JSON.stringify(world.workflow.started[0]?.input));
      expect(rollbackTriggerSchema.parse(input.trigger)).toMatchObject({ emergency: true, version: 'last-known-good' });
      expect(world.workflow.started[0]?.stateMachineArn).toBe(machines.rollback);
    });

    it('starts a planned rollback that holds what it leaves', async () => {
      const body = { service, version: 'v2.0.5', reason: 'wrong findings', hold: true };

      expect((await post('/api/rollbacks', body)).status).toBe(202);
      const input: { trigger: unknown } = JSON.parse(JSON.stringify(world.workflow.started[0]?.input));
      expect(rollbackTriggerSchema.parse(input.trigger)).toMatchObject({ emergency: false, hold: true });
    });

    it('with an Idempotency-Key starts once, and answers the same', async () => {
      const headers = { 'idempotency-key': 'k1' };
      const first = await (await post('/api/deployments', { service, version: 'v2.1.0' }, headers)).json();
      world.pass(60_000);
      const second = await post('/api/deployments', { service, version: 'v2.1.0' }, headers);

      expect(await second.json()).toEqual(first);
      expect(world.workflow.started).toHaveLength(1);
      expect((await post('/api/deployments', { service, version: 'v2.2.0' }, headers)).status).toBe(409);
      await post('/api/deployments', { service, version: 'v2.1.0' });
      expect(world.workflow.started).toHaveLength(2);
    });

    it('names every problem with its path', async () => {
      const answer = await post('/api/deployments', { service: 7, version: 'newest', type: 'hotfix', extra: 1 });

      expect(answer.status).toBe(400);
      const { problems = [] } = apiErrorSchema.parse(await answer.json()).error;
      expect(problems.map(({ path }) => path).sort()).toEqual(['extra', 'justification', 'service', 'version']);
      expect((await post('/api/rollbacks', { service, version: 'v1.0.0' })).status).toBe(400);
      expect((await post('/api/rollbacks', '{')).status).toBe(400);
    });

    it('answers 404 for an unknown service or path, and 503 when Step Functions is away', async () => {
      expect((await post('/api/deployments', { service: 'other', version: 'v2.1.0' })).status).toBe(404);
      expect((await post('/api/nothing', {})).status).toBe(404);
      world.workflow.unreachable = () => true;
      expect((await post('/api/deployments', { service, version: 'v2.1.0' })).status).toBe(503);
    });
  });

  describe('abort', () => {
    const abort = (id: string) => post(`/api/operations/${id}/abort`, { reason: 'wrong version' });

    it('before the lock: notes who and why, and wakes what waits', async () => {
      const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
      await requestApproval({ ...world, pagers: () => new Map(), newToken: newLinkToken }, execution);
      await world.store.approvals.change(operation.id, (record) => ({ ...record, taskToken: 'approval' }));
      await world.store.locks.wait(service, operation.id, 'lock');

      const answer = await abort(operation.id);

      expect(answer.status).toBe(202);
      expect(await answer.json()).toMatchObject({
        operation: operation.id,
        rollback: null,
        didNot: ['It has moved no traffic, so nothing has to go back.'],
      });
      expect(await world.store.operations.read(idOf(execution))).toMatchObject({
        abort: { actor: 'ana@example.com', reason: 'wrong version' },
      });
      expect(world.workflow.nudged).toEqual(['approval', 'lock']);
      expect(world.workflow.started).toEqual([]);
      const audit = await world.store.audit.list(operation.id);
      expect(audit.filter(({ action }) => action === 'abort').map(({ actor, phase }) => [actor, phase])).toEqual([
        ['ana@example.com', 'intent'],
        ['ana@example.com', 'result'],
      ]);
    });

    const hold = (id: string, kind: 'deployment' | 'rollback' = 'deployment') =>
      world.store.locks.acquire(service, { operation: id, kind, executionArn: 'arn', at: 'now', deadline: 'later' });

    it('with the lock: starts the one way back, once', async () => {
      const { operation } = await registerDeployment(world, { name: 'deploy-1' });
      await hold(operation.id);

      const first = await (await abort(operation.id)).json();
      const second = await (await abort(operation.id)).json();

      expect(first).toEqual(second);
      expect(world.workflow.started).toHaveLength(1);
      const input: { trigger: unknown } = JSON.parse(JSON.stringify(world.workflow.started[0]?.input));
      expect(rollbackTriggerSchema.parse(input.trigger)).toMatchObject({ kind: 'abort', operation: operation.id });
    });

    it.each([
      ['30m', ['green gets the release of before again, and keeps its pods for 30 min (standby.afterAbort).']],
      ['0s', []],
    ])('with the lock: says what becomes of the target with standby.afterAbort %s', async (afterAbort, expected) => {
      const { operation } = await registerDeployment(world, { name: 'deploy-1' });
      await world.store.operations.update(operation.id, { target: 'green' });
      await hold(operation.id);
      Object.assign(world.service, { standby: { ...world.service.standby, afterAbort: parseDuration(afterAbort) } });

      const { did } = abortedSchema.parse(await (await abort(operation.id)).json());

      expect(did.slice(1)).toEqual(expected);
    });

    /** What a machine starts when its operation has to go back. */
    const startedByItself = (name: string) =>
      world.workflow.start({ stateMachineArn: 'arn:aws:states:eu-central-1:1:stateMachine:rollback', name, input: {} });

    it('with the lock: names the return that the deployment has begun by itself, and starts no second one', async () => {
      const { operation } = await registerDeployment(world, { name: 'deploy-1' });
      await hold(operation.id);
      await startedByItself('deploy-1-return');

      const { rollback } = abortedSchema.parse(await (await abort(operation.id)).json());

      expect(rollback?.execution).toMatch(/:deploy-1-return$/);
      expect(world.workflow.started.map(({ name }) => name)).toEqual(['deploy-1-return']);
    });

    it('with the lock: starts another return when the first is over and has not ended the operation', async () => {
      const { operation } = await registerDeployment(world, { name: 'deploy-1' });
      await hold(operation.id);
      await startedByItself('deploy-1-return');
      world.workflow.ends({ status: 'FAILED', output: null });

      const { rollback } = abortedSchema.parse(await (await abort(operation.id)).json());

      expect(rollback?.execution).toMatch(/:abort-chest-xray-mlops-/);
      expect(world.workflow.started).toHaveLength(2);
    });

    it('of an ended operation is refused with 409', async () => {
      const { operation } = await registerDeployment(world, { name: 'deploy-1' });
      await world.store.operations.end(operation.id, { outcome: 'succeeded', reason: 'done', at: 'now' });

      const answer = await abort(operation.id);

      expect(answer.status).toBe(409);
      expect(apiErrorSchema.parse(await answer.json()).error.message).toContain('has ended as succeeded');
    });

    it('needs a reason, and an operation', async () => {
      expect((await post('/api/operations/nothing/abort', { reason: 'x' })).status).toBe(404);
      expect((await post('/api/operations/nothing/abort', { reason: ' ' })).status).toBe(400);
    });
  });

  it('says where to look besides, and whom to call', async () => {
    const contacts = [{ level: 2, who: 'team lead', how: ['lea@example.com'], after: minutes(15) }];
    deps = { ...deps, configuration: { ...deps.configuration, contacts } };

    const shown = serviceSchema.parse(await (await get(`/api/services/${service}`)).json());

    expect(shown.contacts).toEqual([{ level: 2, who: 'team lead', how: ['lea@example.com'], afterMs: 900_000 }]);
    expect(shown.links).toContainEqual({
      name: 'Console',
      url: `https://sluice.example.com/#service=${service}`,
    });
    expect(shown.links).toContainEqual({ name: 'Grafana', url: `https://grafana.example.com/d/${service}` });
  });

  it('its links lead to the side that serves, or to the one that an operation works on', async () => {
    const links = { Logs: 'https://logs.example.com/{{namespace}}', Runbooks: 'https://r.example.com/{{reasonCode}}' };
    const configuration = { ...deps.configuration, links };
    deps = { ...deps, configuration, cluster: () => fakeCluster({ blue: 100, green: 0 }) };
    const shown = async () => serviceSchema.parse(await (await get(`/api/services/${service}`)).json()).links;
    const logs = (namespace: string) => ({ name: 'Logs', url: `https://logs.example.com/${namespace}` });

    const before = await shown();
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    await world.store.operations.update(operation.id, { target: 'green' });
    const { id, kind, executionArn, startedAt, deadline } = operation;
    await world.store.locks.acquire(service, { operation: id, kind, executionArn, at: startedAt, deadline });
    const meanwhile = await shown();

    expect(before).toContainEqual(logs('production-blue'));
    expect(before.map(({ name }) => name)).not.toContain('Runbooks');
    expect(meanwhile).toContainEqual(logs('production-green'));
  });

  it('the digest of what runs is shown, so that nobody has to trust a label', async () => {
    const shown = serviceSchema.parse(await (await get(`/api/services/${service}`)).json());

    expect(shown.environments.green.digest).toBe(digest);
  });
});
