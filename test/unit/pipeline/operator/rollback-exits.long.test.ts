import { beforeEach, describe, expect, it } from 'vitest';
import { type Told, unlockedSchema } from '../../../../contracts/api/operator-actions.ts';
import { abortedSchema } from '../../../../contracts/api/started.ts';
import { milliseconds } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import type { OperationState } from '../../../../contracts/operation.ts';
import type { RollbackTrigger } from '../../../../contracts/trigger.ts';
import { createHandler as createActing } from '../../../../functions/act/handler.ts';
import { createHandler as createOperation } from '../../../../functions/operation/handler.ts';
import { createHandler as createReturning } from '../../../../functions/return-traffic/handler.ts';
import type { ActDeps } from '../../../../pipeline/ports.ts';
import { commandFaults, faultOf } from '../../../support/commands.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import type { FakeRoute } from '../support/fake-route.ts';
import { inShift, observing, returned } from '../support/observing.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, digest, machines, start, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** Where a rollback at once can be found, and where one that goes step by step or deploys its release first can. */
const atOnce = ['returning-traffic', 'verifying-return', 'diagnosing', 'cleaning-up', 'finalizing'] as const;
const stepwise = [
  'preparing-standby',
  'deploying',
  'syncing',
  'verifying-standby',
  'shifting-traffic',
  'validating-result',
  'finalizing',
] as const;
const wanted: Record<'planned' | 'deployed first', { emergency: boolean; deployFirst?: boolean }> = {
  planned: { emergency: false },
  'deployed first': { emergency: true, deployFirst: true },
};
const moments = [
  ...atOnce.map((state) => ['at once', state] as const),
  ...stepwise.flatMap((state) => [['planned', state] as const, ['deployed first', state] as const]),
];

/** A rollback that has the lock, in this state, with a part of the traffic on each side; its execution lives. */
async function rollingBack(kind: (typeof moments)[number][0], state: OperationState) {
  const { id: deployment, route } = await inShift(world);
  const { name: service } = world.service;
  const person = { kind: 'person' as const, wants: 'rollback' as const, service, version: 'v2.0.0', reason: 'bad' };
  const who = { hold: false, actor: 'ana@example.com', at: start };
  const trigger: RollbackTrigger | undefined = kind === 'at once' ? undefined : { ...person, ...who, ...wanted[kind] };
  const { execution, id } = await returned(world, route, deployment, trigger);
  route.weights = { blue: 75, green: 25 };
  await world.store.operations.update(deployment, { shiftedAt: new Date(start).toISOString() });
  await world.store.operations.enter(id, state, new Date(start).toISOString());
  const { name } = execution;
  await world.workflow.start({ stateMachineArn: machines.rollback, name, input: {} });
  const api = operatorApi(world, { cluster: () => fakeCluster(route.weights) });
  return { api, deployment, execution, id, route };
}

/** What a call answered, all of whose commands run as they are printed. */
async function runnable<Answer extends Told>(answer: Answer) {
  const { did, didNot, next } = answer;
  expect((await Promise.all(next.map(faultOf))).filter((fault) => fault !== null)).toEqual([]);
  expect(await commandFaults([...did, ...didNot].join('\n'))).toEqual([]);
  expect([...did, ...next].length).toBeGreaterThan(1);
  expect(didNot).toContainEqual(expect.stringContaining('No traffic was moved: blue has 75 %, green has 25 %.'));
  return answer;
}

/** The tasks of a rollback that look, write or decide, as its machine sends them. */
const tasks = (route: FakeRoute, execution: object) => {
  const { handle } = observing(world, route);
  const whole = { ...world, cluster: () => ({ ...fakeCluster(route.weights), router: route }) };
  // The branch is not come to.
  const act = createActing({ ...whole, wakeWaiting: async () => undefined, branch: {} } as unknown as ActDeps);
  const operate = createOperation({
    ...world,
    rescueDeadHolder: async () => undefined,
    publishKept: async () => undefined,
  });
  const own = { databaseBudget: milliseconds(5_000), publishKept: async () => undefined };
  const { name: service } = world.service;
  const about = { environment: 'green', name: 'HighErrorRate', severity: 'critical', fingerprint: 'f1', summary: null };
  const trigger = { kind: 'alert', service, ...about, startsAt: start };
  const takeBack = createReturning({ ...whole, ...own });
  return {
    'return-traffic': () => takeBack({ action: 'return-traffic', execution, service, trigger }),
    'ensure-target': () => act({ action: 'ensure-target', execution, waited: 0 }),
    'await-target': () => handle({ action: 'await-target', execution, waited: 0 }),
    'verify-return': () => handle({ action: 'verify-return', execution, waited: 0 }),
    diagnose: () => handle({ action: 'diagnose', execution }),
    'hold-release': () => operate({ action: 'hold-release', execution }),
    'clean-up': () => act({ action: 'clean-up', execution }),
  };
};

