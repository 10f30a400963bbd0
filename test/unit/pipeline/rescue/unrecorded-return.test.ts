import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../../adapters/store/store.ts';
import { milliseconds } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { formatInstant } from '../../../../contracts/instant.ts';
import { allOn } from '../../../../contracts/names.ts';
import { rollbackTriggerSchema } from '../../../../contracts/trigger.ts';
import { retryName } from '../../../../core/operation/retry-name.ts';
import { createHandler as createNotify } from '../../../../functions/notify/handler.ts';
import { createHandler as operationHandler } from '../../../../functions/operation/handler.ts';
import { createHandler } from '../../../../functions/return-traffic/handler.ts';
import { newLinkToken } from '../../../../pipeline/approval/link-token.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import type { FakeRoute } from '../support/fake-route.ts';
import { guardianOf } from '../support/guardian.ts';
import { inShift } from '../support/in-shift.ts';
import { createWorld, digest, executionOf, machines, start, type World } from '../support/world.ts';

describe('a return without the database, before its record is made up', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });

  const away = async () => {
    throw new DependencyUnavailable('DynamoDB', 'connection refused');
  };
  const without = (): Store => ({ ...world.store, locks: { ...world.store.locks, read: away } });
  const returnHandler = ({ route, store = world.store }: Returning) =>
    createHandler({
      ...world,
      store,
      cluster: () => ({ ...fakeCluster(route.weights), router: route }),
      databaseBudget: milliseconds(5_000),
      publishKept: async () => {},
    });
  const returnBy = async (name: string, trigger: unknown, returning: Returning) => {
    const { route } = returning;
    const answer = await returnHandler(returning)({
      action: 'return-traffic',
      execution: executionOf(name),
      service: world.service.name,
      trigger: rollbackTriggerSchema.parse(trigger),
    });
    // The router stamps what it writes.
    route.fence = route.fence && { ...route.fence, at: formatInstant(world.now()) };
    return answer;
  };
  const alertOf = (fingerprint: string) => ({
    ...{ kind: 'alert', service: world.service.name, environment: 'green', name: 'HighErrorRate' },
    ...{ severity: 'critical', fingerprint, summary: null, startsAt: start },
  });
  interface Returning {
    readonly route: FakeRoute;
    readonly store?: Store;
  }
  const dies = (name: string, trigger: unknown) =>
    guardianOf(world)({
      version: '0',
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: {
        executionArn: executionOf(name).arn,
        stateMachineArn: machines.rollback,
        name,
        status: 'ABORTED',
        startDate: start,
        input: JSON.stringify({ service: world.service.name, trigger }),
      },
    });
  /** What the guardian has started last, carried out. */
  const started = async (route: FakeRoute) => {
    const found = world.workflow.started.at(-1);
    if (found === undefined) throw new Error('the guardian has started nothing');
    const { trigger } = found.input as { trigger: unknown }; // every rollback has one
    const { name } = found;
    return { id: idOf(executionOf(name)), answer: await returnBy(name, trigger, { route }) };
  };
  const ends = (command: object) =>
    operationHandler({ ...world, publishKept: async () => {}, rescueDeadHolder: async () => {} })(command);
  const ending = (id: string) => {
    const execution = executionOf(world.workflow.started.at(-1)?.name ?? '');
    expect(idOf(execution)).toBe(id);
    return (action: string) => ends({ action, execution, reason: '' });
  };

  it('is carried on by a second attempt when that of an alert has died: lock, reason, outcome and hold, and nothing moves', async () => {
    const { operation, route, epoch } = await inShift(world);
    const alert = alertOf('f1');
    expect(await returnBy('alert-1', alert, { route, store: without() })).toMatchObject({ outcome: 'unrecorded' });
    const moved = route.weights;

    expect(await dies('alert-1', alert)).toMatchObject({ outcome: 'retried' });
    const { id, answer } = await started(route);

    expect(answer).toMatchObject({
      outcome: 'nothing-to-return',
      reason: expect.stringMatching(/^Alert HighErrorRate \(critical\); rollback \w+ had returned the traffic to blue/),
    });
    expect(route.weights).toEqual(moved);
    expect(route.weights).toEqual(allOn('blue'));
    const lock = await world.store.locks.read(world.service.name);
    expect(lock).toMatchObject({ holder: id, epoch: epoch + 2 });
    expect(route.fence).toMatchObject({ operation: id, epoch: epoch + 2 });
    const end = ending(id);
    expect(await end('hold-release')).toEqual({ outcome: 'held' });
    expect(await end('finalize-rollback')).toMatchObject({ ending: 'succeeded' });
    expect(await world.store.operations.read(operation.id)).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringContaining('HighErrorRate'),
    });
    expect((await world.store.releases.holds(world.service.name)).map((hold) => hold.digest)).toEqual([digest]);
    const first = await world.store.operations.read(idOf(executionOf('alert-1')));
    expect(first).toMatchObject({ outcome: 'failed', reason: expect.not.stringContaining('before it returned') });
  });

  it('is carried on by the rescue of what it returned when that of a failed step has died, with its reason and its hold', async () => {
    const { operation, route } = await inShift(world);
    const failure = {
      ...{ kind: 'failure', service: world.service.name, operation: operation.id, failed: null, cause: 'failed' },
      reason: 'Error rate 4 %, limit 1 % [ObjectiveBroken]',
    };
    expect(await returnBy('back-1', failure, { route, store: without() })).toMatchObject({ outcome: 'unrecorded' });

    expect(await dies('back-1', failure)).toMatchObject({ outcome: 'rescue-started' });
    const { id, answer } = await started(route);

    expect(answer).toMatchObject({
      outcome: 'nothing-to-return',
      reason: expect.stringMatching(
        /^Error rate 4 %, limit 1 % \[ObjectiveBroken\]; rollback \w+ ended as ABORTED, and is retried once \[ExecutionDied\]$/,
      ),
    });
    await ending(id)('finalize-rollback');
    expect(await world.store.operations.read(operation.id)).toMatchObject({ outcome: 'rolled-back' });
    expect(await world.store.releases.holds(world.service.name)).toMatchObject([
      { digest, reason: 'Error rate 4 %, limit 1 % [ObjectiveBroken]' },
    ]);
  });

  it.each(['second attempt', 'rescue'] as const)(
    'is carried on by its %s also before the guardian has come to write its outcome',
    async (by) => {
      const { operation, route } = await inShift(world);
      const alert = alertOf('f1');
      await returnBy('alert-1', alert, { route, store: without() });
      const execution = executionOf('alert-1');
      const trigger = rollbackTriggerSchema.parse(alert);
      await registerOperation(world, { execution, service: world.service, trigger, kind: 'rollback' });
      const { arn: executionArn } = execution;
      const dead = { kind: 'dead-execution', service: world.service.name, operation: operation.id, executionArn };

      const answer =
        by === 'rescue'
          ? await returnBy('dead-1', { ...dead, status: 'ABORTED' }, { route })
          : await returnBy(retryName(executionArn), alert, { route });

      expect(answer).toMatchObject({ outcome: 'nothing-to-return' });
      expect((await world.store.locks.read(world.service.name)).kind).toBe('rollback');
    },
  );

  it('is left to itself as long as it lives: another alert about the side that it left changes nothing', async () => {
    const { route, operation } = await inShift(world);
    await returnBy('alert-1', alertOf('f1'), { route, store: without() });

    expect(await returnBy('alert-2', alertOf('f2'), { route })).toMatchObject({ outcome: 'ignored' });
    expect((await world.store.locks.read(world.service.name)).holder).toBe(operation.id);
  });

  it('keeps its reason, its outcome and its hold beside the guardian, which hears that its shift was stopped', async () => {
    const { operation, route } = await inShift(world);
    const alert = alertOf('f1');
    await returnBy('alert-1', alert, { route, store: without() });

    const heard = await dies('deploy-1', null);
    const rescue = await started(route);
    const made = await returnHandler({ route })({
      ...{ action: 'reconcile', execution: executionOf('alert-1'), service: world.service.name },
      ...{ trigger: rollbackTriggerSchema.parse(alert), reason: 'Alert HighErrorRate (critical): green is alerting' },
    });

    expect([heard, rescue.answer, made]).toMatchObject([
      { outcome: 'rescue-started' },
      { outcome: 'ignored' },
      { outcome: 'reconciled' },
    ]);
    const execution = executionOf('alert-1');
    for (const action of ['hold-release', 'finalize-rollback']) await ends({ action, execution, reason: '' });
    await createNotify({ ...world, pagers: () => new Map(), newToken: newLinkToken })({ action: 'report', execution });
    expect(await world.store.operations.read(operation.id)).toMatchObject({
      outcome: 'rolled-back',
      reason: 'Alert HighErrorRate (critical): green is alerting [Unclassified]',
    });
    expect(await world.store.operations.read(idOf(execution))).toMatchObject({ outcome: 'succeeded' });
    expect(await world.store.releases.holds(world.service.name)).toMatchObject([
      { digest, reason: expect.stringContaining('HighErrorRate') },
    ]);
    expect(world.mailer.sent.at(-1)?.text).toContain('HighErrorRate');
  });
});
