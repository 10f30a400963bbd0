import { beforeEach, describe, expect, it } from 'vitest';
import { inShift, observing, type Sides } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A shift that has half of the traffic, judged twice: the objective may be broken for five minutes. */
async function judged({ reversible = true, blue, green }: { reversible?: boolean; blue: number; green: number }) {
  const { execution, id, route } = await inShift(world, { reversible });
  const { sides, handle } = observing(world, route);
  sides.errors.blue = blue;
  sides.errors.green = green;
  const judge = () => handle({ action: 'judge', execution, weight: 50 });
  await judge();
  world.pass(5 * 60_000);
  const answer = await judge();
  return { execution, id, route, sides, handle, judge, answer };
}

describe('a release that fails with traffic', () => {
  it('goes back at once when the origin is good', async () => {
    const { answer } = await judged({ blue: 0, green: 0.05 });

    expect(answer).toEqual({ outcome: 'failed', reason: 'Error rate 5 %, limit 1 %, for 5 min [ObjectiveBroken]' });
  });

  it('is judged alone as long as it looks good', async () => {
    const { answer } = await judged({ blue: 0.5, green: 0 });

    expect(answer).toEqual({ outcome: 'passed' });
  });

  it('keeps the traffic when the origin was bad for as long, and worse (I2)', async () => {
    const { answer } = await judged({ blue: 0.5, green: 0.05 });

    expect(answer).toMatchObject({
      outcome: 'failed',
      cause: 'origin-worse',
      reason: expect.stringMatching(/both sides are bad.*blue: Error rate 50 %.*green: Error rate 5 %/),
    });
  });

  it('goes back when the origin was bad for as long, and less', async () => {
    const { answer } = await judged({ blue: 0.02, green: 0.05 });

    expect(answer).not.toHaveProperty('cause');
    expect(answer).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('both sides are bad') });
  });

  it('goes back when the origin is bad only now: that proves nothing yet', async () => {
    const { execution, route } = await inShift(world);
    const { sides, handle } = observing(world, route);
    sides.errors.green = 0.05;
    await handle({ action: 'judge', execution, weight: 50 });
    world.pass(5 * 60_000);
    sides.errors.blue = 0.5;

    expect(await handle({ action: 'judge', execution, weight: 50 })).toEqual({
      outcome: 'failed',
      reason: 'Error rate 5 %, limit 1 %, for 5 min [ObjectiveBroken]',
    });
  });

  it('is judged by nothing that was measured before its first traffic', async () => {
    const { execution, id, route } = await inShift(world);
    await world.store.operations.update(id, { shiftedAt: new Date(world.now() - 42_000).toISOString() });
    const { sides, handle } = observing(world, route);
    sides.errors.green = 0.05;

    await handle({ action: 'judge', execution, weight: 50 });

    expect(new Set(sides.asked.map(({ window }) => window))).toEqual(new Set(['42s']));
  });
});

