import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrometheusSource } from '../../../adapters/metrics/prometheus-source.ts';
import { exampleFile } from '../../../cdk/installation.ts';
import { formatProblems, parseConfiguration } from '../../../contracts/configuration/parse-configuration.ts';
import type { ServiceConfiguration } from '../../../contracts/configuration/service.ts';
import { minutes } from '../../../contracts/duration.ts';
import { instant, later } from '../../../contracts/instant.ts';
import { judgeBackup, judgeTargets } from '../../../core/judgement/post-deployment.ts';
import { compareWithOrigin } from '../../../pipeline/shift/compare-with-origin.ts';
import { evaluate, lookAtAnswers, queryValues, readObjectives } from '../../../pipeline/shift/objectives.ts';
import { type Flow, istioSamples } from './istio-samples.ts';
import { hasPrometheus, type PrometheusProcess, startPrometheus } from './prometheus-process.ts';

const service = 'chest-xray-mlops';
/** The mesh, by the namespace of an environment: each has something else happening to it. */
const mesh = {
  clean: [{ perSecond: { 40: 10 }, code: 200, flags: '-' }],
  'gateway-errors': [
    { perSecond: { 40: 9.85 }, code: 200, flags: '-' },
    { perSecond: { 2: 0.15 }, code: 503, flags: 'UF' },
  ],
  'own-errors': [
    { perSecond: { 40: 9.85 }, code: 200, flags: '-' },
    { perSecond: { 40: 0.15 }, code: 500, flags: '-' },
  ],
  'never-up': [
    { perSecond: { 2: 6 }, code: 503, flags: 'UF' },
    { perSecond: { 0.2: 4 }, code: 503, flags: 'UH' },
  ],
  'at-1200-ms': [{ perSecond: { 1200: 10 }, code: 200, flags: '-' }],
  slow: [{ perSecond: { 40: 9, 3000: 1 }, code: 200, flags: '-' }],
  'slow-in-prometheus-3': [{ perSecond: { 40: 9, 3000: 1 }, code: 200, flags: '-', decimals: 1 }],
  'with-previews': [
    { perSecond: { 40: 10 }, code: 200, flags: '-' },
    { perSecond: { 40: 5 }, code: 503, flags: '-', operation: 'sluice-preview' },
    { perSecond: { 40: 5 }, code: 500, flags: '-', from: 'batch-job' },
  ],
  'slow-in-own-bucket': [{ perSecond: { 40: 9, 2200: 1 }, code: 200, flags: '-', ownBucket: 2_000 }],
  'beside-own-bucket': [{ perSecond: { 40: 9, 1200: 1 }, code: 200, flags: '-', ownBucket: 2_000 }],
  'hardly-used': [{ perSecond: { 40: 1 }, code: 200, flags: '-' }],
} as const satisfies Record<string, readonly Omit<Flow, 'namespace'>[]>;
type Namespace = keyof typeof mesh | 'not-used';

