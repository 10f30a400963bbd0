import { beforeEach, describe, expect, it } from 'vitest';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import type { Trigger } from '../../../../contracts/trigger.ts';
import { operationId } from '../../../../core/operation/id.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { editItem } from '../../../support/table.ts';
import { guardianOf } from '../support/guardian.ts';
import {
  createWorld,
  executionOf,
  machines,
  personTrigger,
  registerDeployment,
  standbyMachine,
  start,
  type World,
} from '../support/world.ts';

describe('guardian', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });

  const died = (name: string, input: unknown = {}, status = 'FAILED') =>
    guardianOf(world)({
      version: '0',
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: {
        executionArn: executionOf(name).arn,
        stateMachineArn: machines.deployment,
        name,
        status,
        startDate: start,
        input: JSON.stringify(input),
        error: 'States.Runtime',
      },
    });
  const idOfName = (name: string) => operationId(start, name);
  const read = async (id: string): Promise<OperationRecord> => {
    const operation = await world.store.operations.read(id);
    if (operation === null) throw new Error(`there is no operation ${id}`);
    return operation;
  };
  const lockFor = (id: string, kind: 'deployment' | 'rollback' = 'deployment') =>
    world.store.locks.acquire(world.service.name, {
      operation: id,
      kind,
      executionArn: 'arn',
      at: 'now',
      deadline: '2026-12-01T00:00:00Z',
    });
  const registerRollback = async (name: string, trigger: Trigger, related: string | null = null) => {
    const execution = executionOf(name);
    await registerOperation(world, { execution, service: world.service, kind: 'rollback', trigger, related });
    return idOf(execution);
  };
  const deadTrigger = (operation: string): Trigger => ({
    kind: 'dead-execution',
    service: world.service.name,
    operation,
    executionArn: 'arn',
    status: 'FAILED',
  });
  const alertTrigger = (): Trigger => ({
    kind: 'alert',
    service: world.service.name,
    environment: 'green',
    name: 'HighErrorRate',
    severity: 'critical',
    fingerprint: 'f1',
    summary: null,
    startsAt: start,
  });

  it('an execution that died before any state ran still reaches its one outcome (I5)', async () => {
    const input = { service: world.service.name, trigger: personTrigger(world) };

    await died('deploy-1', input);
    await died('deploy-1', input);

    expect(await read(idOfName('deploy-1'))).toMatchObject({ kind: 'deployment', outcome: 'failed' });
    const ends = (await world.store.audit.list(idOfName('deploy-1'))).filter(({ action }) => action === 'end');
    expect(ends).toHaveLength(2); // one intent and its result
    expect(world.workflow.started).toEqual([]);
  });

  it('a deployment that died with the lock is returned by the rollback machine, which is started once', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    await lockFor(operation.id);

    expect(await died('deploy-1')).toMatchObject({ outcome: 'rescue-started' });
    await died('deploy-1');

    expect(world.workflow.started).toHaveLength(1);
    expect(world.workflow.started[0]).toMatchObject({
      stateMachineArn: machines.rollback,
      input: { trigger: { kind: 'dead-execution', operation: operation.id, status: 'FAILED' } },
    });
    expect((await read(operation.id)).outcome).toBeNull(); // the rollback writes it
    expect((await world.store.locks.read(world.service.name)).holder).toBe(operation.id);
  });

  it('when the rollback cannot be started, fails itself, so that it is called again', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    await lockFor(operation.id);
    world.workflow.unreachable = () => true;

    await expect(died('deploy-1')).rejects.toMatchObject({ name: 'DependencyUnavailable' });
  });

  it('a deployment that died before the lock ends as failed and is no candidate any more', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    const candidate = { operation: operation.id, version: 'v2.1.0', commit: 'c', at: 'now', type: 'standard' as const };
    await world.store.candidates.replace(world.service.name, 'standard', null, candidate);

    expect(await died('deploy-1', {}, 'TIMED_OUT')).toMatchObject({ outcome: 'ended' });

    expect(await read(operation.id)).toMatchObject({
      outcome: 'failed',
      reason: 'Its execution ended as TIMED_OUT (States.Runtime), before it took the lock [ExecutionDied].',
    });
    expect(await world.store.candidates.read(world.service.name, 'standard')).toBeNull();
  });

  it('an aborted one ends as aborted', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    await world.store.operations.update(operation.id, { abort: { actor: 'ana@example.com', reason: 'wrong' } });

    await died('deploy-1', {}, 'ABORTED');

    expect(await read(operation.id)).toMatchObject({
      outcome: 'aborted',
      reason: 'ana@example.com aborted it: wrong [Aborted]',
    });
  });

  it('leaves a deployment alone that a rollback has taken over, since that writes its outcome', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    const rollback = await registerRollback('alert-1', alertTrigger(), operation.id);
    await lockFor(rollback, 'rollback');

    expect(await died('deploy-1', {}, 'ABORTED')).toMatchObject({ outcome: 'taken-over' });

    expect((await read(operation.id)).outcome).toBeNull();
    expect(world.workflow.started).toEqual([]);
  });

  it('frees the lock of an operation that ended and died before it could', async () => {
    const { operation } = await registerDeployment(world, { name: 'deploy-1' });
    await lockFor(operation.id);
    await world.store.operations.end(operation.id, { outcome: 'succeeded', reason: 'done', at: 'now' });

    await died('deploy-1');

    expect((await world.store.locks.read(world.service.name)).holder).toBeNull();
    expect((await read(operation.id)).outcome).toBe('succeeded');
    expect(world.workflow.started).toEqual([]);
  });

  it('a rollback that died with the lock is tried once more, keeps the lock for it, and what its alert blamed is on hold (I6)', async () => {
    const { operation: deployment } = await registerDeployment(world, { name: 'deploy-1' });
    await world.store.operations.update(deployment.id, { shiftedAt: 'then' });
    const rollback = await registerRollback('alert-1', alertTrigger(), deployment.id);
    await lockFor(rollback, 'rollback');

    await died('alert-1');
    await died('alert-1');

    expect(world.workflow.started).toHaveLength(1);
    expect((await read(rollback)).outcome).toBe('failed');
    expect((await world.store.locks.read(world.service.name)).holder).toBe(rollback);
    const holds = await world.store.releases.holds(world.service.name);
    expect(holds).toMatchObject([{ operation: deployment.id, version: 'v2.1.0' }]);
  });

  it('the second death freezes the service, ends everything as frozen and pages, once', async () => {
    const { operation: deployment } = await registerDeployment(world, { name: 'deploy-1' });
    const retry = await registerRollback('dead-1', deadTrigger(deployment.id), deployment.id);
    await lockFor(retry, 'rollback');

    expect(await died('dead-1')).toMatchObject({ outcome: 'frozen' });
    await died('dead-1');

    expect(await world.store.releases.frozen(world.service.name)).toMatchObject({ operation: retry });
    expect((await read(deployment.id)).outcome).toBe('frozen');
    expect((await read(retry)).outcome).toBe('frozen');
    expect((await world.store.locks.read(world.service.name)).holder).toBeNull();
    expect(world.pager.pages).toHaveLength(1);
    expect(world.workflow.started).toEqual([]);
  });

  it('a page that could not be sent is sent by the repetition: nobody is left frozen and unpaged (I5)', async () => {
    const { operation: deployment } = await registerDeployment(world, { name: 'deploy-1' });
    const retry = await registerRollback('dead-1', deadTrigger(deployment.id), deployment.id);
    await lockFor(retry, 'rollback');
    world.pager.fails = true;
    await expect(died('dead-1')).rejects.toMatchObject({ name: 'DependencyUnavailable' });

    world.pager.fails = false;
    await died('dead-1');

    expect(world.pager.pages).toHaveLength(1);
  });

  it('a rollback that died before it was known leaves no deployment alone with the lock', async () => {
    const { operation: deployment } = await registerDeployment(world, { name: 'deploy-1' });
    await lockFor(deployment.id);
    const failure = {
      kind: 'failure',
      service: world.service.name,
      operation: deployment.id,
      failed: null,
      reason: 'x',
    };

    expect(await died('deploy-1-return', { service: world.service.name, trigger: failure })).toMatchObject({
      outcome: 'rescue-started',
    });

    expect(world.workflow.started[0]?.input).toMatchObject({
      trigger: { kind: 'dead-execution', operation: deployment.id },
    });
    expect((await read(idOfName('deploy-1-return'))).outcome).toBe('failed');
  });

  it('an emergency that died before it had the lock is started once more, and then frozen', async () => {
    const input = { service: world.service.name, trigger: alertTrigger() };

    expect(await died('alert-1', input)).toMatchObject({ outcome: 'retried' });
    const [again] = world.workflow.started;
    expect(again?.input).toEqual(input);

    expect(await died(again?.name ?? '', input)).toMatchObject({ outcome: 'frozen' });
    expect(world.workflow.started).toHaveLength(1);
    expect(world.pager.pages).toHaveLength(1);
  });

  it('pages about a rollback that froze the service and died before its own page', async () => {
    const rollback = await registerRollback('alert-1', alertTrigger());
    await world.store.operations.end(rollback, { outcome: 'frozen', reason: 'unverified', at: 'now' });

    await died('alert-1');

    expect(world.pager.pages).toHaveLength(1);
  });

  it('frees the lock of a standby machine that died', async () => {
    await lockFor(idOfName('deploy-1-standby'));

    const input = { service: world.service.name, operation: 'deploy-1' };
    expect(await died('deploy-1-standby', input)).toMatchObject({ outcome: 'lock-released' });

    expect((await world.store.locks.read(world.service.name)).holder).toBeNull();
  });

  it('has nothing to do with executions of others', async () => {
    expect(await died('something', { anything: true })).toMatchObject({ outcome: 'nothing-to-do' });
  });

  describe('a deployment that died between its success and the start of the standby machine', () => {
    const succeeded = async (name: string) => {
      const { operation } = await registerDeployment(world, { name });
      await world.store.operations.update(operation.id, { epoch: 1 });
      await world.store.operations.end(operation.id, {
        outcome: 'succeeded',
        reason: 'done',
        at: new Date(world.now()).toISOString(),
      });
      return operation.id;
    };

    it('has it started by the name that its own state would have given it, once', async () => {
      const operation = await succeeded('d');

      await died('d');
      await died('d');

      const input = { service: world.service.name, operation };
      expect(world.workflow.started).toEqual([{ stateMachineArn: standbyMachine, name: 'd-standby', input }]);
    });

    it('leaves the side alone once a later operation has had the lock', async () => {
      await succeeded('d');
      world.pass(1_000);
      const later = executionOf('later', world.now());
      const trigger = personTrigger(world);
      await registerOperation(world, { execution: later, service: world.service, kind: 'deployment', trigger });
      await world.store.operations.update(idOf(later), { epoch: 2 });

      await died('d');

      expect(world.workflow.started).toEqual([]);
    });

    it.each([
      ['has kept the target of an aborted deployment warm', '2026-11-23T15:30:00.000Z', 'succeeded', ['d-standby']],
      ['has lowered it at once', null, 'succeeded', []],
      ['froze the service', '2026-11-23T15:30:00.000Z', 'frozen', []],
    ] as const)('as for a rollback that died there, which %s', async (_, keptWarmUntil, outcome, expected) => {
      const { operation } = await registerDeployment(world, { name: 'd' });
      const key = { pk: `OPERATION#${operation.id}`, sk: 'OPERATION' };
      await editItem(world.table, key, 'kind', 'rollback');
      await world.store.operations.update(operation.id, { epoch: 1, keptWarmUntil });
      const at = new Date(world.now()).toISOString();
      await world.store.operations.end(operation.id, { outcome, reason: 'aborted', at });

      await died('d');

      expect(world.workflow.started.map(({ name }) => name)).toEqual(expected);
    });

    it.each(['failed', 'rolled-back'] as const)('starts none after a deployment that ended as %s', async (outcome) => {
      const { operation } = await registerDeployment(world, { name: 'd' });
      await world.store.operations.update(operation.id, { epoch: 1 });
      const at = new Date(world.now()).toISOString();
      await world.store.operations.end(operation.id, { outcome, reason: 'bad', at });

      await died('d');

      expect(world.workflow.started).toEqual([]);
    });
  });
});
