import { beforeEach, describe, expect, it } from 'vitest';
import type { QueryOptions } from '../../../../adapters/metrics/metrics-source.ts';
import { operationReadingsSchema } from '../../../../contracts/api/readings.ts';
import type { Objective } from '../../../../contracts/configuration/objectives.ts';
import { postDeploymentSchema } from '../../../../contracts/configuration/post-deployment.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import type { QueryValues } from '../../../../contracts/configuration/template.ts';
import { minutes } from '../../../../contracts/duration.ts';
import { judgingAnew } from '../../../../pipeline/shift/judging-state.ts';
import { inShift, observing } from '../support/observing.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, executionOf, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** An objective of at least 10 orders a second, which `orders` says. */
const orders = (over: Partial<Objective> = {}): Objective => ({
  ...{ name: 'orders', at: 2, query: 'orders', min: 10, unit: 'per-second', for: minutes(1) },
  ...{ dryRun: false, compare: null },
  ...over,
});

/** A shift at 50 %; `rate` is how many orders each side has a second. */
async function shifting(changes: (service: ServiceConfiguration) => Partial<ServiceConfiguration['objectives']>) {
  const { execution, id, route } = await inShift(world);
  const plain = { ...world.service.objectives, fast: null, samples: null, minSamples: 0 };
  const postDeployment = postDeploymentSchema.parse({ performance: { onFailure: 'return' } });
  const service = { ...world.service, postDeployment, objectives: { ...plain, ...changes(world.service) } };
  const rate: Record<string, number | 'away'> = { blue: 50, green: 3 };
  const waited: Record<string, number | undefined> = {};
  const metrics = {
    async query(expression: string, { environment }: QueryValues, { at, within }: QueryOptions = {}) {
      waited[expression] = within;
      if (expression !== 'orders') return { kind: 'value' as const, value: 0.001 };
      const value = at === undefined ? (rate[environment] ?? 0) : 100;
      return value === 'away'
        ? { kind: 'unreachable' as const, reason: 'connection refused' }
        : { kind: 'value' as const, value };
    },
  };
  const { handle } = observing(world, route, service, { metrics, ready: { blue: 3, green: 3 } });
  const judge = () => handle({ action: 'judge', execution, weight: 50 });
  const check = async (name: string) =>
    (await world.store.operations.read(id))?.checks.find((one) => one.name === name);
  const onlyGreen = async () => {
    const weights = { blue: 0, green: 100 };
    route.weights = weights;
    const live = { version: 'v2.0.5', digest: `sha256:${'05'.repeat(32)}`, environment: 'blue' as const };
    await world.store.operations.update(id, { weights, live });
  };
  return { id, execution, service, rate, waited, handle, judge, check, onlyGreen };
}

/** As a rise to the next weight leaves it. */
async function nextStep(id: string) {
  const operation = await world.store.operations.read(id);
  if (operation === null) throw new Error('the operation is gone');
  await world.store.operations.update(id, { judgement: judgingAnew(operation, world.now()) });
}

const deciding = ({ objectives }: ServiceConfiguration) => ({ list: [...objectives.list, orders()] });
const dry = () => ({ dryRun: [orders({ dryRun: true })] });

describe('a release with too low a throughput', () => {
  it('goes back when it was below its lower bound for long enough', async () => {
    const { judge } = await shifting(deciding);

    expect(await judge()).toEqual({ outcome: 'judging' });
    world.pass(minutes(1));

    expect(await judge()).toEqual({
      outcome: 'failed',
      reason: 'Orders 3 /s, at least 10 /s, for 1 min [ObjectiveBroken]',
    });
  });

  it('is worse than the one before after the bake', async () => {
    const { rate, execution, handle, onlyGreen } = await shifting(deciding);
    rate.green = 50;
    await onlyGreen();

    expect(await handle({ action: 'post-validate', execution })).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('Orders 50 /s, 100 /s with v2.0.5, at least 90.9 /s is needed'),
    });
  });
});

