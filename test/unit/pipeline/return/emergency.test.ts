import { beforeEach, describe, expect, it } from 'vitest';
import { milliseconds } from '../../../../contracts/duration.ts';
import { allOn } from '../../../../contracts/names.ts';
import { personRollbackTriggerSchema } from '../../../../contracts/trigger.ts';
import { createHandler as createOperation } from '../../../../functions/operation/handler.ts';
import { createHandler as createReturn } from '../../../../functions/return-traffic/handler.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { observing } from '../support/observing.ts';
import { createWorld, digest, executionOf, registerGood, start, type World } from '../support/world.ts';

const standing = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}` };
const older = { version: 'v1.9.0', digest: `sha256:${'11'.repeat(32)}` };
const execution = executionOf('rollback-1');
const id = idOf(execution);
let world: World;
let route: FakeRoute;
beforeEach(async () => {
  world = await createWorld();
  // v2.1.0 is live on green; v2.0.0 stands on blue with three pods.
  route = new FakeRoute(allOn('green'), null);
  await registerGood(world, { version: 'v2.1.0', digest });
});

const asked = (version: string) =>
  personRollbackTriggerSchema.parse({
    ...{ kind: 'person', wants: 'rollback', service: world.service.name, version, emergency: true },
    ...{ reason: 'wrong findings', actor: 'ana@example.com', at: start },
  });

const returning = (version: string) =>
  createReturn({
    ...world,
    cluster: () => ({ ...fakeCluster(route.weights), router: route }),
    databaseBudget: milliseconds(5_000),
    publishKept: async () => undefined,
  })({ action: 'return-traffic', execution, service: world.service.name, trigger: asked(version) });
const operate = (command: object) =>
  createOperation({ ...world, rescueDeadHolder: async () => undefined, publishKept: async () => undefined })(command);
const record = async () => world.store.operations.read(id);

describe('an emergency at rest', () => {
  it('returns to what was good and really runs there, and says which release that is', async () => {
    await registerGood(world, standing);

    expect(await returning('last-known-good')).toMatchObject({ outcome: 'returned' });

    expect(route.weights).toEqual(allOn('blue'));
    expect(await record()).toMatchObject({ release: standing, target: 'blue' });
  });

  it('moves nothing to an image that nobody knows, and ends as an operation that names what is possible', async () => {
    await registerGood(world, older);

    const answer = await returning('last-known-good');

    expect(answer).toMatchObject({ outcome: 'refused', ending: 'failed-validation' });
    const reason = 'reason' in Object(answer) ? Object(answer).reason : '';
    expect(reason).toContain('Possible: v1.9.0 (deployed first: minutes)');
    expect(route.writes).toEqual([]);
    const trigger = asked('last-known-good');
    const ended = { action: 'end-before-lock', execution, service: world.service.name, trigger };
    await operate({ ...ended, ending: 'failed-validation', reason });
    expect(await record()).toMatchObject({ outcome: 'failed-validation', reason });
  });

  it('deploys first what was good and runs nowhere: at once, without approval, held up by no freeze', async () => {
    await registerGood(world, older);
    const frozen = { reason: 'green is bad', operation: null, by: 'ana@example.com' };
    await world.store.releases.freeze(world.service.name, { ...frozen, at: execution.startedAt });

    // However often the task is repeated (I10).
    for (let attempt = 0; attempt < 2; attempt++) expect(await returning('v1.9.0')).toEqual({ outcome: 'planned' });
    const plan = { action: 'plan-rollback', execution, service: world.service.name };
    expect(await observing(world, route).handle(plan)).toEqual({
      outcome: 'urgent',
      recheckSeconds: world.service.approvals.recheck / 1_000,
    });

    expect(await record()).toMatchObject({
      release: older,
      live: { version: 'v2.1.0' },
      // What it leaves is held, as by any emergency (I6), and it has the deadline of what is deployed.
      trigger: { emergency: true, deployFirst: true, hold: true },
      deadline: new Date(start + world.service.deadlines.operation).toISOString(),
    });
    expect(await operate({ action: 'acquire-lock', execution })).toEqual({ outcome: 'acquired' });
    expect(route.weights).toEqual(allOn('green'));
  });

  it('refuses what is on hold, and keeps a hold that was made while it waited', async () => {
    await registerGood(world, older);
    expect(await returning('v1.9.0')).toEqual({ outcome: 'planned' });
    const hold = { ...older, reason: 'it leaks', operation: 'op', at: execution.startedAt };
    await world.store.releases.hold(world.service.name, hold);

    const plan = { action: 'plan-rollback', execution, service: world.service.name };
    expect(await observing(world, route).handle(plan)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('v1.9.0 is on hold: it leaks [RollbackRefused]. Possible: none.'),
    });
  });
});
