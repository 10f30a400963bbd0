import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CloudWatchOptions, createCloudWatchSources } from '../../../adapters/metrics/cloudwatch-source.ts';
import { cloudWatchSchema } from '../../../contracts/configuration/cloudwatch.ts';
import { milliseconds } from '../../../contracts/duration.ts';
import { parseInstant } from '../../../contracts/instant.ts';
import { type AskedMetric, startCloudWatch } from '../../../sandbox/aws/start-cloudwatch.ts';
import { closedAfterwards } from '../aws/opened.ts';
import { json, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const now = parseInstant('2026-11-30T10:10:30Z');
const settings = cloudWatchSchema.parse({
  region: 'eu-central-1',
  metrics: {
    requests: {
      namespace: 'AWS/ApplicationELB',
      metric: 'RequestCount',
      stat: 'Sum',
      dimensions: { LoadBalancer: 'app/front/1', TargetGroup: { blue: 'targetgroup/b/2', green: 'targetgroup/g/3' } },
    },
    errors: {
      namespace: 'AWS/ApplicationELB',
      metric: 'HTTPCode_Target_5XX_Count',
      stat: 'Sum',
      dimensions: { TargetGroup: 'targetgroup/{{service}}-{{environment}}/4' },
    },
  },
});
const values = {
  service: 'xray',
  environment: 'green',
  backend: 'xray',
  namespace: 'production-green',
  version: 'v2.1.0',
  window: '300s',
};
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };

/** The source at an address, asked at this time. */
const sourceAt = (endpoint: string, options: Partial<CloudWatchOptions> = {}) =>
  createCloudWatchSources({ endpoint, credentials, now: () => now, ...options })(settings);

describe('a query to CloudWatch', () => {
  let asked: AskedMetric[] = [];
  /** What every metric says of any time, by its name. */
  const measured: Record<string, number | null> = {};
  let endpoint: string;
  const open = async () => {
    const standIn = await closedAfterwards(
      startCloudWatch({
        port: 0,
        clock: () => now,
        measure: (metric) => {
          asked.push(metric);
          return measured[metric.metric] ?? null;
        },
      }),
    );
    endpoint = standIn.endpoint;
  };
  beforeEach(async () => {
    asked = [];
    measured.RequestCount = 100;
    measured.HTTPCode_Target_5XX_Count = null;
    await open();
  });

  it('is one value over the whole periods that are there already, of the metrics of that side', async () => {
    measured.HTTPCode_Target_5XX_Count = 3;

    const reading = await sourceAt(endpoint).query('FILL(errors, 0) / requests', values);

    expect(reading).toEqual({ kind: 'value', value: 0.03 });
    const [from, to] = [parseInstant('2026-11-30T10:06:00Z'), parseInstant('2026-11-30T10:08:00Z')];
    expect(asked).toEqual([
      {
        namespace: 'AWS/ApplicationELB',
        metric: 'HTTPCode_Target_5XX_Count',
        dimensions: { TargetGroup: 'targetgroup/xray-green/4' },
        stat: 'Sum',
        from,
        to,
      },
      {
        namespace: 'AWS/ApplicationELB',
        metric: 'RequestCount',
        dimensions: { LoadBalancer: 'app/front/1', TargetGroup: 'targetgroup/g/3' },
        stat: 'Sum',
        from,
        to,
      },
    ]);
  });

  it('asks for a metric alone where that is all', async () => {
    const reading = await sourceAt(endpoint).query('requests', { ...values, environment: 'blue' });

    expect(reading).toEqual({ kind: 'value', value: 100 });
    expect(asked.map(({ dimensions }) => dimensions.TargetGroup)).toEqual(['targetgroup/b/2']);
  });

  it('takes missing data for zero only where the query says so', async () => {
    const source = sourceAt(endpoint);

    expect(await source.query('errors / requests', values)).toEqual({ kind: 'no-data' });
    expect(await source.query('FILL(errors, 0) / requests', values)).toEqual({ kind: 'value', value: 0 });
  });

  it('says that it is too early before a whole period can be there, and asks nothing', async () => {
    const reading = await sourceAt(endpoint).query('requests', { ...values, window: '150s' });

    expect(reading).toMatchObject({ kind: 'no-data', reason: expect.stringMatching(/^too early: /) });
    expect(asked).toEqual([]);
  });

  it('asks once for what every look in the same period asks for, and anew in the next one', async () => {
    let time = now;
    const source = sourceAt(endpoint, { now: () => time });

    await Promise.all([source.query('requests', values), source.query('requests', values)]);
    expect(asked).toHaveLength(1);
    time = parseInstant('2026-11-30T10:11:30Z');
    await source.query('requests', values);

    expect(asked).toHaveLength(2);
  });

  it('asks as of an earlier time', async () => {
    await sourceAt(endpoint).query('requests', values, { at: parseInstant('2026-11-29T10:10:30Z') });

    expect(new Date(asked[0]?.from ?? 0).toISOString()).toBe('2026-11-29T10:06:00.000Z');
  });

  it('tells why a query was refused', async () => {
    const reading = await sourceAt(endpoint).query('FILL(errors,, 0)', values);

    expect(reading).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringMatching(/^CloudWatch refused the query: Error in expression/),
    });
  });
});

