import { beforeEach, describe, expect, it } from 'vitest';
import { operationId } from '../../../../core/operation/id.ts';
import { sweepingIn } from '../support/sweeping.ts';
import { createWorld, executionOf, personTrigger, start, type World } from '../support/world.ts';

describe('the guardian on its timer, when no event told it', () => {
  let world: World;
  let executions: ReturnType<typeof sweepingIn>['executions'];
  let stopped: ReturnType<typeof sweepingIn>['stopped'];
  let sweep: ReturnType<typeof sweepingIn>['sweep'];
  let deployment: ReturnType<typeof sweepingIn>['deployment'];
  let is: ReturnType<typeof sweepingIn>['is'];
  beforeEach(async () => {
    world = await createWorld();
    ({ executions, stopped, sweep, deployment, is } = sweepingIn(world));
  });

  const outcomeOf = async (id: string) => (await world.store.operations.read(id))?.outcome;

  it('leaves alone what lives', async () => {
    const { id } = await deployment('d', { lock: true });
    is('d', 'RUNNING');

    expect(await sweep()).toEqual([]);
    expect(await outcomeOf(id)).toBeNull();
    expect(world.workflow.started).toEqual([]);
  });

  it.each(['FAILED', 'TIMED_OUT', 'ABORTED'] as const)(
    'starts the one way back for a holder that is %s, once',
    async (status) => {
      const { id } = await deployment('d', { lock: true });
      is('d', status);

      await sweep();
      await sweep();

      expect(world.workflow.started).toHaveLength(1);
      expect(world.workflow.started[0]).toMatchObject({
        input: { trigger: { kind: 'dead-execution', operation: id } },
      });
    },
  );

  it('takes an execution that Step Functions no longer knows for dead: its machine was deleted', async () => {
    await deployment('d', { lock: true });
    world.pass(60_000);

    await sweep();

    expect(world.workflow.started[0]).toMatchObject({
      input: { trigger: { kind: 'dead-execution', status: 'ABORTED' } },
    });
  });

  it.each([true, false])('leaves one alone that Step Functions does not know yet (with the lock: %s)', async (lock) => {
    const { id } = await deployment('d', { lock });
    world.pass(59_000);

    expect(await sweep()).toEqual([]);

    expect(await outcomeOf(id)).toBeNull();
    expect(world.workflow.started).toEqual([]);
  });

  it('ends what died before the lock, although nobody waits for it', async () => {
    const { id } = await deployment('d', { lock: false });
    is('d', 'FAILED');

    await sweep();

    expect(await outcomeOf(id)).toBe('failed');
    expect(world.workflow.started).toEqual([]);
  });

  it('ends and stops what is beyond its deadline before the lock, and returns what is with it (I11)', async () => {
    const { id } = await deployment('d', { lock: false });
    is('d', 'RUNNING');
    await sweep();
    expect(await outcomeOf(id)).toBeNull();

    world.pass(world.service.deadlines.operation + 1);
    await sweep();

    expect(await outcomeOf(id)).toBe('failed');
    expect(stopped).toEqual([executionOf('d').arn]);
  });

  it('returns what holds the lock beyond its deadline, and leaves stopping it to the return, which fences first', async () => {
    const { id } = await deployment('d', { lock: true });
    is('d', 'RUNNING');

    world.pass(world.service.deadlines.operation + 1);
    await sweep();

    expect(world.workflow.started[0]).toMatchObject({
      input: { trigger: { kind: 'dead-execution', operation: id, status: 'TIMED_OUT' } },
    });
    expect(stopped).toEqual([]);
  });

  it('gives a successor half a minute to take over from an execution that ended well', async () => {
    await deployment('d', { lock: true });
    is('d', 'SUCCEEDED', world.now());

    await sweep();
    expect(world.workflow.started).toEqual([]);

    world.pass(31_000);
    await sweep();
    expect(world.workflow.started).toHaveLength(1);
  });

  it('frees the lock of a standby execution, which has no operation, that died while it lowered the capacity', async () => {
    const { arn: executionArn } = executionOf('standby-1');
    const holder = operationId(start, 'standby-1');
    const claim = { operation: holder, kind: 'switch-traffic' as const, executionArn, at: 'now' };
    await world.store.locks.acquire(world.service.name, { ...claim, deadline: '2026-12-01T00:00:00Z' });
    is('standby-1', 'RUNNING');
    await sweep();
    expect((await world.store.locks.read(world.service.name)).holder).toBe(holder);

    is('standby-1', 'ABORTED');
    await sweep();

    expect((await world.store.locks.read(world.service.name)).holder).toBeNull();
  });

  describe('what died before it had registered its operation, and told nobody', () => {
    const input = () => JSON.stringify({ service: world.service.name, trigger: personTrigger(world) });

    it.each(['FAILED', 'TIMED_OUT', 'ABORTED'] as const)('has its one outcome when it is %s', async (status) => {
      executions.set('d', { status, stoppedAt: start, input: input() });

      expect(await sweep()).toEqual([{ operation: operationId(start, 'd'), outcome: 'ended' }]);
      expect(await sweep()).toEqual([]);

      expect(await outcomeOf(operationId(start, 'd'))).toBe('failed');
    });

    it('is left alone once it is long over, or is none of ours', async () => {
      executions.set('d', { status: 'FAILED', stoppedAt: start, input: input() });
      executions.set('other', { status: 'FAILED', stoppedAt: start, input: '{"anything":true}' });
      world.pass(25 * 3_600_000);

      expect(await sweep()).toEqual([]);

      expect(await outcomeOf(operationId(start, 'd'))).toBeUndefined();
    });
  });
});
