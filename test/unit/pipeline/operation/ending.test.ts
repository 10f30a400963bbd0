import { beforeEach, expect, it } from 'vitest';
import { because } from '../../../../contracts/reason.ts';
import { createHandler as createNotify } from '../../../../functions/notify/handler.ts';
import { createHandler } from '../../../../functions/operation/handler.ts';
import { inShift, returned } from '../support/observing.ts';
import { createWorld, executionOf, start, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const handler = () =>
  createHandler({ ...world, rescueDeadHolder: async () => undefined, publishKept: async () => undefined });
const held = async () => (await world.store.releases.holds(world.service.name)).map(({ version }) => version);

it('a service that freezes holds the release that failed with traffic: it is not deployed again by itself (I6)', async () => {
  const { id, route } = await inShift(world);
  const { execution, id: rollback } = await returned(world, route, id);
  const { name: service } = world.service;

  await handler()({ action: 'freeze', execution, service, trigger: null, reason: 'both sides are bad' });

  expect(await world.store.releases.frozen(service)).toMatchObject({
    reason: 'Alert HighErrorRate (critical). both sides are bad [Unclassified]',
  });
  for (const operation of [id, rollback]) {
    expect(await world.store.operations.read(operation)).toMatchObject({ outcome: 'frozen' });
  }
  expect(await held()).toEqual(['v2.1.0']);
});

it('a rollback that freezes its service keeps why it was started: on record, on hold and in the page, once', async () => {
  const { id, route } = await inShift(world);
  const { execution, id: rollback } = await returned(world, route, id);
  const { name: service } = world.service;
  const alert = 'Alert HighErrorRate (critical): green is alerting';
  await world.store.operations.update(rollback, { reason: alert });
  const found = 'The traffic could not go back to blue within 15 min [ReturnLate]';
  const freeze = () => handler()({ action: 'freeze', execution, service, trigger: null, reason: found });
  const page = createNotify({ ...world, pagers: () => new Map([['sns', world.pager]]), newToken: () => '' });

  await freeze();
  await freeze();
  await page({ action: 'page', execution, service, reason: found });

  const both = `${alert}. ${found}`;
  expect(await world.store.releases.frozen(service)).toMatchObject({ reason: both });
  for (const operation of [id, rollback]) {
    expect(await world.store.operations.read(operation)).toMatchObject({ outcome: 'frozen', reason: both });
  }
  expect(await world.store.releases.holds(service)).toMatchObject([{ version: 'v2.1.0', reason: alert }]);
  expect(world.pager.pages.map(({ text }) => text)).toEqual([expect.stringContaining(both)]);
});

it('a return that could not even read the route is recorded with its alert', async () => {
  const { name: service } = world.service;
  const about = { environment: 'green', name: 'Slow', severity: 'critical', fingerprint: 'f1', summary: 'p95 4 s.' };
  const trigger = { kind: 'alert', service, ...about, startsAt: start };
  const execution = executionOf('rollback-1');

  await handler()({ action: 'freeze', execution, service, trigger, reason: 'Kubernetes: no answer' });

  expect(await world.store.releases.frozen(service)).toMatchObject({
    reason: 'Alert Slow (critical): p95 4 s. Kubernetes: no answer [Unclassified]',
  });
});

it.each([
  ['origin-worse', 'frozen', ['v2.1.0']],
  ['undecided', 'frozen', []],
  ['failed', 'rolled-back', ['v2.1.0']],
  ['fault', 'rolled-back', []],
] as const)('a deployment that returned its own traffic as %s ends %s', async (cause, ending, holds) => {
  const { execution, id } = await inShift(world);

  await handler()({ action: 'end-after-return', execution, cause, reason: 'the rollback could not be started' });

  expect(await world.store.operations.read(id)).toMatchObject({ outcome: ending });
  expect((await world.store.releases.frozen(world.service.name)) !== null).toBe(ending === 'frozen');
  expect(await held()).toEqual(holds);
});

it.each(['finalize-rollback', 'freeze'] as const)(
  'what %s ends shows the traffic where it is now, not its own last split',
  async (action) => {
    const { id, route } = await inShift(world);
    const { execution, id: rollback } = await returned(world, route, id);
    const { name: service } = world.service;
    await world.store.operations.update(id, { weights: { blue: 75, green: 25 } });
    await world.store.operations.update(rollback, { weights: { blue: 100, green: 0 } });

    await handler()({ action, execution, service, trigger: null, reason: 'unverified', problem: '' });

    expect((await world.store.operations.read(id))?.weights).toEqual({ blue: 100, green: 0 });
  },
);

it.each([
  ['failed', ['v2.1.0']],
  ['fault', []],
] as const)('a release that was returned as %s is on hold: %j', async (cause, holds) => {
  const { id, route } = await inShift(world);
  const { name: service } = world.service;
  const trigger = {
    kind: 'failure',
    service,
    operation: id,
    failed: null,
    cause,
    reason: because('ObjectiveBroken', 'Judge'),
  } as const;
  const { execution } = await returned(world, route, id, trigger);

  await handler()({ action: 'hold-release', execution });

  expect(await held()).toEqual(holds);
});