describe('a release whose answers fail grossly', () => {
  /** Objectives that are patient for minutes, and one look. */
  async function lookedAtOnce(failed: { blue?: number; green: number }, errors: Partial<Sides['errors']> = {}) {
    const { execution, id, route } = await inShift(world);
    const { sides, handle } = observing(world, route);
    sides.answers.green = { failed: failed.green, all: 20 };
    sides.answers.blue = { failed: failed.blue ?? 0, all: 20 };
    Object.assign(sides.errors, errors);
    return { id, sides, answer: await handle({ action: 'judge', execution, weight: 50 }) };
  }

  it('goes back at the first look, with the counts as the reason, although the objectives have too few samples', async () => {
    const { answer, id } = await lookedAtOnce({ green: 12 }, { green: 0.6 });

    expect(answer).toEqual({ outcome: 'failed', reason: '12 of 20 answers failed, limit 50 % [AnswersFailing]' });
    expect((await world.store.operations.read(id))?.checks).toContainEqual(
      expect.objectContaining({ name: 'answers on green', result: 'fail' }),
    );
  });

  it('is judged on while less than that fails: the objectives have their patience', async () => {
    expect((await lookedAtOnce({ green: 9 }, { green: 0.45 })).answer).toEqual({ outcome: 'judging' });
  });

  it('keeps the traffic when the answers of the origin fail as grossly, and it is worse (I2)', async () => {
    const { answer } = await lookedAtOnce({ green: 12, blue: 20 }, { green: 0.6, blue: 1 });

    expect(answer).toMatchObject({
      outcome: 'failed',
      cause: 'origin-worse',
      reason: expect.stringMatching(/^12 of 20/),
    });
  });

  it('goes back when the origin has errors that are not gross', async () => {
    const { answer } = await lookedAtOnce({ green: 12, blue: 9 }, { green: 0.6, blue: 0.9 });

    expect(answer).toEqual({ outcome: 'failed', reason: '12 of 20 answers failed, limit 50 % [AnswersFailing]' });
  });

  it('goes back in the bake as well, and by the look that sees it within one call', async () => {
    const { execution, route } = await inShift(world);
    route.weights = { blue: 0, green: 100 };
    const { sides, handle } = observing(world, route, world.service, {
      patience: 55_000,
      onPause: (count) => {
        if (count === 2) sides.answers.green = { failed: 20, all: 20 };
      },
    });
    const before = world.now();

    expect(await handle({ action: 'bake', execution })).toMatchObject({
      outcome: 'failed',
      reason: '20 of 20 answers failed, limit 50 % [AnswersFailing]',
    });
    expect(world.now() - before).toBe(2 * world.service.objectives.every);
  });

  it('is judged by the objectives alone where the fast path is off', async () => {
    const { execution, route } = await inShift(world);
    const service = { ...world.service, objectives: { ...world.service.objectives, fast: null } };
    const { sides, handle } = observing(world, route, service);
    sides.answers.green = { failed: 20, all: 20 };

    expect(await handle({ action: 'judge', execution, weight: 50 })).toEqual({ outcome: 'judging' });
  });

  it('is measured over the short window of the fast path beside the longer one of the objectives', async () => {
    const { execution, id, route } = await inShift(world);
    await world.store.operations.update(id, { shiftedAt: new Date(world.now() - 3_600_000).toISOString() });
    const { sides, handle } = observing(world, route);

    await handle({ action: 'judge', execution, weight: 50 });

    expect(new Set(sides.asked.map(({ window }) => window))).toEqual(new Set(['300s', '60s']));
  });
});

describe('a failed release that cannot be taken back', () => {
  const failing = () => judged({ reversible: false, blue: 0, green: 0.05 });

  it('is paused where it is, with both sides compared (DESIGN §5, Data)', async () => {
    const { answer, id, route } = await failing();

    expect(answer).toMatchObject({ outcome: 'paused', reason: expect.stringContaining('compared, green is bad') });
    expect(await world.store.operations.read(id)).toMatchObject({
      pausedBecause: expect.stringContaining('cannot be rolled back'),
      outcome: null,
    });
    expect(route.writes).toEqual([]);
    const actions = (await world.store.audit.list(id)).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['pause', 'compare-sides']));
  });

  it('waits for a person, and is judged afresh once it is resumed', async () => {
    const { execution, id, handle, judge } = await failing();
    const decide = () => handle({ action: 'await-decision', execution });
    expect(await decide()).toEqual({ outcome: 'waiting' });

    await world.store.operations.update(id, { pausedBecause: null, pausedAt: null });

    expect(await decide()).toEqual({ outcome: 'resumed', weight: 50 });
    expect(await judge()).toEqual({ outcome: 'judging' });
    world.pass(5 * 60_000);
    expect(await judge()).toMatchObject({ outcome: 'paused' });
  });

  it('ends when a person aborts it, and at the deadline of a pause (I11)', async () => {
    const { execution, id, handle } = await failing();
    world.pass(world.service.deadlines.pause + 1);

    expect(await handle({ action: 'await-decision', execution })).toMatchObject({
      outcome: 'failed',
      cause: 'expired',
    });
    await world.store.operations.update(id, { abort: { actor: 'ana@example.com', reason: 'enough' } });
    expect(await handle({ action: 'await-decision', execution })).toEqual({
      outcome: 'aborted',
      reason: 'enough [Aborted]',
    });
  });

  it('is not waited for once somebody else has changed the weights (rule 8)', async () => {
    const { execution, handle, route } = await failing();
    route.weights = { blue: 60, green: 40 };

    expect(await handle({ action: 'await-decision', execution })).toMatchObject({ outcome: 'drift' });
  });
});
