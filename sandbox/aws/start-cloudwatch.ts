import * as z from 'zod';
import type { AccessKeys } from './authenticate-sigv4.ts';
import { AwsError } from './aws-error.ts';
import type { StandIn } from './listener.ts';
import { type MetricMath, parseMetricMath } from './metric-math.ts';
import { startAwsJson } from './start-aws-json.ts';

/** A metric, what is wanted of it, and the time from `from` to before `to` (ms since 1970) that it is wanted for. */
export interface AskedMetric {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: string;
  readonly from: number;
  readonly to: number;
}

export interface CloudWatchOptions {
  readonly port: number;
  readonly keys?: AccessKeys | undefined;
  /** What a metric says of a time; null where it has no value. */
  readonly measure: (asked: AskedMetric) => number | null;
  readonly clock?: () => number;
}

const minute = 60_000;

const statSchema = z.object({
  Metric: z.object({
    Namespace: z.string().min(1).max(255),
    MetricName: z.string().min(1).max(255),
    Dimensions: z
      .array(z.object({ Name: z.string().min(1), Value: z.string().min(1) }))
      .max(30)
      .default([]),
  }),
  Period: z.int().multipleOf(60).min(60),
  Stat: z.string().min(1),
});

const inputSchema = z.object({
  MetricDataQueries: z
    .array(
      z.object({
        Id: z.string().regex(/^[a-z][a-zA-Z0-9_]*$/),
        MetricStat: statSchema.optional(),
        Expression: z.string().min(1).max(2048).optional(),
        ReturnData: z.boolean().default(true),
      }),
    )
    .min(1)
    .max(500),
  // Seconds since 1970, as AWS JSON has timestamps.
  StartTime: z.number(),
  EndTime: z.number(),
});

type Query = z.output<typeof inputSchema>['MetricDataQueries'][number];

/**
 * Starts CloudWatch: GetMetricData, in AWS JSON. Values are those of minutes that ended at least a minute ago, since real ones come late as well; periods begin at the
 * minute of the start. `Timestamps` and `Values` come newest first.
 */
export function startCloudWatch({ port, keys, measure, clock = Date.now }: CloudWatchOptions): Promise<StandIn> {
  return startAwsJson({
    port,
    keys,
    targetPrefix: 'GraniteServiceVersion20100801',
    protocol: '1.0',
    invalidInput: 'ValidationError',
    operations: {
      GetMetricData: (input) => getMetricData(inputSchema.parse(input), measure, clock()),
    },
  });
}

function getMetricData(
  { MetricDataQueries: queries, StartTime, EndTime }: z.output<typeof inputSchema>,
  measure: CloudWatchOptions['measure'],
  now: number,
) {
  const [start, end] = [Math.floor((StartTime * 1_000) / minute) * minute, EndTime * 1_000];
  if (start >= end) throw invalid('The parameter StartTime must be less than the parameter EndTime.');
  const byId = new Map(queries.map((query) => [query.Id, query]));
  if (byId.size < queries.length) throw invalid('The values for parameter Id in MetricDataQueries are not unique.');
  const there = Math.floor(now / minute) * minute - minute;
  const [period] = queries.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Period * 1_000]));
  if (period === undefined) throw invalid('The sandbox knows expressions about metrics only.');

  const metricAt = (id: string, at: number): number | null => {
    const stat = byId.get(id)?.MetricStat;
    if (stat === undefined) throw invalid(`Error in expression: ${id} is no metric of this request.`);
    const to = Math.min(at + stat.Period * 1_000, there);
    const { Metric, Stat } = stat;
    const dimensions = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
    return to <= at
      ? null
      : measure({ namespace: Metric.Namespace, metric: Metric.MetricName, dimensions, stat: Stat, from: at, to });
  };
  return {
    MetricDataResults: queries
      .filter(({ ReturnData }) => ReturnData)
      .map((query) => {
        const evaluate = evaluatorOf(query);
        const points: { at: number; value: number }[] = [];
        for (let at = start; at < end; at += period) {
          const value = evaluate((id) => metricAt(id, at), period / 1_000);
          if (value !== null) points.unshift({ at, value });
        }
        return {
          Id: query.Id,
          Label: query.MetricStat?.Metric.MetricName ?? query.Id,
          Timestamps: points.map(({ at }) => at / 1_000),
          Values: points.map(({ value }) => value),
          StatusCode: 'Complete',
        };
      }),
    Messages: [],
  };
}

function evaluatorOf({ Id, MetricStat, Expression }: Query): MetricMath {
  if ((MetricStat === undefined) === (Expression === undefined)) {
    throw invalid(`Exactly one of Expression and MetricStat is wanted of ${Id}.`);
  }
  if (Expression === undefined) return (metricOf) => metricOf(Id);
  try {
    return parseMetricMath(Expression);
  } catch (error) {
    throw invalid(`Error in expression '${Id}': ${error instanceof Error ? error.message : ''}`);
  }
}

const invalid = (message: string): AwsError => new AwsError('ValidationError', message);
