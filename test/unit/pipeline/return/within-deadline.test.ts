import { beforeEach, describe, expect, it } from 'vitest';
import { milliseconds } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { because } from '../../../../contracts/reason.ts';
import type { RollbackTrigger } from '../../../../contracts/trigger.ts';
import { createHandler as createActing } from '../../../../functions/act/handler.ts';
import { createHandler as createReturning } from '../../../../functions/return-traffic/handler.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import type { ActDeps } from '../../../../pipeline/ports.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { inShift, observing, returned } from '../support/observing.ts';
import { createWorld, executionOf, personTrigger, start, type World } from '../support/world.ts';

/** A route that the cluster does not tell of. */
class AwayRoute extends FakeRoute {
  override async read(): Promise<never> {
    throw new DependencyUnavailable('Kubernetes production', 'no answer');
  }
}

let world: World;
let shift: Awaited<ReturnType<typeof inShift>>;
let away: AwayRoute;
beforeEach(async () => {
  world = await createWorld();
  shift = await inShift(world);
  away = new AwayRoute(shift.route.weights, shift.route.fence);
});

const triggers = () => {
  const service = world.service.name;
  const alert = { environment: 'green' as const, name: 'Slow', severity: 'critical', fingerprint: 'f1', summary: null };
  const person = { ...personTrigger(world), wants: 'rollback' as const, version: 'v2.0.0', reason: 'bad', hold: false };
  return {
    'an alert': { kind: 'alert', service, ...alert, startsAt: start },
    'a failed step': {
      kind: 'failure',
      service,
      operation: shift.id,
      failed: null,
      cause: 'failed',
      reason: because('ObjectiveBroken', 'slow'),
    },
    'an emergency': { ...person, emergency: true },
  } satisfies Record<string, RollbackTrigger>;
};
const returning = (trigger: RollbackTrigger, execution = executionOf('rollback-1')) => {
  const cluster = () => ({ ...fakeCluster(away.weights), router: away });
  const own = { databaseBudget: milliseconds(5_000), publishKept: async () => undefined };
  const handle = createReturning({ ...world, ...own, cluster });
  return () => handle({ action: 'return-traffic', execution, service: world.service.name, trigger });
};
/** A rollback that has the lock, with its service in the execution as its machine sends it. */
async function atWork() {
  const { execution } = await returned(world, shift.route, shift.id);
  const sent = { ...execution, service: world.service.name };
  const { handle } = observing(world, away);
  // Neither the branch nor waiting operations are touched here.
  const deps = { ...world, cluster: () => ({ ...fakeCluster(away.weights), router: away }) } as unknown as ActDeps;
  const act = createActing(deps);
  return {
    'await-target': () => handle({ action: 'await-target', execution: sent, waited: 0 }),
    'verify-return': () => handle({ action: 'verify-return', execution: sent, waited: 0 }),
    'ensure-target': () => act({ action: 'ensure-target', execution: sent, waited: 0 }),
  };
}

/** What it meets just before the deadline, and at it. */
async function around(task: () => Promise<unknown>) {
  const meets = () => task().then(String, ({ name, message }: Error) => `${name}: ${message}`);
  world.pass(world.service.deadlines.rollback - 1);
  const before = await meets();
  world.pass(1);
  return { before, at: await meets() };
}
const passing = 'DependencyUnavailable: Kubernetes production: no answer';
const over =
  'DeadlineExceeded: The return was not done within 15 min (deadlines.rollback): Kubernetes production: no answer';

describe('while the cluster is away, a return is tried again until its deadline and not for longer (I11)', () => {
  it.each(['an alert', 'a failed step', 'an emergency'] as const)('by %s', async (by) => {
    expect(await around(returning(triggers()[by]))).toEqual({ before: passing, at: over });
  });

  it.each(['await-target', 'ensure-target'] as const)('in %s', async (task) => {
    expect(await around((await atWork())[task])).toEqual({ before: passing, at: over });
  });
});

describe('what has other deadlines is tried again all the same', () => {
  it('a deployment that returns its own traffic, since no rollback could be started', async () => {
    const task = returning({ ...triggers()['a failed step'], operation: idOf(shift.execution) }, shift.execution);

    expect(await around(task)).toEqual({ before: passing, at: passing });
  });

  it('a return whose traffic is back, and which only has to be verified', async () => {
    expect(await around((await atWork())['verify-return'])).toEqual({ before: passing, at: passing });
  });
});
