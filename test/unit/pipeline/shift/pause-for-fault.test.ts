import { beforeEach, expect, it } from 'vitest';
import { createHandler } from '../../../../functions/operation/handler.ts';
import { inShift } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const pauseFor = (execution: object, reason: string) =>
  createHandler({ ...world, rescueDeadHolder: async () => undefined, publishKept: async () => undefined })({
    action: 'pause-for-fault',
    execution,
    reason,
  });
const read = (id: string) => world.store.operations.read(id);

it('a shift that Sluice cannot go on with is paused where it is, and says why', async () => {
  const { execution, id } = await inShift(world);

  const answer = await pauseFor(execution, 'Lambda.TooManyRequestsException: Rate Exceeded.');

  expect(answer).toEqual({ outcome: 'paused' });
  expect(await read(id)).toMatchObject({
    pausedBecause: 'Sluice could not continue: Lambda.TooManyRequestsException: Rate Exceeded [TaskFailed].',
    pausedAt: new Date(world.now()).toISOString(),
    weights: { blue: 50, green: 50 },
    outcome: null,
  });
});

it('a pause that an alert demanded keeps its reason and its beginning (I7)', async () => {
  const { execution, id } = await inShift(world);
  const paused = { pausedBecause: 'blue, the origin, is alerting', pausedAt: '2026-11-23T14:50:00.000Z' };
  await world.store.operations.update(id, paused);

  expect(await pauseFor(execution, 'Broken: no')).toEqual({ outcome: 'paused' });

  expect(await read(id)).toMatchObject(paused);
});

it('without traffic on the target there is nothing to decide', async () => {
  const { execution, id } = await inShift(world);
  await world.store.operations.update(id, { weights: { blue: 100, green: 0 } });

  expect(await pauseFor(execution, 'Broken: no')).toEqual({ outcome: 'no-traffic' });

  expect(await read(id)).toMatchObject({ pausedBecause: null });
});

it('what a person is aborting is not paused', async () => {
  const { execution, id } = await inShift(world);
  await world.store.operations.update(id, { abort: { actor: 'ana@example.com', reason: 'enough' } });

  expect(await pauseFor(execution, 'Broken: no')).toEqual({ outcome: 'aborted' });
});
