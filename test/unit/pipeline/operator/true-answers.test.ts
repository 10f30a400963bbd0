import { beforeEach, describe, expect, it } from 'vitest';
import { deliveryListSchema } from '../../../../contracts/api/deliveries.ts';
import { serviceSchema } from '../../../../contracts/api/service.ts';
import { milliseconds } from '../../../../contracts/duration.ts';
import { allOn } from '../../../../contracts/names.ts';
import { createHandler } from '../../../../functions/return-traffic/handler.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { inShift } from '../support/in-shift.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, executionOf, machines, registerDeployment, start, type World } from '../support/world.ts';

let world: World;
let api: ReturnType<typeof operatorApi>;
beforeEach(async () => {
  world = await createWorld();
  api = operatorApi(world);
});

const alert = (environment: 'blue' | 'green') => ({
  ...{ kind: 'alert' as const, service: world.service.name, environment, name: 'Slow', severity: 'critical' },
  ...{ fingerprint: 'f1', summary: null, startsAt: start },
});

/** An alert came in, and its execution has decided what it means on this route. */
async function alerted(route: FakeRoute, environment: 'blue' | 'green') {
  const execution = {
    ...executionOf('alert-1'),
    arn: `${machines.rollback.replace('stateMachine', 'execution')}:alert-1`,
  };
  const started = {
    ...{ executionArn: execution.arn, stateMachineArn: machines.rollback, startedAt: execution.startedAt, input: '{}' },
  };
  const id = idOf(execution);
  const about = { id: 'f1', source: 'alertmanager' as const, service: world.service.name };
  const at = new Date(world.now()).toISOString();
  await world.store.deliveries.record({ ...about, at, accepted: 'started', reason: `operation ${id}`, started });
  world.pass(50);
  const handler = createHandler({
    ...world,
    cluster: () => ({ ...fakeCluster(route.weights), router: route }),
    databaseBudget: milliseconds(5_000),
    publishKept: async () => undefined,
  });
  const answer = await handler({
    ...{ action: 'return-traffic', execution, service: world.service.name, trigger: alert(environment) },
  });
  return { id, answer };
}
const deliveries = async () =>
  deliveryListSchema.parse(await (await api.get('/api/deliveries')).json()).deliveries.map(({ at: _, ...one }) => one);

describe('deliveries say what came of them (I14)', () => {
  it('of a CI run that is delivered again while its deployment is at work, the first started it, and the others nothing', async () => {
    const { operation, execution } = await registerDeployment(world, { name: 'deploy-1' });
    const { id } = operation;
    const started = {
      ...{
        executionArn: execution.arn,
        stateMachineArn: machines.deployment,
        startedAt: execution.startedAt,
        input: '{}',
      },
    };
    // Step Functions answers the repeated start of an execution that runs like the first.
    const delivered = async (delivery: string) => {
      world.pass(1_000);
      const at = new Date(world.now()).toISOString();
      await world.store.deliveries.record({
        ...{ id: delivery, source: 'github', service: world.service.name, at, accepted: 'started' },
        ...{ reason: `operation ${id}`, started },
      });
    };
    await delivered('first');
    await delivered('second');
    await delivered('third');

    const again = `came before, and started nothing more: operation ${id}. To see its result: sluice operation ${id}`;
    expect(await deliveries()).toEqual([
      expect.objectContaining({ id: 'third', accepted: 'ignored', reason: again, operation: id }),
      expect.objectContaining({ id: 'second', accepted: 'ignored', reason: again, operation: id }),
      expect.objectContaining({ id: 'first', accepted: 'started', reason: `operation ${id}`, operation: id }),
    ]);
  });

  it('an alert that was ignored started nothing, and its id says why', async () => {
    const { id } = await alerted(new FakeRoute(allOn('blue'), null), 'green');

    expect(await deliveries()).toEqual([
      expect.objectContaining({
        id: 'f1',
        accepted: 'ignored',
        operation: id,
        reason: expect.stringContaining('green has no traffic'),
      }),
    ]);
    const refused = await api.get(`/api/operations/${id}`);
    expect(refused.status).toBe(404);
    expect((await api.errorOf(refused)).message).toMatch(
      /There is no operation [0-9a-z]+: its start was ignored: .*green has no traffic/,
    );
  });

  it('an alert that paused a shift names the operation that it paused', async () => {
    const { operation, route } = await inShift(world);
    const { id } = await alerted(route, 'blue');

    expect(await deliveries()).toEqual([
      expect.objectContaining({ accepted: 'paused', reason: expect.stringContaining(`deployment ${operation.id}`) }),
    ]);
    expect((await deliveries())[0]?.reason).not.toContain(id);
    const { message } = await api.errorOf(await api.get(`/api/operations/${id}`));
    expect(message).toContain(`There is no operation ${id}: its start paused deployment ${operation.id}: `);
  });

  it('an alert that returned the traffic started its operation, also when it had only paused at first', async () => {
    const { route } = await inShift(world);
    const { id } = await alerted(route, 'blue');
    await registerOperation(world, {
      ...{ execution: executionOf('alert-1'), service: world.service, kind: 'rollback', trigger: alert('green') },
    });

    expect(await deliveries()).toEqual([expect.objectContaining({ accepted: 'started', reason: `operation ${id}` })]);
  });
});

