import { beforeEach, describe, expect, it } from 'vitest';
import { milliseconds } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import type { SluiceEvent } from '../../../../contracts/events/sluice-event.ts';
import { formatInstant } from '../../../../contracts/instant.ts';
import { allOn, type EnvironmentName, type Weights } from '../../../../contracts/names.ts';
import { because } from '../../../../contracts/reason.ts';
import type { AlertTrigger, RollbackTrigger } from '../../../../contracts/trigger.ts';
import { createHandler } from '../../../../functions/return-traffic/handler.ts';
import { announcing, publishLater } from '../../../../pipeline/notice/announce.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { writeRoute } from '../../../../pipeline/shift/fenced-route.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute as Route } from '../support/fake-route.ts';
import { inShift as shiftIn } from '../support/in-shift.ts';
import { createWorld, executionOf, makeIrreversible, registerDeployment, start, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const split: Weights = { blue: 75, green: 25 };
const alert = (environment: EnvironmentName | null, fingerprint = 'f1'): AlertTrigger => ({
  kind: 'alert',
  service: world.service.name,
  environment,
  name: 'HighErrorRate',
  severity: 'critical',
  fingerprint,
  summary: null,
  startsAt: start,
});

const inShift = () => shiftIn(world);

const handlerOn = (route: Route, store = world.store, databaseBudget = 5_000, publishKept = async () => {}) =>
  createHandler({
    configuration: world.configuration,
    store,
    now: world.now,
    cluster: () => ({ ...fakeCluster(route.weights), router: route }),
    workflow: world.workflow,
    databaseBudget: milliseconds(databaseBudget),
    publishKept,
  });

const command = (trigger: RollbackTrigger, name = 'rollback-1') => ({
  action: 'return-traffic',
  execution: executionOf(name),
  service: world.service.name,
  trigger,
});

describe('the emergency return', () => {
  it('takes lock and route over and returns everything on an alert about the target', async () => {
    const { operation, epoch, route } = await inShift();

    const answer = await handlerOn(route)(command(alert('green')));

    expect(answer).toMatchObject({ outcome: 'returned' });
    expect(route.weights).toEqual(allOn('blue'));
    expect(route.fence).toMatchObject({ epoch: epoch + 1, origin: 'blue' });
    const lock = await world.store.locks.read(world.service.name);
    expect(lock).toMatchObject({ kind: 'rollback', epoch: epoch + 1 });
    expect(await world.store.operations.read(lock.holder ?? '')).toMatchObject({
      related: operation.id,
      target: 'blue',
    });
  });

  it('tells others only when the traffic is back (rule 6)', async () => {
    const { route } = await inShift();
    const told: { event: SluiceEvent; weights: Weights }[] = [];
    const publish = async (event: SluiceEvent) => {
      told.push({ event, weights: route.weights });
    };
    const { publish: publishBehind, publishKept } = publishLater({ bus: { publish }, log: world.log });
    const { store } = announcing(world, publishBehind);

    await handlerOn(route, store, 5_000, publishKept)(command(alert('green')));

    expect(told).toEqual([
      {
        event: { type: 'Operation Started', detail: expect.objectContaining({ service: world.service.name }) },
        weights: allOn('blue'),
      },
    ]);
  });

  it('says what it will do before it does it, and what came of it (rule 9)', async () => {
    const { route } = await inShift();
    await handlerOn(route)(command(alert('green')));
    const { holder } = await world.store.locks.read(world.service.name);

    const entries = await world.store.audit.list(holder ?? '');

    const moves = entries.filter(({ action }) => action === 'return-traffic');
    expect(moves.map(({ phase }) => phase)).toEqual(['intent', 'result']);
    expect(moves[0]?.details).toMatchObject({ before: split, wanted: allOn('blue') });
  });

  it('refuses the write of a deployment that was held up until after the return (I12)', async () => {
    const { operation, epoch, route } = await inShift();
    await handlerOn(route)(command(alert('green')));
    const late = { operation: operation.id, epoch, adopted: 'before' as const };

    const write = writeRoute(route, late, { seq: 4, wanted: { blue: 50, green: 50 }, purpose: 'shift' });

    await expect(write).rejects.toMatchObject({ name: 'StaleHolder', epoch: epoch + 1 });
    expect(route.weights).toEqual(allOn('blue'));
  });

  it('decides again when a weight was written between its read and its write', async () => {
    const { route } = await inShift();
    route.meanwhile = () => {
      route.version += 1;
      route.weights = { blue: 50, green: 50 };
    };

    const answer = await handlerOn(route)(command(alert('green')));

    expect(answer).toMatchObject({ outcome: 'returned' });
    expect(route.weights).toEqual(allOn('blue'));
    expect(route.writes).toHaveLength(1);
  });

  it.each<[string, () => RollbackTrigger]>([
    ['an alert', () => alert('green')],
    [
      'an abort',
      () => ({
        kind: 'abort',
        service: world.service.name,
        operation: '',
        reason: 'wrong',
        actor: 'ana@example.com',
        at: start,
      }),
    ],
  ])(
    'for %s goes on when its function died just after it had taken the lock, and is not mistaken for another one’s',
    async (_what, given) => {
      const { operation, route } = await inShift();
      const trigger = { ...given(), ...('operation' in given() ? { operation: operation.id } : {}) } as RollbackTrigger; // the same kind
      const { takeOver } = world.store.locks;
      const locks = {
        ...world.store.locks,
        takeOver: async (...wanted: Parameters<typeof takeOver>) => {
          await takeOver(...wanted);
          throw new Error('the function was killed');
        },
      };
      await expect(handlerOn(route, { ...world.store, locks })(command(trigger))).rejects.toThrow('killed');

      const answer = await handlerOn(route)(command(trigger));

      expect(answer).toMatchObject({ outcome: 'returned' });
      expect(route.weights).toEqual(allOn('blue'));
      const { holder } = await world.store.locks.read(world.service.name);
      expect(await world.store.operations.read(holder ?? '')).toMatchObject({
        target: 'blue',
        related: operation.id,
        outcome: null,
      });
    },
  );

  it('needs no more pods at the origin of a shift than it has: it carried everything with them (I8)', async () => {
    const { route } = await inShift();
    route.weights = { blue: 5, green: 95 };
    // One of three is ready: less than a side that gets the traffic from nothing would need.
    const cluster = { ...fakeCluster(route.weights), router: route };
    const blue = {
      ...cluster.workloads,
      readDeployment: (_: string, name: string) => cluster.workloads.readDeployment('production-green', name),
    };
    const handle = createHandler({
      configuration: world.configuration,
      store: world.store,
      now: world.now,
      cluster: () => ({ ...cluster, workloads: blue }),
      workflow: world.workflow,
      databaseBudget: milliseconds(5_000),
      publishKept: async () => undefined,
    });

    expect(await handle(command(alert('green')))).toMatchObject({ outcome: 'returned' });
    expect(route.weights).toEqual(allOn('blue'));
  });

  it('has no second effect when its task is repeated (I10)', async () => {
    const { epoch, route } = await inShift();
    const handle = handlerOn(route);
    await handle(command(alert('green')));

    const again = await handle(command(alert('green')));

    expect(again).toMatchObject({ outcome: 'returned' });
    expect(route.writes).toHaveLength(1);
    expect((await world.store.locks.read(world.service.name)).epoch).toBe(epoch + 1);
  });

  it('rolls back no rollback: a second alert while it is at work changes nothing (I7)', async () => {
    const { route } = await inShift();
    const handle = handlerOn(route);
    await handle(command(alert('green')));

    const second = await handle(command(alert('blue', 'f2'), 'rollback-2'));

    expect(second).toMatchObject({ outcome: 'ignored' });
    expect(route.weights).toEqual(allOn('blue'));
  });

  it('pauses the shift on an alert about the origin, and never raises the origin blindly (I7)', async () => {
    const { operation, route } = await inShift();

    const answer = await handlerOn(route)(command(alert('blue')));

    expect(answer).toMatchObject({ outcome: 'paused' });
    expect(route.weights).toEqual(split);
    expect((await world.store.operations.read(operation.id))?.pausedBecause).toContain('HighErrorRate');
  });

  it('sends an alert about the active environment to people when the standby’s release failed there and is on hold', async () => {
    const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
    await world.store.operations.update(operation.id, { origin: 'blue', target: 'green' });
    const at = execution.startedAt;
    await world.store.operations.end(operation.id, { outcome: 'succeeded', reason: 'done', at });
    const held = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, reason: 'it leaks', operation: 'op', at };
    await world.store.releases.hold(world.service.name, held);
    const route = new Route(allOn('green'), null);

    const answer = await handlerOn(route)(command(alert('green')));

    expect(answer).toMatchObject({ outcome: 'paused', reason: expect.stringContaining('v2.0.0 on blue is on hold') });
    expect(route.weights).toEqual(allOn('green'));
    await world.store.releases.releaseHold(world.service.name, held.digest);
    expect(await handlerOn(route)(command(alert('green')))).toMatchObject({ outcome: 'returned' });
  });

  it('leaves the traffic of a pause of which nobody decided where it is, fenced, however often its task is repeated (I7, I10)', async () => {
    const { operation, epoch, route } = await inShift();
    const trigger = {
      kind: 'failure' as const,
      service: world.service.name,
      operation: operation.id,
      failed: null,
      cause: 'undecided' as const,
      reason: because('PauseUndecided', 'nobody decided'),
    };

    const answers = [await handlerOn(route)(command(trigger)), await handlerOn(route)(command(trigger))];

    expect(answers).toMatchObject([{ outcome: 'undecided' }, { outcome: 'undecided' }]);
    expect(route.weights).toEqual(split);
    expect(route.fence).toMatchObject({ epoch: epoch + 1, origin: 'blue' });
    const { holder } = await world.store.locks.read(world.service.name);
    expect(await world.store.operations.read(holder ?? '')).toMatchObject({ kind: 'rollback', related: operation.id });
  });

  describe('a release that cannot be taken back', () => {
    const irreversible = async () => {
      const { operation, route } = await inShift();
      await makeIrreversible(world);
      return { operation, route };
    };
    const failureOf = (operation: string) => ({
      kind: 'failure' as const,
      service: world.service.name,
      operation,
      failed: null,
      cause: 'failed' as const,
      reason: because('ObjectiveBroken', 'Error rate 5 %, limit 1 %'),
    });

    it('is not returned by itself when it fails with traffic: the weights stay as they are, however often its task is repeated (I10)', async () => {
      const { operation, route } = await irreversible();

      const answer = await handlerOn(route)(command(failureOf(operation.id)));

      const again = await handlerOn(route)(command(failureOf(operation.id)));

      expect(answer).toMatchObject({ outcome: 'irreversible', reason: expect.stringContaining('without a person') });
      expect(again).toMatchObject({ outcome: 'irreversible' });
      expect(route.weights).toEqual(split);
      const { holder } = await world.store.locks.read(world.service.name);
      expect(await world.store.operations.read(holder ?? '')).toMatchObject({
        kind: 'rollback',
        related: operation.id,
      });
    });

    it('is paused by an alert, and returned by a person', async () => {
      const { operation, route } = await irreversible();
      expect(await handlerOn(route)(command(alert('green')))).toMatchObject({ outcome: 'paused' });
      expect(route.weights).toEqual(split);

      const { cause: _, ...failure } = failureOf(operation.id);
      const abort = { ...failure, kind: 'abort' as const, actor: 'ana@example.com', at: start };
      expect(await handlerOn(route)(command(abort, 'rollback-2'))).toMatchObject({ outcome: 'returned' });
      expect(route.weights).toEqual(allOn('blue'));
    });

    it('is taken out again by itself as long as it has had no traffic', async () => {
      const { operation, route } = await irreversible();
      route.weights = allOn('blue');

      expect(await handlerOn(route)(command(failureOf(operation.id)))).toMatchObject({ outcome: 'nothing-to-return' });
    });
  });

  it('ignores an alert about an environment without traffic (I7)', async () => {
    const route = new Route(allOn('blue'), null);

    const answer = await handlerOn(route)(command(alert('green')));

    expect(answer).toMatchObject({ outcome: 'ignored' });
    expect(route.writes).toEqual([]);
    expect((await world.store.locks.read(world.service.name)).holder).toBeNull();
  });

  it('returns the traffic without the database, fenced on the route alone, when that does not answer in time (rule 6)', async () => {
    const { epoch, route } = await inShift();
    const never = () => new Promise<never>(() => {});
    // Nothing is asked of the real one, so that nothing is on its way to it when the test is over.
    const hung = <Part extends object>(part: Part) =>
      Object.fromEntries(Object.keys(part).map((name) => [name, never])) as Part; // the same methods
    const { locks, operations, releases, audit } = world.store;
    const hanging = { locks: hung(locks), operations: hung(operations), releases: hung(releases), audit: hung(audit) };
    const store = { ...world.store, ...hanging };

    const answer = await handlerOn(route, store, 50)(command(alert('green')));

    expect(answer).toMatchObject({ outcome: 'unrecorded' });
    expect(route.weights).toEqual(allOn('blue'));
    expect(route.fence?.epoch).toBe(epoch + 1);
  });

  it('returns the traffic of a failed deployment without the database as well', async () => {
    const { operation, route } = await inShift();
    const away = async () => {
      throw new DependencyUnavailable('DynamoDB', 'connection refused');
    };
    const store = { ...world.store, locks: { ...world.store.locks, read: away } };
    const failure = {
      kind: 'failure' as const,
      service: world.service.name,
      operation: operation.id,
      failed: null,
      cause: 'failed' as const,
      reason: because('ObjectiveBroken', 'Error rate 5 %, limit 1 %'),
    };

    const answer = await handlerOn(route, store)(command(failure));

    expect(answer).toMatchObject({ outcome: 'unrecorded' });
    expect(route.weights).toEqual(allOn('blue'));
  });

  it('moves no traffic for a deployment that failed before it had claimed the route', async () => {
    const { operation, route } = await inShift();
    route.weights = allOn('green');
    route.fence = { epoch: 1, seq: 9, operation: 'an-older-one', origin: 'blue', weights: allOn('green') };
    const failure = {
      kind: 'failure' as const,
      service: world.service.name,
      operation: operation.id,
      failed: null,
      cause: 'failed' as const,
      reason: because('DependencyUnavailable', 'GitHub is away'),
    };
    const answer = await handlerOn(route)(command(failure));

    expect(answer).toMatchObject({ outcome: 'nothing-to-return' });
    expect(route.weights).toEqual(allOn('green'));
  });

  describe('while the target bakes and the database is away', () => {
    const away = async () => {
      throw new DependencyUnavailable('DynamoDB', 'connection refused');
    };
    /** All the traffic went to green just so long ago. */
    const baking = async (msAgo: number) => {
      const { route } = await inShift();
      route.weights = allOn('green');
      const at = new Date(world.now() - msAgo).toISOString();
      if (route.fence) route.fence = { ...route.fence, weights: allOn('green'), at };
      return { route, store: { ...world.store, locks: { ...world.store.locks, read: away } } };
    };

    it('an alert about it returns the traffic, since the route says how recent the shift is', async () => {
      const { route, store } = await baking(60_000);

      const answer = await handlerOn(route, store)(command(alert('green')));

      expect(answer).toMatchObject({ outcome: 'unrecorded' });
      expect(route.weights).toEqual(allOn('blue'));
    });

    it('an alert long after the shift changes nothing', async () => {
      const { route, store } = await baking(world.service.bake + world.service.alerts.rollbackWithin + 1);

      const answer = await handlerOn(route, store)(command(alert('green')));

      expect(answer).toMatchObject({ outcome: 'ignored' });
      expect(route.weights).toEqual(allOn('green'));
    });

    it('an alert about where a return has put everything changes nothing (I7)', async () => {
      const { route, store } = await baking(60_000);
      if (route.fence) route.fence = { ...route.fence, origin: 'green' };

      const answer = await handlerOn(route, store)(command(alert('green')));

      expect(answer).toMatchObject({ outcome: 'ignored' });
    });
  });
});

