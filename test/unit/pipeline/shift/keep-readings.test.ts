import { beforeEach, describe, expect, it } from 'vitest';
import { operationReadingsSchema } from '../../../../contracts/api/readings.ts';
import type { FakeRoute } from '../support/fake-route.ts';
import { inShift, observing, returned } from '../support/observing.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let route: FakeRoute;
let shift: Awaited<ReturnType<typeof inShift>>;
beforeEach(async () => {
  world = await createWorld();
  shift = await inShift(world);
  route = shift.route;
});

const readings = async (id = shift.id) => {
  const answer = await operatorApi(world).get(`/api/operations/${id}/readings`);
  return operationReadingsSchema.parse(await answer.json());
};

describe('what both sides measured', () => {
  it('is kept with the operation at each look, with its bounds, shares and pods', async () => {
    const { sides, handle } = observing(world, route, world.service, { ready: { blue: 3, green: 2 } });
    sides.errors.blue = 0.001;
    sides.errors.green = 0.2;

    await handle({ action: 'judge', execution: shift.execution, weight: 50 });
    world.pass(15_000);
    await handle({ action: 'judge', execution: shift.execution, weight: 50 });

    const { objectives, points } = await readings();
    expect(objectives[0]).toEqual({ name: 'error-rate', min: null, max: 0.01, unit: 'ratio', dryRun: false });
    expect(points).toHaveLength(2);
    expect(points[1]).toMatchObject({
      at: new Date(world.now()).toISOString(),
      blue: { weight: 50, ready: 3, values: { 'error-rate': 0.001 } },
      green: { weight: 50, ready: 2, values: { 'error-rate': 0.2 } },
    });
  });

  it('has no reading of a side that could not be asked, and judges on', async () => {
    const { sides, handle } = observing(world, route);
    sides.errors.blue = 'unreachable';

    expect(await handle({ action: 'judge', execution: shift.execution, weight: 50 })).toEqual({ outcome: 'judging' });

    const { points } = await readings();
    expect(points[0]).toMatchObject({ blue: { samples: null, values: {} }, green: { values: { 'error-rate': 0 } } });
  });

  it('is still there after the operation has ended, and in the rollback while its return is verified', async () => {
    const { handle } = observing(world, route);
    await handle({ action: 'judge', execution: shift.execution, weight: 50 });
    const rollback = await returned(world, route, shift.id);

    await handle({ action: 'verify-return', execution: rollback.execution });
    await world.store.operations.end(shift.id, { outcome: 'rolled-back', reason: 'x', at: shift.execution.startedAt });

    expect((await readings()).points).toHaveLength(1);
    expect((await readings(rollback.id)).points).toMatchObject([{ blue: { weight: 100, values: expect.anything() } }]);
  });

  it('holds nothing up when it cannot be kept, and that is logged', async () => {
    const { store } = world;
    const readings = { ...store.readings, put: () => Promise.reject(new Error('the table is full')) };
    const { handle } = observing({ ...world, store: { ...store, readings } }, route);

    expect(await handle({ action: 'judge', execution: shift.execution, weight: 50 })).toEqual({ outcome: 'judging' });
    expect(JSON.stringify(world.logged)).toContain('keep the readings');
  });

  it.each([
    ['a release that is about to go back', 0.6, 'failed', 1_000],
    ['one that is judged on', 0, 'judging', 3_000],
  ] as const)('does not keep %s waiting where the record hangs', async (_, share, outcome, most) => {
    const { store } = world;
    const readings = { ...store.readings, put: () => new Promise<never>(() => undefined) };
    const { sides, handle } = observing({ ...world, store: { ...store, readings } }, route);
    sides.answers.green = { failed: 1_000 * share, all: 1_000 };
    const began = Date.now();

    expect(await handle({ action: 'judge', execution: shift.execution, weight: 50 })).toMatchObject({ outcome });

    expect(Date.now() - began).toBeLessThan(most);
  });

  it('is nothing for an operation that was not judged, and refused for one that is not there', async () => {
    expect(await readings()).toEqual({ operation: shift.id, objectives: [], points: [] });
    expect((await operatorApi(world).get('/api/operations/none/readings')).status).toBe(404);
  });

  it('leaves out of a record what a later version, or somebody by hand, has made odd', async () => {
    await world.store.readings.put(shift.id, {
      objectives: 'none',
      spacing: 'wide',
      points: [{ at: 'noon' }],
    } as never);

    expect(await readings()).toEqual({ operation: shift.id, objectives: [], points: [] });
  });
});
