import { expect, it } from 'vitest';
import { createHandler } from '../../../../functions/return-traffic/handler.ts';
import { createWorld } from '../../pipeline/support/world.ts';

it('the daily call that keeps the network of the way back changes nothing', async () => {
  const world = await createWorld();
  const lock = await world.store.locks.read(world.service.name);
  const cluster = () => {
    throw new Error('nobody has to look at the cluster');
  };
  const handle = createHandler({
    ...world,
    databaseBudget: world.service.bake,
    publishKept: async () => undefined,
    cluster,
  });

  expect(await handle({ action: 'keep-warm' })).toEqual({ outcome: 'warm' });

  expect(await world.store.locks.read(world.service.name)).toEqual(lock);
  expect(await world.store.operations.list(world.service.name, 10)).toEqual([]);
});
