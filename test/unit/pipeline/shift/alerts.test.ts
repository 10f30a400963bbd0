import { beforeEach, describe, expect, it } from 'vitest';
import { milliseconds } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { formatFence, parseFence } from '../../../../contracts/fence.ts';
import { formatInstant } from '../../../../contracts/instant.ts';
import type { EnvironmentName } from '../../../../contracts/names.ts';
import type { AlertTrigger } from '../../../../contracts/trigger.ts';
import { createHandler as createReturning } from '../../../../functions/return-traffic/handler.ts';
import { page } from '../../../../pipeline/notice/page.ts';
import { writeRoute } from '../../../../pipeline/shift/fenced-route.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import type { FakeRoute } from '../support/fake-route.ts';
import { inShift, observing } from '../support/observing.ts';
import { createWorld, executionOf, start, type World } from '../support/world.ts';

let world: World;
let route: FakeRoute;
let shift: Awaited<ReturnType<typeof inShift>>;
beforeEach(async () => {
  world = await createWorld();
  shift = await inShift(world);
  route = shift.route;
});

const alert = (environment: EnvironmentName | null, fingerprint = 'f1'): AlertTrigger => ({
  kind: 'alert',
  service: world.service.name,
  environment,
  name: 'Slow',
  severity: 'critical',
  fingerprint,
  summary: null,
  startsAt: start,
});

/** What the webhook remembers of it. */
const tell = (of: AlertTrigger, status: 'firing' | 'resolved' = 'firing') => {
  const { environment, name, severity, fingerprint, startsAt } = of;
  const told = { environment, name, severity, fingerprint, status, judgedBy: null };
  const seenAt = formatInstant(world.now());
  return world.store.alerts.tell(world.service.name, { ...told, startsAt: formatInstant(startsAt), seenAt });
};

/** A store of which nothing answers. */
const hanging = () => {
  const never = async () => new Promise<never>(() => undefined);
  const silent = <Part extends object>(part: Part): Part => new Proxy(part, { get: () => never });
  return Object.fromEntries(
    Object.entries(world.store).map(([name, part]) => [name, silent(part)]),
  ) as typeof world.store;
};

const refuse = async () => {
  throw new DependencyUnavailable('DynamoDB', 'update: no answer');
};
/** One of which only reads answer. */
const readOnly = () => ({
  ...world.store,
  operations: { ...world.store.operations, update: refuse },
});

const judge = (of: AlertTrigger, name = 'alert-1', store = world.store, budget = 5_000) =>
  createReturning({
    ...world,
    store,
    cluster: () => ({ ...fakeCluster(route.weights), router: route }),
    databaseBudget: milliseconds(budget),
    publishKept: async () => undefined,
  })({ action: 'return-traffic', execution: executionOf(name), service: world.service.name, trigger: of });

const raise = (resumedAt: ReturnType<World['now']> | null = null) => {
  const holder = { operation: shift.id, epoch: route.fence?.epoch ?? 0, adopted: 'before' as const };
  return writeRoute(route, holder, { seq: 4, wanted: { blue: 0, green: 100 }, purpose: 'shift', resumedAt });
};
const judgeStep = { action: 'judge', weight: 50 } as const;
const look = (execution = shift.execution, command: object = judgeStep) =>
  observing(world, route).handle({ ...command, execution });
const operation = async () => world.store.operations.read(shift.id);
/** Both sides as they are with everything well. */
const well = () => {
  const { sides, handle } = observing(world, route);
  return { sides, look: (command: object = judgeStep) => handle({ ...command, execution: shift.execution }) };
};

