import { beforeEach, describe, expect, it } from 'vitest';
import type { MetricsSource } from '../../../../adapters/metrics/metrics-source.ts';
import { postDeploymentSchema } from '../../../../contracts/configuration/post-deployment.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { hours } from '../../../../contracts/duration.ts';
import { formatInstant, instant } from '../../../../contracts/instant.ts';
import { inShift, observing } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const value = (number: number) => ({ kind: 'value' as const, value: number });

/** A deployment that has all of the traffic after its bake, with v2.0.5 live before; `readings` by what a query contains. */
async function afterBake(
  written: object,
  readings: Readonly<Record<string, (environment: string, at: number | null) => number>>,
  alerting: Partial<MetricsSource> = {},
) {
  const { execution, id, route } = await inShift(world);
  route.weights = { blue: 0, green: 100 };
  await world.store.operations.update(id, {
    weights: route.weights,
    live: { version: 'v2.0.5', digest: `sha256:${'05'.repeat(32)}`, environment: 'blue' },
  });
  const service: ServiceConfiguration = { ...world.service, postDeployment: postDeploymentSchema.parse(written) };
  const asked: { expression: string; environment: string; window: string; at: number | null }[] = [];
  const metrics: Partial<MetricsSource> = {
    async query(expression, { environment, window }, { at = null } = {}) {
      asked.push({ expression, environment, window, at });
      const found = Object.entries(readings).find(([part]) => expression.includes(part));
      return found === undefined ? { kind: 'no-data' } : value(found[1](environment, at));
    },
    ...alerting,
  };
  const { handle } = observing(world, route, service, { metrics, ready: { blue: 3, green: 3 } });
  const validate = () => handle({ action: 'post-validate', execution });
  const checks = async () =>
    Object.fromEntries(
      ((await world.store.operations.read(id))?.checks ?? []).map(({ name, ...check }) => [name, check]),
    );
  return { id, validate, checks, asked };
}

const backup = (over: object = {}) => ({
  backups: [{ name: 'database', age: 'backup_age', maxAge: '26h', ...over }],
});

describe('what is looked at after the bake', () => {
  it('is recorded with what it leads to and where to look, and by itself only reported', async () => {
    const { validate, checks } = await afterBake(backup(), { backup_age: () => 30 * 3_600 });

    expect(await validate()).toEqual({ outcome: 'passed' });
    expect(await checks()).toMatchObject({
      'backup database': {
        result: 'fail',
        reason: 'the newest is 30 h old, at most 26 h is allowed',
        onFailure: 'report',
        url: 'https://prometheus.production.example.com/graph?g0.expr=backup_age&g0.tab=0',
      },
    });
  });

  it('is not looked at where nobody wrote it', async () => {
    const { validate, checks, asked } = await afterBake({}, {});

    expect(await validate()).toEqual({ outcome: 'passed' });
    expect(asked).toEqual([]);
    expect(Object.values(await checks()).filter(({ onFailure }) => onFailure !== undefined)).toEqual([]);
  });

  it('compares with the release before at the same hour of the day before, over as long a time', async () => {
    const { validate, checks, asked } = await afterBake(
      { performance: { onFailure: 'return' } },
      { istio_requests_total: () => 5_000, errors: (_, at) => (at === null ? 0.008 : 0.001), latency: () => 0.2 },
    );
    world.pass(hours(3));

    expect(await validate()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('with v2.0.5') });
    expect(await checks()).toMatchObject({ 'performance beside the previous release': { result: 'fail' } });
    const former = asked.filter(({ at }) => at !== null);
    expect(former.length).toBeGreaterThan(0);
    for (const one of former) {
      expect(one).toMatchObject({ environment: 'blue', at: world.now() - hours(24), window: '3600s' });
    }
    expect(asked.filter(({ at }) => at === null).every(({ environment }) => environment === 'green')).toBe(true);
  });

  it('does not compare with a release that was not live then', async () => {
    const { id, validate, checks } = await afterBake(
      { performance: { onFailure: 'return' } },
      { istio_requests_total: () => 5_000, errors: (_, at) => (at === null ? 0.008 : 0.001), latency: () => 0.2 },
    );
    const digest = (await world.store.operations.read(id))?.release?.digest ?? '';
    await world.store.operations.update(id, { live: { version: 'v2.0.5', digest, environment: 'blue' } });
    const today = formatInstant(instant(world.now() - hours(5)));
    const marks = { validatedAt: today, succeededAt: today, environment: 'blue' as const };
    await world.store.releases.mark(world.service.name, digest, marks);

    expect(await validate()).toEqual({ outcome: 'passed' });
    expect(await checks()).toMatchObject({
      'performance beside the previous release': {
        result: 'inconclusive',
        reason: expect.stringContaining('was not live yet'),
      },
    });
  });

  it('asks who watches the release, and what nobody can say is inconclusive', async () => {
    const written = { monitoring: { rules: ['HighErrorRate'] } };
    const watched = await afterBake(
      written,
      { 'count(': () => 3, 'sum(up': () => 2 },
      {
        rules: async () => ({ kind: 'value', value: [] }),
        alertmanagers: async () => ({ kind: 'unreachable', reason: 'status 404' }),
      },
    );

    expect(await watched.validate()).toEqual({ outcome: 'passed' });
    expect(await watched.checks()).toMatchObject({
      'monitoring targets': { result: 'fail', reason: '2 of 3 targets are up' },
      'alert rules': {
        result: 'fail',
        reason: 'not loaded: HighErrorRate',
        url: 'https://prometheus.production.example.com/rules',
      },
      Alertmanager: { result: 'inconclusive', reason: 'status 404' },
    });
  });
});
