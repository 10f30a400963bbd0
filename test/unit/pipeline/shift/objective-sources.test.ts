import { beforeEach, describe, expect, it } from 'vitest';
import type { MetricReading, MetricsSource } from '../../../../adapters/metrics/metrics-source.ts';
import type { Objective, ObjectiveSource } from '../../../../contracts/configuration/objectives.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { minutes } from '../../../../contracts/duration.ts';
import { inShift, observing } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

const shop: ObjectiveSource = { kind: 'prometheus', url: 'https://shop.example.com' };
const compare = { total: 'all orders', bad: 'lost orders', tolerate: 0.01, notice: null };
const orders: Objective = {
  ...{ name: 'orders', at: 2, query: 'orders', min: 10, for: minutes(1), dryRun: false, compare },
  source: shop,
};

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A shift of a service whose orders are measured by the shop's own Prometheus; what each source answers may change. */
async function shifting() {
  const { execution, id, route } = await inShift(world);
  const plain = { ...world.service.objectives, fast: null, samples: null, minSamples: 0 };
  const list = [...plain.list, orders].map((one) => (one.name === 'error-rate' ? { ...one, query: 'errors' } : one));
  const service: ServiceConfiguration = { ...world.service, objectives: { ...plain, list } };
  const own = service.objectives.source;
  const known: Record<'own' | 'shop', Record<string, number> | 'away'> = {
    own: { errors: 0.001, lasting: 0.1 },
    shop: { orders: 48, 'all orders': 1_000, 'lost orders': 0 },
  };
  const sourceOf = (name: 'own' | 'shop'): MetricsSource => ({
    async query(expression, { environment }): Promise<MetricReading> {
      const answers = known[name];
      if (answers === 'away') return { kind: 'unreachable', reason: 'connection refused' };
      const found = answers[`${expression} of ${environment}`] ?? answers[expression];
      if (found !== undefined) return { kind: 'value', value: found };
      return name === 'own' && !expression.includes('orders') ? { kind: 'value', value: 0.1 } : { kind: 'no-data' };
    },
  });
  const { handle } = observing(world, route, service, {
    metricsOf: ({ objectives: { source } }) => sourceOf(source === own ? 'own' : 'shop'),
  });
  const judge = () => handle({ action: 'judge', execution, weight: 50 });
  const check = async (name: string) =>
    (await world.store.operations.read(id))?.checks.find((one) => one.name === name);
  return { known, service, execution, handle, judge, check };
}

describe('a service whose objectives have several sources', () => {
  it('passes a step by what each of them says', async () => {
    const { service, judge, check } = await shifting();
    await judge();
    world.pass(service.traffic.interval);

    expect(await judge()).toEqual({ outcome: 'passed' });
    expect((await check('objectives on green'))?.reason).toContain('Orders 48, at least 10');
  });

  it('knows only that objective not while its source is away', async () => {
    const { known, judge, check } = await shifting();
    known.shop = 'away';

    expect(await judge()).toEqual({ outcome: 'judging' });
    expect(await check('objectives on green')).toMatchObject({
      result: 'inconclusive',
      reason: 'Orders: no usable answer: connection refused',
    });
  });

  it('still returns the traffic for what another source says meanwhile', async () => {
    const { known, judge } = await shifting();
    known.shop = 'away';
    known.own = { 'errors of green': 0.2, errors: 0.001 };
    await judge();
    world.pass(minutes(5));

    expect(await judge()).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^Error rate 20 %, limit 1 %, for 5 min/),
    });
  });

  it('has links to the source of what is shown first', async () => {
    const { service, handle, execution, check } = await shifting();
    const [first, ...others] = service.objectives.list;
    service.objectives.list.splice(0, others.length + 1, ...(first === undefined ? [] : [{ ...first, source: shop }]));

    await handle({ action: 'observe-live', execution });

    expect((await check('metrics of blue'))?.url).toMatch(/^https:\/\/shop\.example\.com\/graph/);
  });

  it('is compared with its origin by the counts of the source that has them', async () => {
    const { known, judge } = await shifting();
    await judge();
    known.shop = { orders: 48, 'all orders': 1_000, 'lost orders of green': 300, 'lost orders of blue': 1 };

    expect(await judge()).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('300 of 1,000 answers on green, 1 of 1,000 answers on blue: worse than blue'),
    });
  });
});
