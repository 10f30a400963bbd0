import { beforeEach, describe, expect, it } from 'vitest';
import type { EventBus } from '../../../../adapters/events/event-bus.ts';
import { milliseconds, seconds } from '../../../../contracts/duration.ts';
import type { SluiceEvent } from '../../../../contracts/events/sluice-event.ts';
import { announcing, publishLater, publishNow } from '../../../../pipeline/notice/announce.ts';
import { createWorld, digest, registerDeployment, type World } from '../support/world.ts';

const at = '2026-11-26T10:00:00.000Z';

describe('what is written into the store', () => {
  let world: World;
  let told: SluiceEvent[];
  let bus: EventBus;
  beforeEach(async () => {
    world = await createWorld();
    told = [];
    bus = {
      publish: async (event) => {
        told.push(event);
      },
    };
  });
  const types = () => told.map(({ type }) => type);
  const announced = () => announcing(world, publishNow({ bus, log: world.log }));

  it('is told to others in its order, states that nobody waits for left out', async () => {
    const { store } = announced();
    const { operation } = await registerDeployment(announced(), { name: 'one' });
    const { id, service } = operation;

    await store.operations.enter(id, 'awaiting-approval', at);
    await store.operations.enter(id, 'awaiting-approval', at);
    await store.operations.enter(id, 'syncing', at);
    await store.operations.update(id, { origin: 'blue', target: 'green' });
    await store.operations.enter(id, 'shifting-traffic', at);
    await store.operations.update(id, { pausedBecause: 'both are bad', pausedAt: at });
    await store.operations.update(id, { pausedBecause: null, pausedAt: null });
    await store.operations.end(id, { outcome: 'aborted', reason: 'by hand', at });
    await store.releases.hold(service, { version: 'v2.1.0', digest, reason: 'bad', operation: id, at });
    await store.releases.releaseHold(service, digest);
    await store.releases.freeze(service, { reason: 'look first', operation: null, by: 'ana@example.com', at });
    await store.releases.unfreeze(service);

    expect(types()).toEqual([
      'Operation Started',
      'Operation State Changed',
      'Operation State Changed',
      'Operation Paused',
      'Operation Resumed',
      'Operation Ended',
      'Release Held',
      'Release Hold Lifted',
      'Service Frozen',
      'Service Unfrozen',
    ]);
    expect(told[2]?.detail).toMatchObject({ state: 'shifting-traffic', operation: { id, target: 'green' } });
    expect(told[5]?.detail).toMatchObject({ outcome: 'aborted', reason: 'by hand', at });
  });

  it('is told again by whoever repeats it, as the first one wrote it and by the same id', async () => {
    const { store } = announced();
    const { id, service } = (await registerDeployment(world, { name: 'one' })).operation;
    const ending = { reason: 'first', at };

    await store.operations.end(id, { ...ending, outcome: 'aborted' });
    await store.operations.end(id, { ...ending, outcome: 'failed', reason: 'second' });
    await store.releases.freeze(service, { reason: 'first', operation: id, by: 'sluice', at });
    await store.releases.freeze(service, {
      reason: 'second',
      operation: id,
      by: 'sluice',
      at: '2026-11-26T11:00:00.000Z',
    });

    expect(types()).toEqual(['Operation Ended', 'Operation Ended', 'Service Frozen', 'Service Frozen']);
    expect(told[1]).toEqual(told[0]);
    expect(told[3]).toEqual(told[2]);
    expect(told[0]?.detail).toMatchObject({ outcome: 'aborted', reason: 'first' });
  });

  it('is written all the same when nobody can be told: at once, or never', async () => {
    const { id } = (await registerDeployment(world, { name: 'one' })).operation;
    const failing = async () => {
      throw new Error('no bus');
    };
    const hanging = () => new Promise<never>(() => undefined);

    for (const [publish, state, within] of [
      [failing, 'awaiting-approval', seconds(30)],
      [hanging, 'shifting-traffic', milliseconds(20)],
    ] as const) {
      const { store } = announcing(world, publishNow({ bus: { publish }, log: world.log, within }));
      expect(await store.operations.enter(id, state, at)).toBe('entered');
    }

    expect(world.logged).toEqual([
      expect.objectContaining({ level: 'warn', error: expect.objectContaining({ message: 'no bus' }) }),
      expect.objectContaining({ level: 'warn', error: expect.objectContaining({ name: 'DependencyUnavailable' }) }),
    ]);
  });

  it('waits to be told where there is no time for it (rule 6)', async () => {
    const { publish, publishKept } = publishLater({ bus, log: world.log });
    const { id } = (await registerDeployment(world, { name: 'one' })).operation;

    await announcing(world, publish).store.operations.end(id, { outcome: 'aborted', reason: 'by hand', at });
    expect(told).toEqual([]);
    await publishKept();
    await publishKept();

    expect(types()).toEqual(['Operation Ended']);
  });
});