describe('a pause that an alert about the origin demands', () => {
  it('stands on the route, so that no weight rises over it, until a person has looked (I7)', async () => {
    const answer = await judge(alert('blue'));

    expect(answer).toMatchObject({ outcome: 'paused', reason: expect.stringContaining(`${shift.id} is paused`) });
    expect(route.fence !== null && parseFence(formatFence(route.fence))?.paused).toMatchObject({
      at: formatInstant(start),
    });
    expect(await raise()).toMatchObject({ kind: 'paused' });
    expect(route.weights).toEqual({ blue: 50, green: 50 });

    world.pass(1_000);
    expect(await raise(world.now())).toMatchObject({ kind: 'set' });
    expect(route.fence?.paused).toBeUndefined();
  });

  it('stands there without the database as well, and the record takes it over once that answers', async () => {
    const answer = await judge(alert('blue'), 'alert-1', hanging(), 50);

    expect(answer).toMatchObject({ outcome: 'paused', reason: expect.stringContaining('on the route itself') });
    expect(await raise()).toMatchObject({ kind: 'paused' });
    expect((await operation())?.pausedBecause).toBeNull();
    await look();
    expect(await operation()).toMatchObject({
      pausedBecause: expect.stringContaining('Slow'),
      pausedAt: formatInstant(start),
    });
  });

  it('is followed by a look at both sides without the database as well, which finds the bad one', async () => {
    const away = new Proxy(world.store, { get: () => new Proxy({}, { get: () => refuse }) });
    const { sides, handle } = observing({ ...world, store: away }, route);
    const asked = { action: 'compare-sides', execution: executionOf('alert-1'), service: world.service.name };

    const undecided = await handle({ ...asked, reason: 'Slow' });
    sides.errors.green = 0.5;
    const found = await handle({ ...asked, reason: 'Slow' });

    expect(undecided).toEqual({
      outcome: 'undecided',
      reason: 'Slow [Unclassified]; compared, neither side is bad now',
    });
    expect(found).toMatchObject({ outcome: 'one-bad', environment: 'green' });
  });

  it('is not told of when nothing could be paused', async () => {
    route.fence = null;

    await expect(judge(alert('blue'), 'alert-1', readOnly())).rejects.toMatchObject({ name: 'DependencyUnavailable' });
  });

  it('is taken back by the return of the traffic', async () => {
    await judge(alert('blue'));

    await judge(alert('green', 'f2'), 'alert-2');

    expect(route.weights).toEqual({ blue: 100, green: 0 });
    expect(route.fence?.paused).toBeUndefined();
  });

  it('is paged about once, however many alerts follow', async () => {
    const notify = { ...world, pagers: () => new Map([['sns', world.pager]]), newToken: () => '' };
    const paged = async (name: string) =>
      page(notify, { execution: executionOf(name), service: world.service.name, reason: 'paused' });
    await judge(alert('blue'));
    await paged('alert-1');
    await judge(alert('blue', 'f2'), 'alert-2');
    await paged('alert-2');

    expect(world.pager.pages).toHaveLength(1);
  });
});

describe('a repetition', () => {
  it('of what was acted on changes nothing, also after a person let it go on', async () => {
    await judge(alert('blue'));
    await world.store.operations.update(shift.id, {
      pausedBecause: null,
      pausedAt: null,
      resumedAt: formatInstant(start),
    });

    expect(await judge(alert('blue'), 'alert-again')).toMatchObject({
      outcome: 'ignored',
      reason: expect.stringContaining('already acted on'),
    });
    expect((await operation())?.pausedBecause).toBeNull();
  });

  it('by the same execution comes to the same pause, so that it is paged about', async () => {
    await judge(alert('blue'));

    expect(await judge(alert('blue'))).toMatchObject({ outcome: 'paused' });
  });

  it('of what was too early is judged by the route as it is now', async () => {
    const before = { ...route.weights };
    route.weights = { blue: 100, green: 0 };
    expect(await judge(alert('green'))).toMatchObject({ outcome: 'ignored' });
    route.weights = before;

    expect(await judge(alert('green'), 'alert-again')).toMatchObject({ outcome: 'returned' });
  });

  it('that comes after the alert was resolved changes nothing', async () => {
    await tell(alert('green'));
    await tell(alert('green'), 'resolved');

    expect(await judge(alert('green'))).toMatchObject({
      outcome: 'ignored',
      reason: expect.stringContaining('is already resolved'),
    });
    expect(route.weights).toEqual({ blue: 50, green: 50 });
  });
});

describe('an alert that fires before a weight rises', () => {
  const awaitCapacity = { action: 'await-capacity', weight: 50 } as const;
  const beforeTraffic = async () => {
    route.weights = { blue: 100, green: 0 };
    await world.store.operations.update(shift.id, { weights: route.weights });
  };

  it.each(['blue', 'green', null] as const)('about %s pauses a shift that has not begun', async (environment) => {
    await beforeTraffic();
    await tell(alert(environment));

    // Once, so that the machine pages a person at once.
    expect(await look(shift.execution, awaitCapacity)).toMatchObject({
      outcome: 'pausing',
      reason: expect.stringContaining('is already firing'),
    });
    expect(await look(shift.execution, awaitCapacity)).toEqual({ outcome: 'waiting' });
    expect((await operation())?.pausedBecause).toContain('Slow about');
  });

  it('about no side holds up no later shift once people were paged about it', async () => {
    const { name } = world.service;
    await world.store.locks.release(name, shift.id);
    await tell(alert(null));
    expect(await judge(alert(null))).toMatchObject({
      outcome: 'paused',
      reason: expect.stringContaining('nothing was paused'),
    });
    const claim = { operation: shift.id, kind: 'deployment' as const, executionArn: shift.execution.arn };
    await world.store.locks.acquire(name, { ...claim, at: formatInstant(start), deadline: formatInstant(start) });

    await look(shift.execution, awaitCapacity);

    expect((await operation())?.pausedBecause).toBeNull();
  });

  it('about a target with traffic returns it', async () => {
    await tell(alert('green'));

    expect(await look(shift.execution, awaitCapacity)).toMatchObject({
      outcome: 'failed',
      reason: 'Slow about green fires, and green has 50 % of the traffic [AlertFiring].',
    });
  });

  it('does not once it was acted on, is resolved, or is too old to be believed', async () => {
    await beforeTraffic();
    await tell(alert('blue', 'acted'));
    await judge(alert('blue', 'acted'));
    await world.store.operations.update(shift.id, {
      pausedBecause: null,
      pausedAt: null,
      resumedAt: formatInstant(start),
    });
    await tell(alert('blue', 'resolved'));
    await tell(alert('blue', 'resolved'), 'resolved');
    await tell(alert('blue', 'old'));
    world.pass(4.5 * 3_600_000);

    await look(shift.execution, awaitCapacity);

    expect((await operation())?.pausedBecause).toBeNull();
  });
});

