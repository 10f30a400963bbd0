import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { auditListSchema } from '../../../../contracts/api/audit-list.ts';
import { apiErrorSchema } from '../../../../contracts/api/errors.ts';
import { metricsSchema } from '../../../../contracts/api/metrics.ts';
import { operationListSchema } from '../../../../contracts/api/operation.ts';
import { hours } from '../../../../contracts/duration.ts';
import { later } from '../../../../contracts/instant.ts';
import { because } from '../../../../contracts/reason.ts';
import { ownSeries } from '../../../../core/monitoring/series.ts';
import { note } from '../../../../pipeline/operation/audited.ts';
import { freezeService } from '../../../../pipeline/operation/freeze-service.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { areInstalled } from '../../../support/are-installed.ts';
import { operatorApi } from '../../pipeline/support/operator-api.ts';
import { createWorld, executionOf, personTrigger, start, type World } from '../../pipeline/support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A deployment that began so many hours after the start, and how it ended. */
async function deployed(
  name: string,
  after: number,
  outcome: 'succeeded' | 'rolled-back' | null,
  service = world.service,
) {
  const execution = executionOf(name, later(start, hours(after)));
  await registerOperation(world, {
    execution,
    service,
    trigger: personTrigger(world),
    kind: 'deployment',
  });
  const id = idOf(execution);
  const ended = new Date(later(start, hours(after + 1))).toISOString();
  await world.store.operations.update(id, {
    shiftedAt: execution.startedAt,
    committedAt: new Date(start).toISOString(),
  });
  if (outcome !== null) await world.store.operations.end(id, { outcome, reason: 'as it is', at: ended });
  return id;
}

const ask = (path: string) => operatorApi(world).get(path);
const read = async (path: string) => (await ask(path)).json();

describe('GET /api/metrics', () => {
  it('is of the operations that began in the time, by service and together', async () => {
    await deployed('one', 0, 'succeeded');
    await deployed('two', 10, 'rolled-back');
    await deployed('late', 30, 'succeeded');
    world.pass(hours(48));

    const found = metricsSchema.parse(await read('/api/metrics?since=2026-11-23T15:00Z&until=2026-11-24T15:00Z'));

    expect(found.services.map(({ service }) => service)).toEqual(world.configuration.services.map(({ name }) => name));
    expect(found.services[0]?.metrics).toEqual(found.all);
    expect(found.all).toMatchObject({
      deployments: { began: 2, open: 0, outcomes: { succeeded: 1, 'rolled-back': 1 } },
      ...{ deploymentFrequency: 1, changeFailureRate: 0.5, successRate: 0.5 },
      leadTime: { count: 1, median: hours(1) },
    });
  });

  it.each([
    ['since=yesterday', 'since'],
    ['until=2026-99-01', 'until'],
    ['from=30d', 'from'],
  ])('refuses %s whole, with the path of what is wrong', async (query, path) => {
    const answer = await ask(`/api/metrics?${query}`);

    expect(answer.status).toBe(400);
    expect(apiErrorSchema.parse(await answer.json()).error.problems?.map((problem) => problem.path)).toEqual([path]);
  });

  it('refuses a time that ends before it begins, and a service that is not there', async () => {
    expect((await ask('/api/metrics?since=2026-11-02&until=2026-11-01')).status).toBe(400);
    expect((await ask('/api/metrics?service=other')).status).toBe(404);
  });
});

const isJudged = areInstalled('promtool') || Boolean(process.env.CI);

describe('GET /metrics', () => {
  (isJudged ? it : it.skip)(
    'is what Prometheus reads, by its own tool (promtool is not installed where this is skipped)',
    async () => {
      await deployed('one', 0, 'succeeded');

      const text = await (await ask('/metrics')).text();

      expect(execFileSync('promtool', ['check', 'metrics'], { input: text }).toString()).toBe('');
    },
  );

  it('has the month in it', async () => {
    await deployed('one', 0, 'succeeded');
    await deployed('two', 10, 'rolled-back');
    world.pass(hours(48));

    const answer = await ask('/metrics');
    const text = await answer.text();

    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const service = world.service.name;
    for (const sample of [
      `sluice_deployments{service="${service}",outcome="rolled-back"} 1`,
      `sluice_change_failure_ratio{service="${service}"} 0.5`,
      `sluice_lead_time_seconds{service="${service}",statistic="median"} 3600`,
      'sluice_window_seconds 2592000',
    ])
      expect(text).toContain(`${sample}\n`);
  });

  it('says of every service whether a person is needed: frozen, or an operation that is beyond its deadline', async () => {
    const service = world.service.name;
    const told = async () => (await (await ask('/metrics')).text()).split('\n');
    await deployed('one', 0, 'succeeded');
    await deployed('two', 1, null);

    expect(await told()).toEqual(
      expect.arrayContaining([
        `${ownSeries.frozen}{service="${service}"} 0`,
        `${ownSeries.overdue}{service="${service}"} 0`,
      ]),
    );

    await freezeService(world, { service, reason: because('FrozenByPerson', 'a look'), operation: null });
    world.pass(hours(24 * 20));

    expect(await told()).toEqual(
      expect.arrayContaining([
        `${ownSeries.frozen}{service="${service}"} 1`,
        `${ownSeries.overdue}{service="${service}"} 1`,
        `${ownSeries.deployments}{service="${service}",outcome="open"} 1`,
      ]),
    );
  });

  it('is not for who is not known', async () => {
    expect((await operatorApi(world, { identify: async () => null }).get('/metrics')).status).toBe(401);
  });
});