describe.each(moments)('a rollback %s that is %s', (kind, state) => {
  it('can be aborted: nothing moves by that, its next look sees it, and what it leaves is said', async () => {
    const { api, id, route } = await rollingBack(kind, state);

    const answer = await api.post(`/api/operations/${id}/abort`, { reason: 'blue is gone' });

    expect(answer.status).toBe(202);
    const told = await runnable(abortedSchema.parse(await answer.json()));
    expect(told).toMatchObject({ operation: id, rollback: null });
    expect(told.did.join()).toMatch(
      kind === 'at once' ? /ends within seconds and frees the lock/ : /its traffic goes back to where it was/,
    );
    expect((await world.store.operations.read(id))?.abort).toMatchObject({ reason: 'blue is gone' });
    expect(route.weights).toEqual({ blue: 75, green: 25 });
  });

  it('can be unlocked: it ends at once, frozen, its lock is free, and what it leaves is said (I5)', async () => {
    const { api, deployment, id, route } = await rollingBack(kind, state);

    const answer = await api.post(`/api/services/${world.service.name}/unlock`, { reason: 'it hangs' });

    expect(answer.status).toBe(200);
    const told = await runnable(unlockedSchema.parse(await answer.json()));
    expect(told).toMatchObject({ holder: id, outcome: 'frozen' });
    expect(told.next.join()).toContain('sluice break-glass');
    expect((await world.store.locks.read(world.service.name)).holder).toBeNull();
    for (const operation of [id, deployment]) {
      expect((await world.store.operations.read(operation))?.outcome).toBe('frozen');
    }
    expect(await world.store.releases.frozen(world.service.name)).not.toBeNull();
    expect(route.weights).toEqual({ blue: 75, green: 25 });
  });
});

describe('the next task of a rollback', () => {
  const looks = [
    ['return-traffic', 'undecided'],
    // The look that follows is the one that ends it.
    ['ensure-target', 'ensured'],
    ['await-target', 'aborted'],
    ['verify-return', 'aborted'],
  ] as const;
  it.each([...looks, ['clean-up', 'nothing-to-clean']] as const)(
    'that was aborted, %s, answers %s, and moves nothing',
    async (task, outcome) => {
      const { api, execution, id, route } = await rollingBack('at once', 'returning-traffic');
      await api.post(`/api/operations/${id}/abort`, { reason: 'blue is gone' });

      expect(await tasks(route, execution)[task]()).toMatchObject({ outcome });
      expect(route.writes).toEqual([]);
    },
  );

  it.each(looks)('that was aborted, %s, answers %s also while the cluster is away', async (task, outcome) => {
    const { api, execution, id, route } = await rollingBack('at once', 'returning-traffic');
    await api.post(`/api/operations/${id}/abort`, { reason: 'blue is gone' });
    route.read = async () => {
      throw new DependencyUnavailable('Kubernetes', 'no answer');
    };

    const answer = await tasks(route, execution)[task]();

    expect(answer).toMatchObject({ outcome });
    if ('reason' in answer) {
      expect(answer.reason).toMatch(/^The rollback was aborted by ana@example\.com: blue is gone/);
    }
  });

  it.each(['ensure-target', 'await-target', 'verify-return', 'diagnose', 'clean-up'] as const)(
    'that was unlocked, %s, finds that it has no lock and does nothing (I12)',
    async (task) => {
      const { api, execution, route } = await rollingBack('at once', 'returning-traffic');
      await api.post(`/api/services/${world.service.name}/unlock`, { reason: 'it hangs' });

      await expect(tasks(route, execution)[task]()).rejects.toMatchObject({ name: 'LockLost' });
      expect(route.weights).toEqual({ blue: 75, green: 25 });
    },
  );

  it('that was unlocked does not write over what its unlock has put on hold, nor put it on hold again', async () => {
    const { api, execution, route } = await rollingBack('at once', 'returning-traffic');
    await api.post(`/api/services/${world.service.name}/unlock`, { reason: 'it hangs' });
    const held = await world.store.releases.holds(world.service.name);

    await tasks(route, execution)['hold-release']();

    expect(held.map((hold) => hold.digest)).toEqual([digest]);
    expect(await world.store.releases.holds(world.service.name)).toEqual(held);
    await api.post(`/api/services/${world.service.name}/holds/release`, { version: 'v2.1.0', reason: 'mended' });
    await tasks(route, execution)['hold-release']();
    expect(await world.store.releases.holds(world.service.name)).toEqual([]);
  });
});