describe('the end of a pause', () => {
  it('comes when the alert that made it is resolved and both sides are well', async () => {
    await tell(alert('blue'));
    await judge(alert('blue'));
    const { sides, look: see } = well();
    world.pass(1_000);
    await see();
    expect((await operation())?.pausedBecause).not.toBeNull();

    await tell(alert('blue'), 'resolved');
    sides.unhealthy.add('blue');
    await see();
    expect((await operation())?.pausedBecause).not.toBeNull();
    sides.unhealthy.delete('blue');
    await see();

    expect((await operation())?.pausedBecause).toBeNull();
    expect(await raise(world.now())).toMatchObject({ kind: 'set' });
  });

  it('does not come while another alert of the same pause fires', async () => {
    await tell(alert('blue'));
    await judge(alert('blue'));
    world.pass(1_000);
    await tell(alert('blue', 'f2'));
    await judge(alert('blue', 'f2'), 'alert-2');
    await tell(alert('blue'), 'resolved');

    await well().look();

    expect((await operation())?.pausedBecause).not.toBeNull();
  });

  it('does not come by an alert that found the shift paused for another reason', async () => {
    const paused = { pausedBecause: 'error rate: no data', pausedAt: formatInstant(start) };
    await world.store.operations.update(shift.id, paused);
    world.pass(1_000);
    await tell(alert('blue'));
    await judge(alert('blue'));
    await tell(alert('blue'), 'resolved');

    await well().look();

    expect((await operation())?.pausedBecause).toBe('error rate: no data');
  });

  it.each([
    ['blue', 'undecided'],
    ['green', 'failed'],
  ] as const)('at its deadline a side counts as bad about which an alert fires: %s', async (environment, outcome) => {
    await tell(alert('blue', 'made'));
    await judge(alert('blue', 'made'));
    await tell(alert('blue', 'made'), 'resolved');
    await tell(alert(environment, 'fires'));
    world.pass(world.service.deadlines.pause + 1);

    expect(await well().look()).toMatchObject({ outcome, reason: expect.stringContaining('alert Slow fires') });
  });

  it('at its deadline before the first step ends the operation, whatever fires: nothing was moved that could go back', async () => {
    await world.store.operations.update(shift.id, { shiftedAt: null, weights: { blue: 100, green: 0 } });
    await tell(alert('blue'));
    await judge(alert('blue'));
    world.pass(world.service.deadlines.pause + 1);

    expect(await well().look()).toMatchObject({
      ...{ outcome: 'failed', cause: 'expired' },
      reason: expect.stringMatching(/nobody decided within .*; no traffic was moved \[PauseExpired\]/),
    });
  });

  it.each([
    ['an operation before', 'green', 'failed', 'neither side is bad now'],
    ['an operation before', 'blue', 'undecided', 'blue is bad (blue: alert Slow fires'],
    ['this one', 'green', 'failed', 'green is bad (green: alert Slow fires'],
  ] as const)(
    'at its deadline an alert that was answered for %s, about %s',
    async (whose, environment, outcome, told) => {
      const { name } = world.service;
      const paused = { pausedBecause: 'Slow about the service', pausedAt: formatInstant(start) };
      await world.store.operations.update(shift.id, paused);
      const old = alert(environment, 'old');
      await tell(old);
      const at = formatInstant(start);
      const answered = { action: 'return', by: 'b', startsAt: at, at } as const;
      const operationOf = { 'this one': shift.id, 'an operation before': 'earlier' };
      await world.store.alerts.markActedOn(name, old, { ...answered, operation: operationOf[whose] });
      world.pass(world.service.deadlines.pause + 1);

      expect(await well().look()).toMatchObject({ outcome, reason: expect.stringContaining(told) });
    },
  );
});
