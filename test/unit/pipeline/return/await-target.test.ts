import { beforeEach, describe, expect, it } from 'vitest';
import type { Workloads } from '../../../../adapters/cluster/workloads.ts';
import { hours, minutes } from '../../../../contracts/duration.ts';
import type { EnvironmentName, Weights } from '../../../../contracts/names.ts';
import { createHandler } from '../../../../functions/act/handler.ts';
import type { ActDeps } from '../../../../pipeline/ports.ts';
import { fakeCluster, type ReadyPods } from '../support/fake-cluster.ts';
import { inShift, observing, returned } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const deadline = minutes(15);

/** A rollback at once to blue, which waits there while the route has these weights; what is ready changes with `ready`. */
async function waiting({ weights = { blue: 0, green: 100 } as Weights, ready = { blue: 0 } as ReadyPods } = {}) {
  const { id, route } = await inShift(world);
  const { execution, id: rollback } = await returned(world, route, id);
  route.weights = weights;
  if (route.fence !== null) route.fence = { ...route.fence, weights };
  const { handle } = observing(world, route, world.service, { ready });
  let waited = 0;
  const look = async () => {
    const answer = await handle({ action: 'await-target', execution, waited });
    if ('waited' in answer) waited = answer.waited;
    return answer;
  };
  return { execution, rollback, route, ready, look };
}

describe('the destination of a return that has no capacity ready', () => {
  it('is waited for by what all the traffic needs, and not by the least with which it may serve at all', async () => {
    const { ready, look } = await waiting();
    ready.blue = world.service.replicas.minAvailable - 1;

    expect(await look()).toMatchObject({ outcome: 'waiting' });
    ready.blue = 3;
    expect(await look()).toMatchObject({ outcome: 'ready' });
  });

  it('is waited for until the deadline of the rollback, and the reason says what was missing (I11)', async () => {
    const { ready, look } = await waiting();
    ready.blue = 1;
    world.pass(deadline - 1);

    expect(await look()).toMatchObject({ outcome: 'waiting' });
    world.pass(1);
    expect(await look()).toEqual({
      outcome: 'failed',
      reason:
        'The traffic could not go back to blue within 15 min (deadlines.rollback): 1 of the 3 pods that it needs are ready; ' +
        'the traffic is at blue 0 %, green 100 % [ReturnLate]',
    });
  });

  it('is not waited for any longer when the clock is set back: what was waited counts', async () => {
    const { execution, route } = await waiting();
    world.pass(-hours(5));
    const { handle } = observing(world, route, world.service, { ready: { blue: 0 } });
    const look = (waited: number) => handle({ action: 'await-target', execution, waited });

    expect(await look(899)).toMatchObject({ outcome: 'waiting', waited: 900 });
    expect(await look(900)).toMatchObject({ outcome: 'failed' });
  });

  it('is no longer waited for once another operation has the lock', async () => {
    const { look, rollback } = await waiting();
    await world.store.locks.release(world.service.name, rollback);

    await expect(look()).rejects.toMatchObject({ name: 'LockLost' });
  });

  it('is no longer waited for once a person aborts it', async () => {
    const { look, rollback } = await waiting();
    await world.store.operations.update(rollback, { abort: { actor: 'ana@example.com', reason: 'blue is gone' } });

    expect(await look()).toEqual({
      outcome: 'aborted',
      reason: 'The rollback was aborted by ana@example.com: blue is gone [ReturnAborted]',
    });
  });

  it.each<[string, Weights, ReadyPods, EnvironmentName | null]>([
    [
      'gets nothing more where its part of a split is lost and the other side can take all of it',
      { blue: 75, green: 25 },
      { blue: 0, green: 3 },
      'green',
    ],
    ['stays as it is where the other side could not take it', { blue: 75, green: 25 }, { blue: 0, green: 1 }, null],
    ['stays as it is where it has no traffic', { blue: 0, green: 100 }, { blue: 0, green: 3 }, null],
  ])('at the deadline: %s (I2)', async (_what, weights, ready, side) => {
    const { look } = await waiting({ weights, ready });
    world.pass(deadline);

    const answer = await look();

    expect(answer).toMatchObject(side === null ? { outcome: 'failed' } : { outcome: 'both-bad', environment: side });
  });

  it('at the deadline: a return that stands in for one that died gives way as that one might have', async () => {
    const { id, route } = await inShift(world);
    const dead = await returned(world, route, id);
    const { name: service } = world.service;
    const died = { executionArn: dead.execution.arn, status: 'FAILED' as const };
    const trigger = { kind: 'dead-execution' as const, service, operation: dead.id, ...died };
    const { execution } = await returned(world, route, id, trigger, 'rollback-2');
    route.weights = { blue: 75, green: 25 };
    const { handle } = observing(world, route, world.service, { ready: { blue: 0, green: 3 } });
    world.pass(deadline);

    const answer = await handle({ action: 'await-target', execution, waited: 0 });

    expect(answer).toMatchObject({ outcome: 'both-bad', environment: 'green' });
  });
});

describe('a round of a return', () => {
  const raised: unknown[] = [];
  const ensuring = (route: Awaited<ReturnType<typeof waiting>>['route']) => {
    const cluster = fakeCluster(route.weights);
    const workloads: Workloads = {
      ...cluster.workloads,
      setMinimumReplicas: async (_namespace, _name, minimum, _fence, options) => {
        raised.push([minimum, options?.purpose]);
        return { kind: 'set', before: 1, minimum, maximum: 10 };
      },
    };
    // Neither the branch nor waiting operations are touched here.
    const deps = { ...world, cluster: () => ({ ...cluster, workloads, router: route }) } as unknown as ActDeps;
    return createHandler(deps);
  };

  it('raises the destination to what all the traffic needs, and nothing that it meets may stop it', async () => {
    const { execution, route } = await waiting();
    raised.length = 0;

    await ensuring(route)({ action: 'ensure-target', execution, waited: 0 });

    expect(raised).toEqual([[3, 'return']]);
  });

  it('pauses before it looks again, and longer the longer it has gone on', async () => {
    const { execution, route } = await waiting();
    const ensure = ensuring(route);

    expect(await ensure({ action: 'ensure-target', execution, waited: 0 })).toEqual({
      outcome: 'ensured',
      pause: 1,
      waited: 1,
    });
    expect(await ensure({ action: 'ensure-target', execution, waited: 60 })).toEqual({
      outcome: 'ensured',
      pause: 6,
      waited: 66,
    });
  });
});
