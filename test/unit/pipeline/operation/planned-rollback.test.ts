import { beforeEach, describe, expect, it } from 'vitest';
import { allOn } from '../../../../contracts/names.ts';
import { personRollbackTriggerSchema } from '../../../../contracts/trigger.ts';
import { createHandler } from '../../../../functions/operation/handler.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { commit, createWorld, digest, executionOf, start, type World } from '../support/world.ts';

const left = { version: 'v2.1.0', digest: `sha256:${'ef'.repeat(32)}` };
let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A planned rollback from v2.1.0 on green to v2.0.5 on blue that has the lock and all the traffic where its person wants it. */
async function arrived(asked: { hold?: boolean } = {}) {
  const execution = executionOf('rollback-1');
  const { name: service } = world.service;
  const trigger = personRollbackTriggerSchema.parse({
    kind: 'person',
    wants: 'rollback',
    service,
    version: 'v2.0.5',
    reason: 'wrong findings on lateral views',
    actor: 'dana@example.com',
    at: start,
    ...asked,
  });
  const { id, deadline, startedAt } = await registerOperation(world, {
    execution,
    service: world.service,
    trigger,
    kind: 'rollback',
    reason: trigger.reason,
  });
  const claim = { operation: id, kind: 'rollback' as const, executionArn: execution.arn, at: startedAt, deadline };
  const acquired = await world.store.locks.acquire(service, claim);
  if (acquired.kind !== 'acquired') throw new Error('the lock was not free');
  await world.store.operations.update(id, {
    release: { version: 'v2.0.5', commit, digest, chartTree: null },
    live: { ...left, environment: 'green' },
    origin: 'green',
    target: 'blue',
    epoch: acquired.epoch,
    weights: allOn('blue'),
    shiftedAt: startedAt,
  });
  return { id, execution };
}

describe('a rollback that a person asks for', () => {
  it.each([
    ['is planned first', {}, 'gathering-evidence'],
    [
      'is planned first where its release has to be deployed',
      { emergency: true, deployFirst: true },
      'gathering-evidence',
    ],
    ['returns the traffic at once in an emergency', { emergency: true }, 'returning-traffic'],
  ])('%s', async (_, asked, state) => {
    const trigger = personRollbackTriggerSchema.parse({
      ...{ kind: 'person', wants: 'rollback', service: world.service.name, version: 'v2.0.5' },
      ...{ reason: 'wrong findings', actor: 'dana@example.com', at: start },
      ...asked,
    });

    const operation = await registerOperation(world, {
      execution: executionOf('rollback-1'),
      service: world.service,
      trigger,
      kind: 'rollback',
    });

    expect(operation).toMatchObject({ state, phases: [{ state }] });
  });
});

const handle = (command: object) =>
  createHandler({ ...world, rescueDeadHolder: async () => undefined, publishKept: async () => undefined })(command);
const holds = () => world.store.releases.holds(world.service.name);
const read = (id: string) => world.store.operations.read(id);
const wish = 'dana@example.com asked for it: wrong findings on lateral views';

describe('a planned rollback that has arrived', () => {
  it('holds what it left, where its person wants that, in their name and for their reason', async () => {
    const { id, execution } = await arrived({ hold: true });

    await handle({ action: 'finalize-deployment', execution });

    expect(await holds()).toEqual([
      expect.objectContaining({ ...left, operation: id, reason: 'wrong findings on lateral views' }),
    ]);
    expect(await world.store.audit.list(id)).toContainEqual(
      expect.objectContaining({ action: 'hold-release', phase: 'intent', actor: 'dana@example.com' }),
    );
  });

  it('holds nothing unless its person wants that', async () => {
    const { execution } = await arrived();

    await handle({ action: 'finalize-deployment', execution });

    expect(await holds()).toEqual([]);
  });

  it('holds it also when it had died right after its outcome was written', async () => {
    const { id, execution } = await arrived({ hold: true });
    await world.store.operations.end(id, { outcome: 'succeeded', reason: 'there', at: execution.startedAt });

    await handle({ action: 'finalize-deployment', execution });

    expect(await holds()).toHaveLength(1);
  });

  it('repeated, leaves a hold released that a person has released (I10)', async () => {
    const { execution } = await arrived({ hold: true });
    await handle({ action: 'finalize-deployment', execution });
    await world.store.releases.releaseHold(world.service.name, left.digest);

    await handle({ action: 'finalize-deployment', execution });

    expect(await holds()).toEqual([]);
  });

  it('keeps its person’s reason in its record', async () => {
    const { id, execution } = await arrived();

    await handle({ action: 'finalize-deployment', execution });

    expect((await read(id))?.reason).toBe(`v2.0.5 has 100 % of the traffic on blue. ${wish}`);
  });
});

describe('a planned rollback that does not arrive', () => {
  it('keeps its person’s reason beside why it was given up, and holds nothing', async () => {
    const { id, execution } = await arrived({ hold: true });
    await world.store.operations.update(id, {
      target: 'green',
      origin: 'blue',
      reason: 'Error rate 11.4 %, limit 1 % [ObjectiveBroken].',
    });

    await handle({ action: 'finalize-rollback', execution, reason: '' });

    expect((await read(id))?.reason).toBe(`Error rate 11.4 %, limit 1 % [ObjectiveBroken]. ${wish}`);
    expect(await holds()).toEqual([]);
  });

  it('keeps it beside why it was refused', async () => {
    const { id, execution } = await arrived();
    const { name: service } = world.service;
    const end = { action: 'end-before-lock', execution, service, trigger: null };

    await handle({ ...end, ending: 'rejected', reason: 'Rejected by ana@example.com: not today [Rejected]' });

    expect((await read(id))?.reason).toBe(`Rejected by ana@example.com: not today [Rejected]. ${wish}`);
  });
});