describe('GET /api/operations', () => {
  it('goes on where a page ended, within a time and by outcome', async () => {
    const ids = [];
    for (let at = 0; at < 5; at += 1)
      ids.push(await deployed(`op-${at}`, at, at % 2 === 0 ? 'succeeded' : 'rolled-back'));
    world.pass(hours(6));
    const list = async (query: string) => operationListSchema.parse(await read(`/api/operations?${query}`));
    const named = ({ operations }: Awaited<ReturnType<typeof list>>) => operations.map(({ id }) => id);

    const first = await list('limit=2');
    const second = await list(`limit=2&before=${first.next}`);
    const third = await list(`limit=2&before=${second.next}`);

    expect([first, second, third].flatMap(named)).toEqual(ids.toReversed());
    expect(third.next).toBeNull();
    expect(named(await list('outcome=rolled-back'))).toEqual([ids[3], ids[1]]);
    expect(named(await list('since=2026-11-23T16:00Z&until=2026-11-23T18:00Z'))).toEqual([ids[2], ids[1]]);
  });
});

describe('GET /api/audit', () => {
  const list = async (query: string) => auditListSchema.parse(await read(`/api/audit?${query}`));
  const wordsOf = ({ entries }: Awaited<ReturnType<typeof list>>) =>
    entries.map(({ action, actor, operation }) => `${action} by ${actor} in ${operation}`);

  it('has what was done in a time, across operations and to the service, by actor and action', async () => {
    const one = await deployed('one', 0, 'succeeded');
    world.pass(hours(10));
    const two = await deployed('two', 10, null);
    await note(world, { operation: two, action: 'resume', actor: 'ben@example.com', reason: 'seen' });
    await note(world, {
      operation: `service:${world.service.name}`,
      action: 'freeze',
      actor: 'ben@example.com',
      reason: 'a look',
    });

    const everything = wordsOf(await list('since=2d'));
    expect(everything).toEqual(
      expect.arrayContaining([
        `register by ana@example.com in ${one}`,
        `resume by ben@example.com in ${two}`,
        `freeze by ben@example.com in service:${world.service.name}`,
      ]),
    );
    expect(wordsOf(await list('since=1h'))).not.toContain(`register by ana@example.com in ${one}`);
    expect(wordsOf(await list('since=2d&actor=ben@example.com&action=resume'))).toEqual([
      `resume by ben@example.com in ${two}`,
    ]);
    expect(wordsOf(await list('since=2d&until=2026-11-23T16:00Z')).every((words) => words.endsWith(one))).toBe(true);
  });

  it('finds what is done now in an operation that began long before', async () => {
    const old = await deployed('old', 0, null);
    world.pass(hours(20));
    await note(world, { operation: old, action: 'resume', actor: 'ben@example.com', reason: 'seen' });

    expect(wordsOf(await list('since=1h'))).toEqual([`resume by ben@example.com in ${old}`]);
  });

  it('comes page by page of operations, each entry once', async () => {
    const other = { ...world.service, name: 'other' };
    world.configuration.services.push(other);
    for (let at = 0; at < 30; at += 1) await deployed(`op-${at}`, 0, null);
    // Of a service with few operations, all are on the first page of its own.
    for (let at = 0; at < 5; at += 1) await deployed(`other-${at}`, at / 10, null, other);
    const seen: string[] = [];
    let pages = 0;
    for (let before: string | null = null; ; pages += 1) {
      const found = await list(`since=2d${before === null ? '' : `&before=${before}`}`);
      seen.push(...wordsOf(found));
      if (found.next === null) break;
      before = found.next;
    }

    expect(pages).toBeGreaterThan(0);
    expect(seen).toHaveLength(35);
    expect(new Set(seen).size).toBe(35);
  });
});