/** What else Prometheus knows: one of two pods is scraped, and a backup that is an hour old. Around a time in ms since 1970. */
function besides(around: number): string {
  const now = Math.floor(around / 1_000);
  const series = {
    backup_last_success_timestamp_seconds: { '{database="main"}': now - 3_600 },
    up: { '{namespace="clean",pod="a"}': 1, '{namespace="slow",pod="a"}': 1, '{namespace="slow",pod="b"}': 0 },
  };
  return Object.entries(series)
    .flatMap(([name, values]) => [
      `# TYPE ${name} gauge`,
      // Every half minute, before and after.
      ...Object.entries(values).flatMap(([labels, value]) =>
        Array.from({ length: 20 }, (_, index) => `${name}${labels} ${value} ${now + (index - 10) * 30}`),
      ),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

// In CI it has to be there, and its absence fails.
const isRun = hasPrometheus || Boolean(process.env.CI);
const whySkipped = isRun ? '' : ' (skipped: prometheus and promtool are not on the PATH)';

(isRun ? describe : describe.skip)(`the objectives of the example, asked of a real Prometheus${whySkipped}`, () => {
  let prometheus: PrometheusProcess;
  beforeAll(async () => {
    const flows = Object.entries(mesh).flatMap(([namespace, kinds]) => kinds.map((kind) => ({ ...kind, namespace })));
    const samples = istioSamples(service, flows, Date.now());
    prometheus = await startPrometheus(samples.replace('# EOF\n', `${besides(Date.now())}# EOF\n`));
  });
  // Without a Prometheus there is nothing to end.
  afterAll(() => prometheus?.close());

  /** The service of the example, whose green environment is in this namespace, and blue in another. */
  function exampleIn(
    namespace: Namespace,
    beside: Namespace | 'production-blue' = 'production-blue',
    change = (text: string) => text,
  ): ServiceConfiguration {
    const text = change(readFileSync(exampleFile, 'utf8'))
      .replace('namespace: production-green', `namespace: ${namespace}`)
      .replace('namespace: production-blue', `namespace: ${beside}`)
      .replace('https://prometheus.production.example.com', prometheus.url);
    const parsed = parseConfiguration(text);
    if (!parsed.ok) throw new Error(formatProblems(parsed.problems, exampleFile));
    const [found] = parsed.configuration.services;
    if (found?.environments.green.namespace !== namespace) throw new Error('The example has no such namespace.');
    return found;
  }
  const start = instant(Date.now());
  const depsAt = (now: typeof start) => ({
    metrics: ({ objectives: { source } }: ServiceConfiguration) =>
      createPrometheusSource({ url: 'url' in source ? source.url : '' }),
    now: () => now,
  });
  const green = { environment: 'green', version: 'v2.1.0', since: null } as const;

  /** What is seen of an environment now. */
  const seenIn = async (namespace: Namespace) => {
    const { readings, samples } = await readObjectives(depsAt(start), exampleIn(namespace), green);
    return { ...readings, samples };
  };
  /** The verdict when it has been so for five minutes. */
  async function verdictOn(
    namespace: Namespace,
    change: (text: string) => string = (text) => text,
  ): Promise<{ result: string; reason: string }> {
    const found = exampleIn(namespace, 'production-blue', change);
    const first = await evaluate(depsAt(start), found, green, null);
    const { check } = await evaluate(depsAt(later(start, minutes(5))), found, green, first.evaluation.state);
    return check;
  }
  const about = (value: number) => ({ kind: 'value', value: expect.closeTo(value, 6) });

  it('a clean release passes: no error is an error rate of 0, and each request counts once', async () => {
    expect(await seenIn('clean')).toEqual({
      'error-rate': about(0),
      'latency-p95': about(0.04875),
      samples: about(600),
    });
    expect(await verdictOn('clean')).toMatchObject({ result: 'pass' });
  });

  it.each(['gateway-errors', 'own-errors'] as const)('1.5 %% of errors fail, seen as 0.015 (%s)', async (namespace) => {
    expect(await seenIn(namespace)).toMatchObject({ 'error-rate': about(0.015), samples: about(600) });
    expect(await verdictOn(namespace)).toMatchObject({
      result: 'fail',
      reason: 'Error rate 1.5 %, limit 1 %, for 5 min',
    });
  });

  it('a target whose requests all reach no pod fails, and is not called too few samples', async () => {
    expect(await seenIn('never-up')).toMatchObject({ 'error-rate': about(1), samples: about(600) });
    expect(await verdictOn('never-up')).toMatchObject({
      result: 'fail',
      reason: 'Error rate 100 %, limit 1 %, for 5 min',
    });
  });

  it('the fast path sees by Istio alone that no request reaches a pod, and has nothing against a few errors', async () => {
    const answersIn = (namespace: Namespace) => lookAtAnswers(depsAt(start), exampleIn(namespace), green);

    expect(await answersIn('never-up')).toMatchObject({
      result: 'fail',
      reason: expect.stringMatching(/^(\d+) of \1 answers failed, limit 50 %$/),
    });
    expect(await answersIn('own-errors')).toMatchObject({
      result: 'pass',
      reason: expect.stringMatching(/^9 of \d+ answers failed$/),
    });
    expect(await answersIn('clean')).toMatchObject({
      result: 'pass',
      reason: expect.stringMatching(/^0 of \d+ answers failed$/),
    });
    expect(await answersIn('not-used')).toMatchObject({ result: 'inconclusive', reason: 'answers: no data' });
  });

  it('compares both sides by whole counts of the same time, of errors and of slow answers', async () => {
    const since = later(start, minutes(-2));
    const blue = { ...green, environment: 'blue' } as const;
    const compare = async (target: Namespace, origin: Namespace) => {
      const step = { target: green, origin: blue, since, isFirst: true };
      const compared = await compareWithOrigin(depsAt(start), exampleIn(target, origin), step);
      return compared.map(({ check: { result, reason } }) => `${result}: ${reason}`);
    };

    expect(await compare('own-errors', 'clean')).toEqual([
      'pass: Error rate: 18 of 1,200 answers on green, 0 of 1,200 answers on blue: not known to be worse',
      'pass: Latency p95: 0 of 1,200 answers on green, 0 of 1,200 answers on blue: not known to be worse',
    ]);
    expect(await compare('never-up', 'clean')).toEqual([
      'fail: Error rate: 1,200 of 1,200 answers on green, 0 of 1,200 answers on blue: worse than blue and than 0.5 % with 99.9 % certainty',
      expect.stringMatching(/^pass: Latency p95: 0 of/),
    ]);
    expect(await compare('slow', 'clean')).toEqual([
      expect.stringMatching(/^pass: Error rate: 0 of 1,200/),
      'fail: Latency p95: 120 of 1,200 answers on green, 0 of 1,200 answers on blue: worse than blue and than 5 % with 99.9 % certainty',
    ]);
    // A bad night of both sides.
    expect(await compare('slow', 'slow-in-prometheus-3')).toEqual([
      expect.stringMatching(/^pass: Error rate/),
      'pass: Latency p95: 120 of 1,200 answers on green, 120 of 1,200 answers on blue: not known to be worse',
    ]);
    expect(await compare('clean', 'not-used')).toEqual([
      'inconclusive: counts of error-rate: no data',
      'inconclusive: counts of latency-p95: no data',
    ]);
  });

  it('after the bake finds the newest backup and the targets that are up', async () => {
    const seen = async (namespace: Namespace) => {
      const found = exampleIn(namespace);
      const deps = depsAt(start);
      const values = queryValues(deps, found, { ...green, since: null }, minutes(60));
      const metrics = deps.metrics(found);
      const { backups, monitoring } = found.postDeployment;
      const [backup] = backups;
      const targets = monitoring?.targets;
      if (backup === undefined || !targets) throw new Error('the example asks for neither');
      const all = await metrics.query(`count(${targets}) or vector(0)`, values);
      const up = await metrics.query(`sum(${targets}) or vector(0)`, values);
      return {
        backup: judgeBackup(backup, await metrics.query(backup.query, values), start),
        targets: judgeTargets({ all, up }),
      };
    };

    expect(await seen('clean')).toEqual({
      backup: { verdict: 'pass', reason: 'the newest is 1 h old, at most 26 h is allowed' },
      targets: { verdict: 'pass', reason: '1 of 1 targets are up' },
    });
    expect(await seen('slow')).toMatchObject({ targets: { verdict: 'fail', reason: '1 of 2 targets are up' } });
    expect(await seen('not-used')).toMatchObject({ targets: { verdict: 'inconclusive' } });
  });

  it('answers in 1.2 s are not failed by the bound', async () => {
    expect(await verdictOn('at-1200-ms')).toMatchObject({ result: 'pass' });
  });

  it.each(['slow', 'slow-in-prometheus-3'] as const)('one request of ten in 3 s fails (%s)', async (namespace) => {
    expect(await seenIn(namespace)).toMatchObject({ 'error-rate': about(0), 'latency-p95': about(3.75) });
    expect(await verdictOn(namespace)).toMatchObject({
      result: 'fail',
      reason: 'Latency p95 3.75 s, limit 2.5 s, for 5 min',
    });
  });

  describe('a bound of 2 s, where Istio has no bucket between 1 s and 2.5 s,', () => {
    const twoSeconds = (text: string) => text.replace('max: 2.5', 'max: 2');

    it('is not broken by answers in 1.2 s', async () => {
      expect(await verdictOn('at-1200-ms', twoSeconds)).toMatchObject({ result: 'pass' });
    });

    it('is broken by answers in 3 s', async () => {
      expect(await verdictOn('slow', twoSeconds)).toMatchObject({
        result: 'fail',
        reason: 'Latency p95 3.75 s, limit 2 s, for 5 min',
      });
    });

    it('is exact where the mesh has such a bucket', async () => {
      expect(await verdictOn('slow-in-own-bucket', twoSeconds)).toMatchObject({
        result: 'fail',
        reason: 'Latency p95 2.25 s, limit 2 s, for 5 min',
      });
      expect(await verdictOn('beside-own-bucket', twoSeconds)).toMatchObject({ result: 'pass' });
    });
  });

  it('neither previews nor other workloads of the mesh count as users', async () => {
    expect(await seenIn('with-previews')).toMatchObject({ 'error-rate': about(0), samples: about(600) });
  });

  it('without the name of a gateway, all who send requests count', async () => {
    const everybody = (text: string) => text.replace(', gateway: istio-ingressgateway', '');

    expect(await verdictOn('with-previews', everybody)).toMatchObject({
      result: 'fail',
      reason: 'Error rate 33.3 %, limit 1 %, for 5 min',
    });
  });

  it('60 requests a minute are too few, although their sidecars count them once more', async () => {
    expect(await verdictOn('hardly-used')).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringMatching(/^too few samples: (60|59) of 100$/),
    });
  });

  it('an environment without traffic is not known to be good', async () => {
    expect(await verdictOn('not-used')).toMatchObject({ result: 'inconclusive', reason: 'samples: no data' });
  });
});