describe('how long a split stays is kept or refused, never cut', () => {
  const ask = (body: object) =>
    api.post(`/api/services/${world.service.name}/traffic`, {
      from: 'blue',
      to: 'green',
      reason: 'comparing',
      ...body,
    });

  it('longer than deadlines.switch', async () => {
    const refused = await ask({ percentage: 50, for: '90m' });

    expect(refused.status).toBe(400);
    expect((await api.errorOf(refused)).message).toBe(
      'A split of chest-xray-mlops may stay for 1 h (deadlines.switch in sluice.yaml), not for 1 h 30 min.',
    );
    expect(world.workflow.started).toEqual([]);
  });

  it('all of the traffic, which does not come back by itself', async () => {
    const refused = await ask({ percentage: 100, for: '5m' });

    expect((await api.errorOf(refused)).message).toContain('with 100 % nothing goes back by itself');
  });

  it('a change beyond the deadline of the operation that keeps the split', async () => {
    const execution = executionOf('traffic-1');
    const trigger = {
      ...{ kind: 'person' as const, wants: 'traffic' as const, service: world.service.name, actor: 'ana@example.com' },
      ...{ from: 'blue' as const, to: 'green' as const, percentage: 50, reason: 'comparing', at: start, until: start },
    };
    const { id } = await registerOperation(world, {
      execution,
      service: world.service,
      trigger,
      kind: 'switch-traffic',
    });
    const at = new Date(start).toISOString();
    const desired = { weight: 50, until: at, actor: 'ana@example.com', reason: 'comparing' };
    await world.store.operations.enter(id, 'keeping-split', at, {});
    await world.store.operations.update(id, { target: 'green', origin: 'blue', desired });
    const claim = { operation: id, kind: 'switch-traffic' as const, executionArn: execution.arn, at, deadline: at };
    await world.store.locks.acquire(world.service.name, claim);
    world.pass(50 * 60_000);

    const refused = await ask({ percentage: 30, for: '30m' });

    expect((await api.errorOf(refused)).message).toMatch(
      /until 2026-11-23 16:00:00Z .* for 10 min more, not for 30 min\./,
    );
    expect((await world.store.operations.read(id))?.desired).toEqual(desired);
  });
});

describe('a service says what is in progress', () => {
  const service = async () => serviceSchema.parse(await (await api.get(`/api/services/${world.service.name}`)).json());

  it('a deployment that waits for approvals, not for its turn', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    await world.store.operations.enter(operation.id, 'awaiting-approval', new Date(start).toISOString());

    const { inProgress, lock } = await service();

    expect(lock.holder).toBeNull();
    expect(inProgress).toEqual([
      expect.objectContaining({ id: operation.id, waiting: expect.objectContaining({ kind: 'approval' }) }),
    ]);
  });

  it('two of them: the one that holds the lock, and the one that waits for its turn', async () => {
    const first = await registerDeployment(world, { name: 'deploy-1' });
    const second = await registerDeployment(world, { name: 'deploy-2' });
    const at = new Date(start).toISOString();
    await world.store.operations.enter(second.operation.id, 'awaiting-lock', at);
    const { id: operation, executionArn } = first.operation;
    await world.store.locks.acquire(world.service.name, {
      operation,
      kind: 'deployment',
      executionArn,
      at,
      deadline: at,
    });

    const { inProgress, lock } = await service();

    expect(lock).toMatchObject({ holder: operation, kind: 'deployment' });
    expect(inProgress.find(({ id }) => id === operation)?.waiting).toBeNull();
    expect(inProgress.find(({ id }) => id !== operation)?.waiting?.text).toBe(
      `Waiting for the lock: deployment ${operation} holds it.`,
    );
  });

  it('what comes next by itself, and when', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    await world.store.operations.enter(operation.id, 'baking', new Date(start).toISOString());

    const { inProgress } = await service();

    const at = new Date(start + world.service.bake).toISOString();
    expect(inProgress[0]?.next).toEqual({ text: 'It is done', at, done: at });
  });

  it('no operation where the standby machine holds the lock', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-2' });
    const at = new Date(start).toISOString();
    await world.store.operations.enter(operation.id, 'awaiting-lock', at);
    const claim = { operation: '01standby', kind: 'switch-traffic' as const, executionArn: 'arn', at, deadline: at };
    await world.store.locks.acquire(world.service.name, claim);

    const { inProgress, lock } = await service();

    expect(lock).toMatchObject({ holder: '01standby', kind: null });
    expect(JSON.stringify(inProgress)).not.toContain('01standby');
    expect(inProgress[0]?.waiting?.text).toContain('Sluice itself holds it');
  });
});

it('a switch that a freeze refuses says how the freeze ends', async () => {
  const path = `/api/services/${world.service.name}`;
  await api.post(`${path}/freeze`, { reason: 'an audit' });

  const refused = await api.post(`${path}/traffic`, { from: 'blue', to: 'green', percentage: 50, reason: 'half' });

  const { name, message } = await api.errorOf(refused);
  expect(name).toBe('ServiceFrozen');
  expect(message).toContain(`sluice unfreeze --service ${world.service.name} --reason "…"`);
});
