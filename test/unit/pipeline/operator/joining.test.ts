import { beforeEach, describe, expect, it } from 'vitest';
import { apiErrorSchema } from '../../../../contracts/api/errors.ts';
import { startedSchema } from '../../../../contracts/api/started.ts';
import { hours } from '../../../../contracts/duration.ts';
import { because } from '../../../../contracts/reason.ts';
import type { PersonRollbackTrigger } from '../../../../contracts/trigger.ts';
import { freezeService } from '../../../../pipeline/operation/freeze-service.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, executionOf, personTrigger, registerDeployment, start, type World } from '../support/world.ts';

const service = 'chest-xray-mlops';
const version = 'v2.1.0';
const reason = 'wrong findings';

describe('starting what is on its way already', () => {
  let world: World;
  let first: string;
  beforeEach(async () => {
    world = await createWorld();
    first = (await registerDeployment(world, { name: 'deploy-1' })).operation.id;
  });

  const ask = async (path: string, body: object) => {
    const answer = await operatorApi(world, { newId: () => crypto.randomUUID() }).post(
      path,
      { service, version, ...body },
      'ben@example.com',
    );
    return { status: answer.status, body: answer };
  };
  const joined = async (path: string, body: object = {}) =>
    startedSchema.parse(await (await ask(path, body)).body.json());

  it('joins that operation, however often: nothing is started', async () => {
    const answers = [await joined('/api/deployments'), await joined('/api/deployments')];

    expect(answers).toEqual([
      { operation: first, execution: expect.any(String), joined: true },
      { operation: first, execution: expect.any(String), joined: true },
    ]);
    expect(world.workflow.started).toEqual([]);
  });

  it('joins one whose evidence has not been gathered yet', async () => {
    await world.store.operations.update(first, { abort: { actor: 'ana@example.com', reason } });
    const execution = executionOf('deploy-2');
    const trigger = personTrigger(world);
    const { id } = await registerOperation(world, { execution, service: world.service, trigger, kind: 'deployment' });

    expect((await joined('/api/deployments')).operation).toBe(id);
  });

  it('starts another version, and the same once the first has ended or is being aborted', async () => {
    expect((await joined('/api/deployments', { version: 'v2.2.0' })).joined).toBeUndefined();
    await world.store.operations.update(first, { abort: { actor: 'ana@example.com', reason } });
    expect((await joined('/api/deployments')).joined).toBeUndefined();

    expect(world.workflow.started).toHaveLength(2);
  });

  it('waits for the rest of the hour once three starts were aborted while people were asked, who were asked each time', async () => {
    for (const name of ['deploy-2', 'deploy-3', 'deploy-4']) await registerDeployment(world, { name });
    const at = new Date(start).toISOString();
    const end = async (name: string, outcome: 'aborted' | 'failed', asked = true) => {
      if (asked) await world.store.operations.enter(idOf(executionOf(name)), 'awaiting-approval', at);
      await world.store.operations.end(idOf(executionOf(name)), { outcome, reason, at });
    };
    for (const name of ['deploy-5', 'deploy-6']) await registerDeployment(world, { name });
    await end('deploy-5', 'aborted', false);
    // Who has approved it was not asked for nothing.
    await world.store.operations.enter(idOf(executionOf('deploy-6')), 'awaiting-approval', at);
    await world.store.operations.enter(idOf(executionOf('deploy-6')), 'shifting-traffic', at);
    await end('deploy-6', 'aborted', false);
    await end('deploy-1', 'aborted');
    await end('deploy-2', 'aborted');
    await end('deploy-3', 'failed');
    expect((await joined('/api/deployments')).joined).toBe(true);
    await end('deploy-4', 'aborted');

    const { status, body } = await ask('/api/deployments', {});

    expect(status).toBe(409);
    expect((await operatorApi(world).errorOf(body)).message).toBe(
      'v2.1.0 was started and aborted 3 times within an hour, and its approvers were asked each time. Start it again after 2026-11-23 16:00:00Z.',
    );
    expect((await ask('/api/deployments', { version: '2.1.0' })).status).toBe(409);
    expect((await ask('/api/deployments', { type: 'hotfix', justification: reason })).status).toBe(202);
    world.pass(hours(1));
    expect((await ask('/api/deployments', {})).status).toBe(202);
  });

  it('as a hotfix is refused: that asks for fewer approvals than what waits', async () => {
    const { status, body } = await ask('/api/deployments', { type: 'hotfix', justification: reason });

    expect(status).toBe(409);
    expect((await operatorApi(world).errorOf(body)).message).toContain(`sluice abort ${first}`);
    expect(world.workflow.started).toEqual([]);
  });

  it('joins a planned rollback, and never an emergency', async () => {
    const trigger: PersonRollbackTrigger = {
      kind: 'person',
      wants: 'rollback',
      service,
      version: 'v2.0.0',
      reason,
      emergency: false,
      hold: false,
      actor: 'ana@example.com',
      at: start,
    };
    const execution = executionOf('rollback-1');
    const { id } = await registerOperation(world, { execution, service: world.service, trigger, kind: 'rollback' });

    expect((await joined('/api/rollbacks', { version: 'v2.0.0', reason })).operation).toBe(id);
    expect((await joined('/api/rollbacks', { version: 'v2.0.0', reason, emergency: true })).joined).toBeUndefined();
  });
});

describe('a version', () => {
  it('that is not written as the service writes them starts nothing, but one can go back to it', async () => {
    const world = await createWorld();
    Object.assign(world.service, { versions: 'calendar' });
    const api = operatorApi(world, { newId: () => crypto.randomUUID() });
    const post = (path: string, body: object) => api.post(path, { service, ...body }, 'ben@example.com');

    const refused = await post('/api/deployments', { version });

    expect(refused.status).toBe(400);
    expect((await api.errorOf(refused)).message).toContain('v2.1.0 must be a calendar version like 2026.11.29');
    expect(world.workflow.started).toEqual([]);
    expect((await post('/api/deployments', { version: '2026.11.29.1' })).status).toBe(202);
    expect((await post('/api/rollbacks', { version, reason })).status).toBe(202);
  });
});

describe('starting a deployment while the service is frozen', () => {
  const reason = because('FrozenByPerson', 'the database is being moved');

  it('is refused at once with the way out, starts and notes nothing, and goes ahead once the freeze is lifted', async () => {
    const world = await createWorld();
    const api = operatorApi(world, { newId: () => crypto.randomUUID() });
    const deploy = () => api.post('/api/deployments', { service, version }, 'ben@example.com');
    await freezeService(world, { service, reason, operation: null });

    const refused = await deploy();

    expect(refused.status).toBe(409);
    const { error } = apiErrorSchema.parse(await refused.json());
    expect(error.name).toBe('ServiceFrozen');
    expect(error.message).toContain('the database is being moved [FrozenByPerson]');
    expect(error.message).toContain(`sluice unfreeze --service ${service} --reason "…"`);
    expect(world.workflow.started).toEqual([]);
    expect(await world.store.deliveries.list(10)).toEqual([]);

    await world.store.releases.unfreeze(service);
    expect((await deploy()).status).toBe(202);
  });

  it('still finds what the same request has started before the freeze', async () => {
    const world = await createWorld();
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    await freezeService(world, { service, reason, operation: null });

    const answer = await operatorApi(world).post('/api/deployments', { service, version }, 'ben@example.com');

    expect(startedSchema.parse(await answer.json())).toMatchObject({ operation: operation.id, joined: true });
  });
});