describe('an answer of CloudWatch', () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await startScriptedServer();
  });
  beforeEach(() => {
    server.seen.length = 0;
  });
  afterAll(() => server.close());

  const from = parseInstant('2026-11-30T10:06:00Z') / 1_000;
  const result = (more: object = {}) => ({
    Id: 'requests',
    Label: 'RequestCount',
    Timestamps: [from],
    Values: [100],
    StatusCode: 'Complete',
    ...more,
  });
  /** Answers one page after the other, and the last one again. */
  const pages = (...answers: object[]) => {
    let page = 0;
    server.answer((request, response) => {
      json(answers[Math.min(page, answers.length - 1)])(request, response);
      page += 1;
    });
  };
  const ask = () => sourceAt(server.url).query('requests', values);

  it.each(['PartialData', 'InternalError', 'Forbidden'])(
    'that is %s is no reading, with the reason',
    async (status) => {
      const Messages = [{ Code: 'ArithmeticError', Value: 'One or more data-points have been dropped' }];
      pages({ MetricDataResults: [result({ StatusCode: status, Messages })] });

      expect(await ask()).toEqual({
        kind: 'unreachable',
        reason: `CloudWatch answered ${status}: ArithmeticError One or more data-points have been dropped`,
      });
    },
  );

  it('with a remark about the whole request is no reading', async () => {
    pages({ MetricDataResults: [result()], Messages: [{ Code: 'MaxMetricsExceeded', Value: 'too many' }] });

    expect(await ask()).toEqual({
      kind: 'unreachable',
      reason: 'CloudWatch answered with a remark: MaxMetricsExceeded too many',
    });
  });

  it('is read to its last page', async () => {
    pages(
      { MetricDataResults: [result({ Timestamps: [], Values: [], StatusCode: 'PartialData' })], NextToken: 'more' },
      { MetricDataResults: [result()] },
    );

    expect(await ask()).toEqual({ kind: 'value', value: 100 });
    expect(server.seen.map(({ body }) => JSON.parse(body).NextToken)).toEqual([undefined, 'more']);
  });

  it('about other periods than were asked for is no reading', async () => {
    pages({ MetricDataResults: [result({ Timestamps: [from + 60], Values: [100] })] });

    expect(await ask()).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('2026-11-30T10:06:00') });
  });

  it('of several series is no reading', async () => {
    pages({ MetricDataResults: [result(), result({ Label: 'another' })] });

    expect(await ask()).toEqual({
      kind: 'unreachable',
      reason: 'the query answers 2 series; aggregate them to one',
    });
  });

  it('that throttles is asked for again', async () => {
    let asks = 0;
    server.answer((request, response) => {
      asks += 1;
      if (asks === 1) json({ __type: 'ThrottlingException', message: 'Rate exceeded' }, 400)(request, response);
      else json({ MetricDataResults: [result()] })(request, response);
    });

    expect(await ask()).toEqual({ kind: 'value', value: 100 });
  });

  it('that never comes is no reading (I11), and is asked for again by the next look', async () => {
    server.answer(() => {});
    const source = sourceAt(server.url);

    expect(await source.query('requests', values, { within: milliseconds(50) })).toEqual({
      kind: 'unreachable',
      reason: 'CloudWatch: GetMetricData: no answer within 50 ms',
    });
    pages({ MetricDataResults: [result()] });
    expect(await source.query('requests', values)).toEqual({ kind: 'value', value: 100 });
  });

  it('that access is denied names the action', async () => {
    const message = 'User: observe is not authorized to perform: cloudwatch:GetMetricData';
    server.answer(json({ __type: 'AccessDeniedException', message }, 400));

    expect(await ask()).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining(message) });
  });
});
