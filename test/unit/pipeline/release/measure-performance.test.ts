import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMetricsSources } from '../../../../adapters/metrics/create-metrics-source.ts';
import type { MetricsSource } from '../../../../adapters/metrics/metrics-source.ts';
import { performanceSchema } from '../../../../contracts/configuration/performance.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { hours, milliseconds, minutes } from '../../../../contracts/duration.ts';
import { formatInstant, type Instant, later } from '../../../../contracts/instant.ts';
import { subjectNow } from '../../../../pipeline/approval/approval-subject.ts';
import { readSummary } from '../../../../pipeline/approval/deployment-summary.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { planDeployment } from '../../../../pipeline/release/plan-deployment.ts';
import { json, type ScriptedServer, startScriptedServer } from '../../../contract/adapters/scripted-server.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { observing } from '../support/observing.ts';
import { FakeSource, planning, releasing } from '../support/releasing.ts';
import { createWorld, digest, executionOf, registerGood, start, type World } from '../support/world.ts';

const live = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}` };
const onBlue = { blue: 100, green: 0 };
const fence = { epoch: 1, seq: 1, operation: 'before', origin: 'blue' as const, weights: onBlue };
const lastWeek = later(start, milliseconds(-hours(7 * 24)));

/** What speaks Prometheus' API on staging. */
let staging: ScriptedServer;
beforeAll(async () => {
  staging = await startScriptedServer();
});
afterAll(() => staging.close());

let world: World;
let fake: FakeSource;
/** What staging has of a query at a time: `latency v2.1.0 2026-11-23T15:10:00.000Z`. */
let values: Map<string, string[]>;
let asked: string[];
beforeEach(async () => {
  world = await createWorld();
  fake = new FakeSource();
  fake.staging = { state: 'success', url: null, since: start };
  values = new Map();
  asked = [];
  staging.answer((request, response) => {
    const form = new URLSearchParams(request.body);
    const question = `${form.get('query')} ${form.get('time')}`;
    asked.push(question);
    const result = (values.get(question) ?? []).map((value) => ({ metric: {}, value: [0, value] }));
    json({ status: 'success', data: { resultType: 'vector', result } })(request, response);
  });
  measureBy([{ name: 'latency-p95', query: 'latency {{version}}', unit: 'seconds', max: 0.5, atMost: 1.2 }]);
});

function measureBy(list: object[]): void {
  const performance = performanceSchema.parse({ source: { prometheus: staging.url }, window: '10m', list });
  const { validation, objectives } = world.service;
  Object.assign(world.service, {
    validation: { ...validation, performance: { ...performance, source: performance.source ?? objectives.source } },
  });
}

/** The live release, with the time of its deployment to staging; null: it never was there. */
async function wasLive(since: Instant | null): Promise<void> {
  await registerGood(world, live, start);
  const known = await world.store.releases.read(world.service.name, live.digest);
  if (known === null) throw new Error('it is not there');
  const evidence = { ...known.evidence, staging: since === null ? null : { state: 'success', url: null, since } };
  await world.store.releases.put(world.service.name, known.release, evidence);
}

const open = () =>
  createMetricsSources({
    secrets: { region: 'us-east-1' },
    cloudWatch: {},
    credentials: async () => ({ accessKeyId: '', secretAccessKey: '' }),
    now: () => world.now(),
  });
const quiet: MetricsSource = { query: async () => ({ kind: 'value', value: 0 }) };
/** The real adapter for staging; production has its readings. */
const metricsOf = (service: ServiceConfiguration): MetricsSource =>
  service.objectives.source.kind === 'prometheus' && service.objectives.source.url === staging.url
    ? open()(service)
    : quiet;

/** What the state machine does until approvals are asked for: gathered, looked at, validated. */
async function validated(name = 'one') {
  const release = releasing(world, fake);
  const { handle } = observing(world, new FakeRoute(onBlue, fence), world.service, { metricsOf });
  const gathered = await release.gather(name);
  if (gathered.outcome !== 'gathered') return gathered;
  await handle({ action: 'observe-live', execution: executionOf(name) });
  return release.validate(name);
}

const checks = async (name = 'one') =>
  Object.fromEntries(
    ((await world.store.operations.read(idOf(executionOf(name))))?.checks ?? []).map((check) => [check.name, check]),
  );
/** The checks in the mail and on the page of the approval. */
const told = async () => {
  const operation = await world.store.operations.read(idOf(executionOf('one')));
  return operation && (await readSummary(world.store, operation, world.service)).checks;
};
const hashNow = async (name = 'one') => {
  const operation = await world.store.operations.read(idOf(executionOf(name)));
  return operation && (await subjectNow(world.store, operation, world.service))?.hash;
};
const ownWindow = '2026-11-23T15:10:00.000Z';
const liveWindow = formatInstant(later(lastWeek, minutes(10)));

describe('the performance of a release on staging', () => {
  it('is waited for until its window there is over, and read as of then', async () => {
    await wasLive(lastWeek);
    values.set(`latency v2.1.0 ${ownWindow}`, ['0.21']).set(`latency v2.0.0 ${liveWindow}`, ['0.2']);
    world.pass(minutes(4));

    expect(await validated()).toMatchObject({ outcome: 'waiting' });
    expect(asked).not.toContain(`latency v2.1.0 ${ownWindow}`);
    expect(await world.store.operations.read(idOf(executionOf('one')))).toMatchObject({
      evidenceAwaited: ['latency-p95 on staging: it is measured until 2026-11-23 15:10:00Z.'],
    });
    world.pass(minutes(20));

    expect(await validated()).toEqual({ outcome: 'passed' });
    expect(await checks()).toMatchObject({
      'latency-p95 on staging': {
        result: 'pass',
        reason: '0.21 s, at most 0.5 s',
        url: `${staging.url}/graph?g0.expr=latency+v2.1.0&g0.tab=0&g0.end_input=2026-11-23+15%3A10%3A00&g0.range_input=600s`,
      },
      'latency-p95 beside the live release': {
        result: 'pass',
        reason: '0.21 s, at most 0.24 s; 0.2 s with v2.0.0',
      },
    });
    expect(await told()).toEqual(
      expect.arrayContaining([
        { name: 'latency-p95 on staging', value: 'passed: 0.21 s, at most 0.5 s', url: expect.any(String) },
        expect.objectContaining({ name: 'latency-p95 beside the live release' }),
      ]),
    );
  });

  it('refuses it by its own bound and beside the live release, with the numbers', async () => {
    await wasLive(lastWeek);
    values.set(`latency v2.1.0 ${ownWindow}`, ['0.61']).set(`latency v2.0.0 ${liveWindow}`, ['0.2']);
    world.pass(minutes(10));

    expect(await validated()).toMatchObject({
      ...{ outcome: 'refused', ending: 'failed-validation' },
      reason: expect.stringMatching(
        /latency-p95 on staging: 0.61 s is above 0.5 s .*latency-p95 beside the live release: 0.61 s, 0.2 s with v2.0.0/,
      ),
    });
  });

  it.each([
    ['no series', [], 'no data'],
    ['several series', ['0.2', '0.3'], 'the query answers 2 series'],
    ['NaN', ['NaN'], 'no data: the answer is NaN'],
  ])('never passes by %s: it is waited for as evidence is, and then missing (I11)', async (_, answers, words) => {
    await wasLive(lastWeek);
    values.set(`latency v2.1.0 ${ownWindow}`, answers);
    world.pass(minutes(10));

    expect(await validated()).toMatchObject({ outcome: 'waiting' });
    world.pass(world.service.validation.waitFor);

    const answer = await validated();
    expect(answer).toMatchObject({ ...{ outcome: 'refused', ending: 'failed-validation' } });
    expect(JSON.stringify(answer)).toContain(`latency-p95 on staging: ${words}`);
    expect(JSON.stringify(answer)).toContain('Sluice waited for it for 30 min');
  });

  it('is not asked for again once it was good, and approvals stay whatever the source says later', async () => {
    await wasLive(lastWeek);
    values.set(`latency v2.1.0 ${ownWindow}`, ['0.21']).set(`latency v2.0.0 ${liveWindow}`, ['0.2']);
    world.pass(minutes(10));
    await validated();
    const before = await hashNow();
    asked.length = 0;
    values.clear();
    world.pass(hours(2));

    expect(await validated()).toEqual({ outcome: 'passed' });
    expect(asked).toEqual([]);
    expect(await hashNow()).toBe(before);
    expect(await validated('another')).toEqual({ outcome: 'passed' });
    expect(asked).toEqual([`latency v2.0.0 ${liveWindow}`]);
    const kept = await world.store.releases.read(world.service.name, digest);
    expect(kept?.measured).toMatchObject({ version: 'v2.1.0', until: ownWindow, readings: [{ name: 'latency-p95' }] });
  });

  it('what the live release had stays known, however short the source remembers', async () => {
    await wasLive(lastWeek);
    const reading = { kind: 'value' as const, value: 0.1 };
    const measured = {
      ...{ version: live.version, until: liveWindow },
      readings: [{ name: 'p95', asked: 'latency v2.0.0', reading }],
    };
    await world.store.releases.mark(world.service.name, live.digest, { measured });
    values.set(`latency v2.1.0 ${ownWindow}`, ['0.21']);
    world.pass(minutes(10));

    expect(await validated()).toMatchObject({ outcome: 'refused' });
    expect(asked).toEqual([`latency v2.1.0 ${ownWindow}`]);
    expect(await checks()).toMatchObject({
      'latency-p95 beside the live release': { result: 'fail', reason: expect.stringContaining('0.1 s with v2.0.0') },
    });
  });

  it('has its own bound alone where the live release never was on staging, and people see that', async () => {
    await wasLive(null);
    values.set(`latency v2.1.0 ${ownWindow}`, ['0.21']);
    world.pass(minutes(10));

    expect(await validated()).toEqual({ outcome: 'passed' });
    expect(await checks()).toMatchObject({
      'latency-p95 beside the live release': { result: 'inconclusive', advisory: true },
    });
  });

  it('is compared anew once another release is live, and approvals stay', async () => {
    await wasLive(null);
    values.set(`latency v2.1.0 ${ownWindow}`, ['0.21']).set(`latency v2.0.0 ${liveWindow}`, ['0.2']);
    world.pass(minutes(10));
    await validated();
    const before = await hashNow();
    await wasLive(lastWeek);

    expect(await validated()).toEqual({ outcome: 'passed' });
    expect(await checks()).toMatchObject({ 'latency-p95 beside the live release': { result: 'pass' } });
    expect(await hashNow()).toBe(before);
  });

  it('is measured anew after another deployment to staging', async () => {
    await wasLive(null);
    values.set(`latency v2.1.0 ${ownWindow}`, ['0.21']).set('latency v2.1.0 2026-11-23T15:40:00.000Z', ['0.7']);
    world.pass(minutes(10));
    await validated();
    fake.staging = { state: 'success', url: null, since: later(start, minutes(30)) };
    world.pass(hours(2));

    expect(await validated()).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('0.7 s is above') });
  });

  it('is in the plan, which waits for nothing', async () => {
    await wasLive(lastWeek);
    world.pass(minutes(4));
    const deps = { ...planning(world, fake), cluster: () => fakeCluster(onBlue), metrics: metricsOf };
    const question = { version: 'v2.1.0', type: 'standard', liveIsOlder: null, actor: 'ana@example.com' } as const;

    const { checks: found, waits } = await planDeployment(deps, world.service, question);

    expect(found).toContainEqual(expect.objectContaining({ name: 'latency-p95 on staging', result: 'inconclusive' }));
    expect(waits).toContain('latency-p95 on staging: it is measured until 2026-11-23 15:10:00Z.');
  });
});
