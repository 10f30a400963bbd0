import { beforeEach, describe, expect, it } from 'vitest';
import { milliseconds } from '../../../../contracts/duration.ts';
import { allOn } from '../../../../contracts/names.ts';
import { createHandler } from '../../../../functions/operation/handler.ts';
import { createHandler as createReturn } from '../../../../functions/return-traffic/handler.ts';
import { rescueDeadHolder } from '../../../../pipeline/rescue/rescue-dead-holder.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { guardianOf } from '../support/guardian.ts';
import { inShift } from '../support/in-shift.ts';
import { createWorld, digest, executionOf, machines, registerGood, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A deployment that has all the traffic on green, and whose last task is next. */
const baked = () => inShift(world, allOn('green'));
type Baked = Awaited<ReturnType<typeof baked>>;

/** `Finalize` of a deployment; `store` may hold it up. */
const finalize = ({ execution }: Baked, store = world.store) =>
  createHandler({ ...world, store, rescueDeadHolder: async () => undefined, publishKept: async () => undefined })({
    action: 'finalize-deployment',
    execution,
  });
const returning = ({ route, operation }: Baked, kind: 'failure' | 'person' = 'failure') =>
  createReturn({
    ...world,
    cluster: () => ({ ...fakeCluster(route.weights), router: route }),
    databaseBudget: milliseconds(5_000),
    publishKept: async () => undefined,
  })({
    action: 'return-traffic',
    execution: executionOf('rollback-1'),
    service: world.service.name,
    trigger:
      kind === 'failure'
        ? { kind, service: world.service.name, operation: operation.id, failed: null, cause: 'failed', reason: 'bad' }
        : {
            kind,
            wants: 'rollback',
            service: world.service.name,
            version: 'last-known-good',
            reason: 'bad',
            emergency: true,
            actor: 'ana@example.com',
            at: world.now(),
          },
  });
const record = async ({ operation }: Baked) => world.store.operations.read(operation.id);
const succeededAt = async () => (await world.store.releases.read(world.service.name, digest))?.succeededAt;

describe('Finalize and a return at the same time', () => {
  it('an outcome that was held up until the return had begun is refused, and marks no release as good (I12)', async () => {
    const deployment = await baked();
    const { operations } = world.store;
    const heldUp = {
      ...world.store,
      operations: {
        ...operations,
        end: async (...ending: Parameters<typeof operations.end>) => {
          expect(await returning(deployment)).toMatchObject({ outcome: 'returned' });
          return operations.end(...ending);
        },
      },
    };

    await expect(finalize(deployment, heldUp)).rejects.toMatchObject({ name: 'LockLost' });

    expect(deployment.route.weights).toEqual(allOn('blue'));
    expect(await record(deployment)).toMatchObject({ outcome: null }); // the rollback writes it
    expect(await succeededAt()).toBeNull();
  });

  it('an outcome that came first stands: a failure that was on its way returns nothing any more', async () => {
    const deployment = await baked();
    await finalize(deployment);

    expect(await returning(deployment)).toMatchObject({ outcome: 'ignored' });

    expect(await record(deployment)).toMatchObject({ outcome: 'succeeded' });
    expect(deployment.route.weights).toEqual(allOn('green'));
    expect(await succeededAt()).not.toBeNull();
  });

  it('an outcome that came in between is decided on anew: an emergency goes back from a deployment that has succeeded', async () => {
    const deployment = await baked();
    await registerGood(world, { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}` });
    const { operations } = world.store;
    const update = operations.update;
    let finalized = false;
    Object.assign(operations, {
      update: async (...change: Parameters<typeof update>) => {
        if (!finalized && 'returnedBy' in change[1]) {
          finalized = true;
          await finalize(deployment);
        }
        return update(...change);
      },
    });

    expect(await returning(deployment, 'person')).toMatchObject({ outcome: 'returned' });

    expect(finalized).toBe(true);
    expect(await record(deployment)).toMatchObject({ outcome: 'succeeded', returnedBy: null });
    expect(deployment.route.weights).toEqual(allOn('blue'));
  });

  it('repeated after the return it changes nothing', async () => {
    const deployment = await baked();
    await returning(deployment);

    await expect(finalize(deployment)).rejects.toMatchObject({ name: 'LockLost' });

    expect(await record(deployment)).toMatchObject({ outcome: null });
    expect(deployment.route.weights).toEqual(allOn('blue'));
  });
});

describe('a Finalize that died between its outcome and the release of its lock', () => {
  const diesThere = async () => {
    const deployment = await baked();
    const at = new Date(world.now()).toISOString();
    await world.store.operations.end(deployment.operation.id, { outcome: 'succeeded', reason: 'done', at });
    return deployment;
  };

  it('is not returned by the next reader of the lock, who frees it and marks the release instead', async () => {
    const deployment = await diesThere();
    const lock = await world.store.locks.read(world.service.name);
    const deps = { ...world, rollbackMachine: machines.rollback };
    expect(await rescueDeadHolder(deps, world.service.name, lock)).toEqual({ kind: 'alive' });
    world.pass(60_000);

    expect(await rescueDeadHolder(deps, world.service.name, lock)).toEqual({ kind: 'released' });

    expect(world.workflow.started).toEqual([]);
    expect((await world.store.locks.read(world.service.name)).holder).toBeNull();
    expect(deployment.route.weights).toEqual(allOn('green'));
    expect(await succeededAt()).not.toBeNull();
  });

  it('is settled by the guardian in the same way', async () => {
    const deployment = await diesThere();
    const { arn: executionArn, name } = deployment.execution;

    await guardianOf(world)({
      source: 'aws.states',
      detail: { executionArn, stateMachineArn: machines.deployment, name, status: 'FAILED', startDate: world.now() },
    });

    expect((await world.store.locks.read(world.service.name)).holder).toBeNull();
    expect(await succeededAt()).not.toBeNull();
  });
});
