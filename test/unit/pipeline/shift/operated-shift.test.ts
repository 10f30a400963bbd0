import { beforeEach, describe, expect, it } from 'vitest';
import type { EnvironmentBranch } from '../../../../adapters/gitops/environment-branch.ts';
import { operationSchema } from '../../../../contracts/api/operation.ts';
import { createHandler } from '../../../../functions/act/handler.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import type { FakeRoute } from '../support/fake-route.ts';
import { inShift, observing, returned } from '../support/observing.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

let world: World;
let route: FakeRoute;
let shift: Awaited<ReturnType<typeof inShift>>;
let api: ReturnType<typeof operatorApi>;
beforeEach(async () => {
  world = await createWorld();
  shift = await inShift(world);
  route = shift.route;
  api = operatorApi(world);
});

const ask = (what: 'pause' | 'promote' | 'resume', body: object = {}, id = shift.id) =>
  api.post(`/api/operations/${id}/${what}`, { reason: 'I have looked', ...body });
const steered = async (...asked: Parameters<typeof ask>) => {
  const answer = await ask(...asked);
  expect(answer.status).toBe(200);
  return operationSchema.parse(await answer.json());
};
const refusal = async (...asked: Parameters<typeof ask>) => {
  const answer = await ask(...asked);
  return [answer.status, (await api.errorOf(answer)).message];
};
const shifted = async (weight: number) => {
  const weights = { blue: 100 - weight, green: weight };
  route.weights = weights;
  if (route.fence !== null) route.fence = { ...route.fence, weights };
  await world.store.operations.update(shift.id, { weights });
};
const judge = (weight = 50, sides: (of: ReturnType<typeof observing>['sides']) => void = () => undefined) => {
  const observed = observing(world, route);
  sides(observed.sides);
  return observed.handle({ action: 'judge', execution: shift.execution, weight });
};
/** The function that writes, in a cluster whose environments have room for everything. */
const act = (command: object) =>
  createHandler({
    ...world,
    wakeWaiting: async () => undefined,
    branch: {} as EnvironmentBranch,
    cluster: () => {
      const cluster = fakeCluster(route.weights, { blue: 3, green: 3 });
      const object = 'HorizontalPodAutoscaler production-green/chest-xray-mlops';
      const capacity = { object, minimum: 10, limit: { field: 'maxReplicas', pods: 10 }, fence: null, problem: null };
      return {
        ...cluster,
        router: route,
        workloads: {
          ...cluster.workloads,
          readCapacity: async () => capacity,
          setMinimumReplicas: async () => undefined,
        } as never,
      };
    },
  })({ ...command, execution: shift.execution });

describe('a step that was promoted', () => {
  it('ends with the next look at which all is well, and the one after it is judged in full', async () => {
    expect(await judge()).toEqual({ outcome: 'judging' });

    await steered('promote');

    expect(await judge()).toEqual({ outcome: 'passed' });
    await shifted(75);
    expect(await judge(75)).toEqual({ outcome: 'judging' });
  });

  it('stands in the audit with who wanted it and why', async () => {
    const { timeline } = await steered('promote', { to: 'all' });

    expect(timeline).toContainEqual(
      expect.objectContaining({
        ...{ action: 'promote', phase: 'intent', actor: 'ana@example.com' },
        details: expect.objectContaining({ reason: 'I have looked', wanted: { to: 'all', weight: 50 } }),
      }),
    );
  });

  it('does not end while an objective is broken or the release is not healthy (I2), and returns what fails', async () => {
    await steered('promote');

    expect(await judge(50, (sides) => (sides.errors.green = 0.5))).toEqual({ outcome: 'judging' });
    expect(await judge(50, (sides) => sides.unhealthy.add('green'))).toEqual({ outcome: 'judging' });
    const gross = await judge(50, (sides) => (sides.answers.green = { failed: 600, all: 1_000 }));
    expect(gross).toMatchObject({ outcome: 'failed' });
  });

  it('ends although nothing is measured: a person has answered for it', async () => {
    await steered('promote');

    expect(await judge(50, (sides) => (sides.errors.green = 'unreachable'))).toEqual({ outcome: 'passed' });
  });

  it('is followed by all of the traffic where every step was, and the bake is judged in full', async () => {
    expect(await act({ action: 'raise-capacity' })).toMatchObject({ outcome: 'raised', weight: 100 });
    await shifted(5);
    expect(await act({ action: 'raise-capacity' })).toMatchObject({ outcome: 'raised', weight: 25 });

    await steered('promote', { to: 'all' });

    expect(await act({ action: 'raise-capacity' })).toMatchObject({ outcome: 'raised', weight: 100 });
    await shifted(100);
    expect(await judge(100)).toEqual({ outcome: 'passed' });
    const bake = await observing(world, route).handle({ action: 'bake', execution: shift.execution });
    expect(bake).toEqual({ outcome: 'judging' });
  });

  it('is none before the target has traffic', async () => {
    await world.store.operations.update(shift.id, { weights: { blue: 100, green: 0 } });

    expect(await refusal('promote')).toEqual([409, expect.stringContaining('its target has no traffic yet')]);
  });

  it('is none where no step is under way', async () => {
    await world.store.operations.enter(shift.id, 'baking', shift.execution.startedAt);

    expect(await refusal('promote')).toEqual([
      409,
      expect.stringMatching(/has no step to skip now: it has all of the traffic/),
    ]);
    expect(await refusal('promote', { to: 'some' })).toEqual([400, expect.any(String)]);
  });
});

