import { beforeEach, describe, expect, it } from 'vitest';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { inShift, observing } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A service whose first objective is compared, by the counts that `sides.answers` has. */
function comparing(notice: number | null): ServiceConfiguration {
  const { service } = world;
  const [first, ...rest] = service.objectives.list;
  if (first === undefined) throw new Error('The service has no objective.');
  const compare = {
    total: 'istio_requests_total{{window}}',
    bad: 'istio_requests_total{response_code=~"5.."}{{window}}',
    ...{ tolerate: 0.01, notice },
  };
  const objectives = {
    ...service.objectives,
    fast: null,
    samples: null,
    minSamples: 0,
    list: [{ ...first, compare }, ...rest],
  };
  return { ...service, objectives };
}

async function shifting({ notice = null }: { notice?: number | null } = {}) {
  const { execution, id, route } = await inShift(world);
  const service = comparing(notice);
  const { sides, handle } = observing(world, route, service);
  sides.answers.blue = { failed: 3, all: 2_300 };
  sides.answers.green = { failed: 0, all: 20 };
  const checks = async () => (await world.store.operations.read(id))?.checks ?? [];
  const judge = () => handle({ action: 'judge', execution, weight: 50 });
  const bake = async () => {
    route.weights = { blue: 0, green: 100 };
    return handle({ action: 'bake', execution });
  };
  return { id, service, sides, judge, bake, checks };
}

describe('a release whose answers are compared with those of its origin', () => {
  it('goes back at the first look that is certain that they are worse, though no objective is broken', async () => {
    const { sides, judge } = await shifting();
    expect(await judge()).toEqual({ outcome: 'judging' });
    sides.answers.green = { failed: 24, all: 240 };

    expect(await judge()).toEqual({
      outcome: 'failed',
      reason:
        'Error rate: 24 of 240 answers on green, 3 of 2,300 answers on blue: worse than blue and than 1 % with 99.9 % certainty [WorseThanOrigin]',
    });
  });

  it('is not blamed for a night that is bad for both', async () => {
    const { sides, judge, checks } = await shifting();
    sides.answers.blue = { failed: 230, all: 2_300 };
    sides.answers.green = { failed: 24, all: 240 };

    expect(await judge()).toEqual({ outcome: 'judging' });
    expect(await checks()).toContainEqual(
      expect.objectContaining({ name: 'error-rate on green beside blue', result: 'pass' }),
    );
  });

  it('is counted since the step began, on both sides', async () => {
    const { id, sides, judge } = await shifting();
    await world.store.operations.update(id, { shiftedAt: new Date(world.now() - 3_600_000).toISOString() });
    await judge();
    world.pass(42_000);
    sides.asked.length = 0;
    await judge();

    const ofStep = sides.asked.filter(({ window }) => window === '42s').map(({ environment }) => environment);
    expect(ofStep.toSorted()).toEqual(['blue', 'blue', 'green', 'green']);
  });

  it('has nothing to be compared with while it has all the traffic', async () => {
    const { sides, bake, checks } = await shifting();
    sides.answers.green = { failed: 240, all: 240 };

    expect(await bake()).toEqual({ outcome: 'judging' });
    expect(await checks()).toContainEqual(expect.objectContaining({ name: 'error-rate on green', result: 'pass' }));
  });

  it('passes its step whatever is not known, unless something has to be ruled out', async () => {
    const { service, judge } = await shifting();
    await judge();
    world.pass(service.traffic.interval);

    expect(await judge()).toEqual({ outcome: 'passed' });
  });

  it('passes its step only once what has to be noticed is ruled out', async () => {
    const { service, sides, judge, checks } = await shifting({ notice: 0.05 });
    await judge();
    world.pass(service.traffic.interval);
    expect(await judge()).toEqual({ outcome: 'judging' });
    expect(await checks()).toContainEqual(
      expect.objectContaining({
        result: 'inconclusive',
        reason: expect.stringContaining('0 of 20 answers on green, 3 of 2,300 answers on blue: too few to tell'),
      }),
    );
    sides.answers.green = { failed: 0, all: 200 };

    expect(await judge()).toEqual({ outcome: 'passed' });
  });

  it('ends as configured when that stays unknown', async () => {
    const { service, judge } = await shifting({ notice: 0.05 });
    await judge();
    world.pass(service.traffic.interval);
    await judge();
    world.pass(service.objectives.inconclusive.deadline);

    expect(await judge()).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/too few to tell whether it is below 5 %; inconclusive for 10 min/),
    });
  });

  it('is judged without a comparison where the counts cannot be read', async () => {
    const { sides, judge, checks } = await shifting();
    sides.answers.green = { failed: Number.NaN, all: 240 };

    expect(await judge()).toEqual({ outcome: 'judging' });
    expect(await checks()).toContainEqual(
      expect.objectContaining({
        result: 'inconclusive',
        reason: expect.stringMatching(/^counts of error-rate: no data/),
      }),
    );
  });
});