describe('the same as a dry run', () => {
  it('passes its steps, and says what would have happened, until the end', async () => {
    const { rate, service, judge, check } = await shifting(dry);

    await judge();
    world.pass(minutes(1));
    await judge();
    rate.green = 48;
    world.pass(service.traffic.interval);

    expect(await judge()).toEqual({ outcome: 'passed' });
    expect(await check('dry run on green')).toMatchObject({
      result: 'fail',
      advisory: true,
      reason: expect.stringMatching(/^would have failed at .*Z: Orders 3 \/s, at least 10 \/s, for 1 min$/),
    });
    expect((await check('objectives on green'))?.reason).not.toContain('Orders');
  });

  it('begins its time anew with the next step, and keeps what would have happened', async () => {
    const { id, rate, judge, check } = await shifting(dry);
    await judge();
    world.pass(50_000);
    await nextStep(id);
    await judge();
    world.pass(50_000);
    await judge();
    expect(await check('dry run on green')).toMatchObject({ result: 'pass' });
    world.pass(10_000);
    await judge();
    const failed = await check('dry run on green');
    rate.green = 48;
    await nextStep(id);
    await judge();

    expect(failed?.result).toBe('fail');
    expect(await check('dry run on green')).toMatchObject({ result: 'fail', reason: failed?.reason });
  });

  it('is still told after a person has let a paused release go on', async () => {
    const { rate, execution, handle, judge, check } = await shifting(dry);
    await judge();
    world.pass(minutes(1));
    await judge();
    const failed = await check('dry run on green');
    rate.green = 48;

    expect(await handle({ action: 'await-decision', execution })).toMatchObject({ outcome: 'resumed' });
    await judge();

    expect(failed?.result).toBe('fail');
    expect(await check('dry run on green')).toMatchObject({ result: 'fail', reason: failed?.reason });
  });

  it('neither pauses nor returns the traffic while its source is away', async () => {
    const { rate, service, judge, check } = await shifting(dry);
    rate.green = 'away';

    await judge();
    world.pass(service.objectives.inconclusive.deadline);

    expect(await judge()).toEqual({ outcome: 'passed' });
    expect(await check('dry run on green')).toMatchObject({
      result: 'inconclusive',
      reason: 'Orders: no usable answer: connection refused',
    });
  });

  it('is waited for for a second at most, whatever the others are', async () => {
    const { waited, judge } = await shifting(dry);

    await judge();

    expect(waited.orders).toBe(1_000);
    expect(Object.values(waited).filter((one) => one === undefined)).toHaveLength(2);
  });

  it('decides nothing after the bake either', async () => {
    const { rate, execution, handle, onlyGreen, check } = await shifting(dry);
    rate.green = 1;
    await onlyGreen();

    expect(await handle({ action: 'post-validate', execution })).toEqual({ outcome: 'passed' });
    expect((await check('performance beside the previous release'))?.reason).not.toContain('Orders');
  });

  it('makes no side bad', async () => {
    const { service, handle } = await shifting(dry);

    expect(
      await handle({
        action: 'compare-sides',
        execution: executionOf('alert-1'),
        service: service.name,
        reason: 'Alert High fires [AlertFiring]',
      }),
    ).toMatchObject({ outcome: 'undecided', reason: expect.stringContaining('neither side is bad now') });
  });

  it('is kept with the readings, and called what it is', async () => {
    const { id, judge } = await shifting(dry);
    await judge();

    const answer = await operatorApi(world).get(`/api/operations/${id}/readings`);
    const { objectives, points } = operationReadingsSchema.parse(await answer.json());

    expect(objectives.map(({ name, min, max, dryRun }) => [name, min, max, dryRun])).toEqual([
      ['error-rate', null, 0.01, false],
      ['latency-p95', null, 2, false],
      ['orders', 10, null, true],
    ]);
    expect(points.at(-1)?.green.values.orders).toBe(3);
  });

  it('is shown before anybody is asked, too, and stops nothing', async () => {
    const { execution, rate, handle, check } = await shifting(dry);
    rate.blue = 'away';

    expect(await handle({ action: 'observe-live', execution })).toEqual({ outcome: 'observed' });
    expect((await check('metrics of blue'))?.result).toBe('pass');
    expect(await check('metrics of blue (dry run)')).toMatchObject({ result: 'inconclusive', advisory: true });
  });
});