describe('a step after which a person is asked', () => {
  const asking = () => {
    Object.assign(world.service.traffic, { pauseAfter: [50] });
    return world.service.traffic.interval;
  };
  const stateOf = async () => world.store.operations.read(shift.id);

  it('pauses once it was judged good, and goes on when that person says so, without asking again', async () => {
    const interval = asking();
    await judge();
    expect(await stateOf()).toMatchObject({ pausedBecause: null });
    world.pass(interval);

    expect(await judge()).toEqual({ outcome: 'judging' });
    expect(await stateOf()).toMatchObject({
      pausedBecause: expect.stringContaining('a person is asked after 50 %'),
      askedAfter: 50,
    });
    await steered('resume');

    expect(await judge()).toEqual({ outcome: 'passed' });
  });

  it('asks nobody about a release that is bad, about another step, nor once it was promoted', async () => {
    const interval = asking();
    await judge();
    world.pass(interval);
    expect(await judge(50, (sides) => (sides.errors.green = 0.5))).toEqual({ outcome: 'judging' });
    expect(await stateOf()).toMatchObject({ askedAfter: null });

    await steered('promote');
    expect(await judge()).toEqual({ outcome: 'passed' });

    await shifted(75);
    expect(await judge(75)).toEqual({ outcome: 'passed' });
  });

  it('ends at the deadline of a pause where nobody answers', async () => {
    const interval = asking();
    await judge();
    world.pass(interval);
    await judge();
    world.pass(world.service.deadlines.pause);

    expect(await judge()).toMatchObject({ outcome: 'failed', cause: 'expired' });
  });
});

describe('a shift that a person paused', () => {
  const interval = () => world.pass(world.service.traffic.interval);

  it('gets no more traffic until it is resumed, and goes on then', async () => {
    await judge();
    const paused = await steered('pause');
    interval();

    expect(paused).toMatchObject({
      pausedBecause: 'ana@example.com paused it: I have looked',
      waiting: { kind: 'pause' },
    });
    expect(await judge()).toEqual({ outcome: 'judging' });
    expect(await act({ action: 'set-weight', weight: 75, seq: 4 })).toMatchObject({ outcome: 'not-ready' });
    expect(route.weights).toEqual({ blue: 50, green: 50 });

    await steered('resume');
    expect(await judge()).toEqual({ outcome: 'passed' });
  });

  it.each(['judge', 'await-capacity'])('is judged all the while, at %s: what fails goes back', async (action) => {
    await steered('pause');
    world.pass(world.service.objectives.every);
    const { sides, handle } = observing(world, route);
    sides.answers.green = { failed: 600, all: 1_000 };

    expect(await handle({ action, execution: shift.execution, weight: 50 })).toMatchObject({ outcome: 'failed' });
  });

  it('ends at the deadline of a pause, with the traffic back', async () => {
    await steered('pause');
    world.pass(world.service.deadlines.pause);

    expect(await judge()).toMatchObject({ outcome: 'failed', cause: 'expired' });
  });

  it('is neither paused again nor promoted, so that the first reason stands', async () => {
    await steered('pause');

    expect(await refusal('pause')).toEqual([409, expect.stringContaining('is already paused')]);
    expect(await refusal('promote')).toEqual([
      409,
      expect.stringMatching(/ is paused: .*Resume it before: sluice resume/),
    ]);
  });

  it('is never a way back, nor what has not begun to change anything, nor what has ended', async () => {
    const { operation: waiting } = await registerDeployment(world, { name: 'deploy-2' });
    expect(await refusal('pause', {}, waiting.id)).toEqual([
      409,
      expect.stringContaining('has not changed anything yet'),
    ]);

    const back = await returned(world, route, shift.id);
    expect(await refusal('pause', {}, back.id)).toEqual([409, expect.stringContaining('which cannot be paused')]);

    await world.store.operations.end(back.id, { outcome: 'succeeded', reason: 'back', at: shift.execution.startedAt });
    expect(await refusal('pause', {}, back.id)).toEqual([409, expect.stringContaining('has ended')]);
  });
});
