import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandOutput,
  type MessageData,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { type CloudWatchMetric, type CloudWatchSettings, metricsIn } from '../../contracts/configuration/cloudwatch.ts';
import { type QueryValues, renderTemplate } from '../../contracts/configuration/template.ts';
import { formatDuration, parseDuration, seconds } from '../../contracts/duration.ts';
import { between, type Instant } from '../../contracts/instant.ts';
import { completePeriods } from '../../core/judgement/complete-periods.ts';
import { type AwsOptions, awsClientConfig, callAws } from '../shared/aws.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import { type MetricReading, type MetricsSource, readingOf } from './metrics-source.ts';

export interface CloudWatchOptions extends Omit<AwsOptions, 'region'> {
  readonly now: () => Instant;
}

export type CloudWatchSources = (source: CloudWatchSettings) => MetricsSource;

/** The whole periods that a query is about. */
interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

/** What an expression's own result is called; the names of metrics have no capital letters. */
const answerId = 'the_Answer';

/** Readings that are kept, at most: a service asks for a handful each minute. */
const mostKept = 500;

/**
 * Objectives as metric math, evaluated by GetMetricData over one period that is as long as what is looked back over: a sum is the sum, and a
 * percentile the percentile, of all of it. What CloudWatch cannot have yet is not asked for (`completePeriods`).
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export function createCloudWatchSources({ now, ...aws }: CloudWatchOptions): CloudWatchSources {
  const clients = new Map<string, CloudWatchClient>();
  const clientOf = (region: string): CloudWatchClient => {
    const client = clients.get(region) ?? new CloudWatchClient(awsClientConfig({ ...aws, region }));
    clients.set(region, client);
    return client;
  };

  // Every look at the same periods has the same answer, and each metric asked for has its price.
  const readings = new Map<string, Promise<MetricReading>>();
  const once = async (key: string, read: () => Promise<MetricReading>): Promise<MetricReading> => {
    const known = readings.get(key);
    if (known !== undefined) return known;
    if (readings.size >= mostKept) readings.clear();
    const reading = read();
    readings.set(key, reading);
    if ((await reading).kind === 'unreachable') readings.delete(key);
    return reading;
  };

  const ask = (client: CloudWatchClient, queries: MetricDataQuery[], range: Range, asked: CallOptions) =>
    callAws(
      {
        dependency: 'CloudWatch',
        attempted: 'GetMetricData',
        within: aws.within ?? seconds(3),
        ...asked,
        retry: 'safe',
      },
      async (abortSignal) => {
        const pages: GetMetricDataCommandOutput[] = [];
        let NextToken: string | undefined;
        do {
          const page: GetMetricDataCommandOutput = await client.send(
            new GetMetricDataCommand({
              MetricDataQueries: queries,
              StartTime: new Date(range.from),
              EndTime: new Date(range.to),
              ...(NextToken === undefined ? {} : { NextToken }),
            }),
            { abortSignal },
          );
          pages.push(page);
          NextToken = page.NextToken;
        } while (NextToken !== undefined);
        return pages;
      },
    );

  return (source) => ({
    async query(expression, values, { at, ...asked } = {}) {
      const range = completePeriods(source, parseDuration(values.window), at ?? now());
      if (range === null) {
        const { period, delay } = source;
        const reason = `too early: CloudWatch has no whole period of ${formatDuration(period)} of the last ${values.window} yet, as values come ${formatDuration(delay)} late`;
        return { kind: 'no-data', reason };
      }
      const queries = metricDataQueries(source, expression, values, range);
      return once(JSON.stringify([source.region, range, queries]), async () => {
        try {
          return readMetricData(await ask(clientOf(source.region), queries, range, asked), range);
        } catch (error) {
          return unreachable(reasonOf(error));
        }
      });
    },
  });
}

/** The metrics that an expression names, and what it makes of them; a metric alone is its own answer. */
export function metricDataQueries(
  { metrics }: Pick<CloudWatchSettings, 'metrics'>,
  expression: string,
  values: QueryValues,
  range: Range,
): MetricDataQuery[] {
  const written = renderTemplate(expression, values).trim();
  const named = metricsIn(written).flatMap((name) => {
    const metric = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
    return metric === undefined ? [] : [{ name, metric }];
  });
  const isMetric = named.length === 1 && named[0]?.name === written;
  return [
    ...named.map(({ name, metric }) => ({
      Id: name,
      MetricStat: statOf(metric, values, range),
      ReturnData: isMetric,
    })),
    ...(isMetric ? [] : [{ Id: answerId, Expression: written, ReturnData: true }]),
  ];
}

const statOf = ({ namespace, metric, stat, dimensions }: CloudWatchMetric, values: QueryValues, range: Range) => ({
  Metric: {
    Namespace: namespace,
    MetricName: metric,
    Dimensions: Object.entries(dimensions).map(([Name, value]) => ({
      Name,
      Value: renderTemplate(typeof value === 'string' ? value : sideOf(value, values.environment), values),
    })),
  },
  Period: between(range.from, range.to) / 1_000,
  Stat: stat,
});

const sideOf = ({ blue, green }: { blue: string; green: string }, environment: string) =>
  environment === 'blue' ? blue : green;

/** Reads what GetMetricData answered, all pages of it: one number for one period, or why there is none. */
export function readMetricData(
  pages: readonly Pick<GetMetricDataCommandOutput, 'MetricDataResults' | 'Messages'>[],
  range: Range,
): MetricReading {
  const results = pages.flatMap(({ MetricDataResults = [] }) => MetricDataResults);
  const series = Math.max(0, ...pages.map(({ MetricDataResults = [] }) => MetricDataResults.length));
  if (series > 1) return unreachable(`the query answers ${series} series; aggregate them to one`);
  const messages = [...pages, ...results].flatMap(({ Messages = [] }) => Messages);
  // A page that more follow is partial; what the last one says is how it ended.
  const status = results.at(-1)?.StatusCode;
  if (status !== undefined && status !== 'Complete')
    return unreachable(`CloudWatch answered ${status}${told(messages)}`);
  if (messages.length > 0) return unreachable(`CloudWatch answered with a remark${told(messages)}`);
  const points = results.flatMap(({ Timestamps = [], Values = [] }) =>
    Values.map((value, index) => ({ value, at: Timestamps[index]?.getTime() })),
  );
  const [point] = points;
  if (point === undefined) return { kind: 'no-data' };
  if (points.length > 1 || point.at !== range.from) {
    return unreachable(
      `the query answers ${points.length} values where one from ${new Date(range.from).toISOString()} was asked for`,
    );
  }
  return readingOf(point.value);
}

const told = (messages: readonly MessageData[]): string =>
  messages.length === 0
    ? ''
    : `: ${[...new Set(messages.map(({ Code, Value }) => [Code, Value].filter(Boolean).join(' ')))].join('; ')}`;

/** CloudWatch's words for an expression or a metric that it cannot use. */
const aboutQuery = /^(Validation|InvalidParameter|MissingParameter|MissingRequiredParameter)/;

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && aboutQuery.test(cause.name)
    ? `CloudWatch refused the query: ${cause.message}`
    : error.message;
}

const unreachable = (reason: string): MetricReading => ({ kind: 'unreachable', reason });
