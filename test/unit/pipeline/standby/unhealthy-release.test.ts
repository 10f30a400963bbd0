import { beforeEach, describe, expect, it } from 'vitest';
import { judgingAnew } from '../../../../pipeline/shift/judging-state.ts';
import { inShift, observing } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A shift that has half of the traffic, and one look after the other, `objectives.every` apart. */
async function shifting() {
  const { execution, id, route } = await inShift(world);
  const { sides, handle } = observing(world, route);
  const { every } = world.service.objectives;
  const look = async () => {
    const answer = await handle({ action: 'judge', execution, weight: 50 });
    world.pass(every);
    return answer;
  };
  return { execution, id, route, sides, handle, look };
}

describe('a release that becomes unhealthy with traffic', () => {
  it('goes back after three bad answers of a check through its preview, with the check as the reason', async () => {
    const { look, sides } = await shifting();
    await look();
    sides.unhealthy.add('green');

    expect(await look()).toEqual({ outcome: 'judging' });
    expect(await look()).toEqual({ outcome: 'judging' });
    expect(await look()).toEqual({
      outcome: 'failed',
      reason: expect.stringMatching(/^ready: answered 503, expected 200, 3 times in a row; predict: /),
    });
  });

  it('is not taken back for one bad answer, but its step does not end with it (I2)', async () => {
    const { look, sides, id } = await shifting();
    await look();
    world.pass(world.service.traffic.interval);
    sides.unhealthy.add('green');

    expect(await look()).toEqual({ outcome: 'judging' });
    expect((await world.store.operations.read(id))?.checks).toContainEqual(
      expect.objectContaining({
        name: 'health on green',
        result: 'inconclusive',
        reason: expect.stringMatching(/^not decided yet: ready: .*1 of 3 times in a row/),
      }),
    );
    sides.unhealthy.delete('green');
    expect(await look()).toEqual({ outcome: 'passed' });
  });

  it('goes back when a pod restarts again and again, by whichever process sees it', async () => {
    const { look, sides } = await shifting();
    await look();
    sides.pods.green[1] = { name: 'b', ready: true, restarts: 3 };

    expect(await look()).toEqual({
      outcome: 'failed',
      reason: 'pod b: container app has restarted 3 times since it had traffic [Unhealthy]',
    });
  });

  it('is held to its restarts over all steps: a new weight forgives none', async () => {
    const { look, sides, id } = await shifting();
    await look();
    sides.pods.green[1] = { name: 'b', ready: true, restarts: 2 };
    await look();
    const { judgement } = (await world.store.operations.read(id)) ?? { judgement: null };
    await world.store.operations.update(id, { judgement: judgingAnew({ judgement }, world.now()) });
    sides.pods.green[1] = { name: 'b', ready: true, restarts: 3 };

    expect(await look()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('restarted 3 times') });
  });

  it('goes back when a pod cannot pull its image, or too few are ready, for two minutes', async () => {
    const { look, sides } = await shifting();
    await look();
    sides.pods.green[2] = { name: 'c', waiting: 'ImagePullBackOff' };
    for (let since = 0; since < 8; since++) expect(await look()).toEqual({ outcome: 'judging' });

    expect(await look()).toEqual({
      outcome: 'failed',
      reason:
        'pod c does not start: ImagePullBackOff, for 2 min; 2 of 3 pods are ready (not ready: c ImagePullBackOff), for 2 min [Unhealthy]',
    });
  });

  it('goes back in the bake as well', async () => {
    const { execution, route, sides, handle } = await shifting();
    route.weights = { blue: 0, green: 100 };
    sides.unhealthy.add('green');
    const bake = () => handle({ action: 'bake', execution });

    expect([await bake(), await bake(), await bake()]).toMatchObject([
      { outcome: 'judging' },
      { outcome: 'judging' },
      { outcome: 'failed', reason: expect.stringContaining('3 times in a row') },
    ]);
  });

  it('goes back while the next weight waits for its capacity, looked at as often as in a step', async () => {
    const { execution, route } = await inShift(world);
    const { sides, handle } = observing(world, route, world.service, { patience: 55_000 });
    sides.unhealthy.add('green');
    const before = world.now();

    expect(await handle({ action: 'await-capacity', execution, weight: 100 })).toEqual({
      outcome: 'failed',
      reason: expect.stringMatching(/^ready: .*3 times in a row/),
    });
    expect(world.now() - before).toBe(2 * world.service.objectives.every);
  });

  it('is paused instead when it cannot be taken back', async () => {
    const { execution, route } = await inShift(world, { reversible: false });
    const { sides, handle } = observing(world, route);
    sides.unhealthy.add('green');
    const judge = () => handle({ action: 'judge', execution, weight: 50 });
    await judge();
    await judge();

    expect(await judge()).toMatchObject({ outcome: 'paused', reason: expect.stringContaining('3 times in a row') });
  });

  it('says nothing about the origin, whose health is nobody’s reason to return', async () => {
    const { look, sides } = await shifting();
    sides.unhealthy.add('blue');
    sides.pods.blue.length = 0;

    for (let since = 0; since < 12; since++) expect(await look()).toEqual({ outcome: 'judging' });
  });
});