describe('what a return without the database had to skip', () => {
  const away = async () => {
    throw new DependencyUnavailable('DynamoDB', 'connection refused');
  };
  const without = () => ({ ...world.store, locks: { ...world.store.locks, read: away } });
  const reconcileCommand = (trigger: RollbackTrigger, name = 'rollback-1') => ({
    ...command(trigger, name),
    action: 'reconcile',
    reason: 'Alert HighErrorRate (critical)',
  });

  it('is made up for once the database answers: record, lock, epoch and audit', async () => {
    const { operation, epoch, route } = await inShift();
    await handlerOn(route, without())(command(alert('green')));

    const answer = await handlerOn(route)(reconcileCommand(alert('green')));

    expect(answer).toMatchObject({ outcome: 'reconciled' });
    const lock = await world.store.locks.read(world.service.name);
    expect(lock).toMatchObject({ kind: 'rollback', epoch: epoch + 1 });
    expect(lock.holder).toBe(route.fence?.operation);
    expect(route.writes).toHaveLength(1);
    expect(await world.store.operations.read(lock.holder ?? '')).toMatchObject({
      related: operation.id,
      target: 'blue',
      origin: 'green',
      epoch: epoch + 1,
      weights: allOn('blue'),
    });
    const actions = (await world.store.audit.list(lock.holder ?? '')).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['register', 'take-over-lock', 'reconcile']));
  });

  it('is made up for once, however often it is asked for (I10)', async () => {
    const { route, epoch } = await inShift();
    await handlerOn(route, without())(command(alert('green')));
    const handle = handlerOn(route);
    await handle(reconcileCommand(alert('green')));

    const again = await handle(reconcileCommand(alert('green')));

    expect(again).toMatchObject({ outcome: 'reconciled' });
    expect((await world.store.locks.read(world.service.name)).epoch).toBe(epoch + 1);
    expect(route.writes).toHaveLength(1);
  });

  it('closes the intents that reached the database before it went away (I9)', async () => {
    const { route } = await inShift();
    let asked = 0;
    // The intent is written, and whatever comes after it is not.
    const store = { ...world.store, locks: { ...world.store.locks, takeOver: away } };
    const counted = {
      ...store,
      audit: {
        ...store.audit,
        append: (...entry: Parameters<typeof store.audit.append>) => {
          asked += 1;
          return asked <= 2 ? store.audit.append(...entry) : away();
        },
      },
    };
    await handlerOn(route, counted)(command(alert('green')));

    await handlerOn(route)(reconcileCommand(alert('green')));

    const { holder } = await world.store.locks.read(world.service.name);
    const entries = (await world.store.audit.list(holder ?? '')).filter(({ action }) => action === 'take-over-lock');
    const intents = entries.filter(({ phase }) => phase === 'intent');
    expect(intents.length).toBeGreaterThan(0);
    expect(entries.filter(({ phase }) => phase === 'result')).toHaveLength(intents.length);
  });

  it('fences the route anew when the lock was further than the route (I12)', async () => {
    const { route, epoch } = await inShift();
    await handlerOn(route, without())(command(alert('green')));
    await world.store.locks.reconcileEpoch(world.service.name, epoch + 5);

    await handlerOn(route)(reconcileCommand(alert('green')));

    const lock = await world.store.locks.read(world.service.name);
    expect(lock.epoch).toBe(epoch + 6);
    expect(route.fence).toMatchObject({ epoch: epoch + 6, operation: lock.holder });
    expect(route.weights).toEqual(allOn('blue'));
  });

  it('keeps its reason beside the rescue of what it stopped, which takes over only when it is not made up for in time', async () => {
    const { operation, execution, route } = await inShift();
    await handlerOn(route, without())(command(alert('green')));
    route.fence = route.fence && { ...route.fence, at: formatInstant(world.now()) };
    const dead = {
      kind: 'dead-execution' as const,
      service: world.service.name,
      operation: operation.id,
      executionArn: execution.arn,
      status: 'ABORTED' as const,
    };

    const rescued = await handlerOn(route)(command(dead, 'dead-1'));
    const made = await handlerOn(route)(reconcileCommand(alert('green')));

    expect(rescued).toMatchObject({ outcome: 'ignored' });
    expect(made).toMatchObject({ outcome: 'reconciled' });
    const { holder } = await world.store.locks.read(world.service.name);
    expect(await world.store.operations.read(holder ?? '')).toMatchObject({
      trigger: { kind: 'alert', name: 'HighErrorRate' },
      related: operation.id,
    });

    const other = await createWorld();
    world = other;
    const late = await inShift();
    await handlerOn(late.route, without())(command(alert('green')));
    late.route.fence = late.route.fence && { ...late.route.fence, at: formatInstant(world.now()) };
    world.pass(61 * 60_000);
    const again = { ...dead, operation: late.operation.id, executionArn: late.execution.arn };
    expect(await handlerOn(late.route)(command(again, 'dead-1'))).toMatchObject({ outcome: 'nothing-to-return' });
  });

  it('is left to a return that has taken over since, and ends as superseded', async () => {
    const { operation, route } = await inShift();
    await handlerOn(route, without())(command(alert('green')));
    const failure = {
      kind: 'failure' as const,
      service: world.service.name,
      operation: operation.id,
      failed: null,
      cause: 'failed' as const,
    };
    await handlerOn(route)(command({ ...failure, reason: because('WeightsDrifted', 'drift') }, 'rollback-2'));
    const { holder } = await world.store.locks.read(world.service.name);

    const answer = await handlerOn(route)(reconcileCommand(alert('green')));

    expect(answer).toMatchObject({ outcome: 'overtaken' });
    expect((await world.store.locks.read(world.service.name)).holder).toBe(holder);
    const own = await world.store.operations.read(idOf(executionOf('rollback-1')));
    expect(own?.outcome).toBe('superseded');
  });

  it.each([
    ['first', ['rollback-1', 'rollback-2']],
    ['last', ['rollback-2', 'rollback-1']],
  ])('of two at once is made up for by the one that has the lock, also when it asks %s', async (_, order) => {
    const { operation, epoch, route } = await inShift();
    const { locks } = world.store;
    // It has the lock, and never hears of it.
    const takeOver: typeof locks.takeOver = async (...asked) => {
      await locks.takeOver(...asked);
      return away();
    };
    await handlerOn(route, { ...world.store, locks: { ...locks, takeOver } })(command(alert('green')));
    const [holder, other] = ['rollback-1', 'rollback-2'].map((name) => idOf(executionOf(name)));
    // The other one had read the route before, and wrote last.
    if (route.fence === null) throw new Error('nothing was returned');
    route.fence = { ...route.fence, epoch: route.fence.epoch + 1, operation: other ?? '' };

    for (const name of order) await handlerOn(route)(reconcileCommand(alert('green'), name));

    expect((await locks.read(world.service.name)).holder).toBe(holder);
    expect(route.fence).toMatchObject({ operation: holder, epoch: epoch + 3, weights: allOn('blue') });
    expect(await world.store.operations.read(holder ?? '')).toMatchObject({ outcome: null, related: operation.id });
    expect(await world.store.operations.read(other ?? '')).toMatchObject({ outcome: 'superseded' });
  });
});
