import * as z from 'zod';
import { type Milliseconds, milliseconds, minutes, parseDuration } from '../duration.ts';
import { durationSchema } from '../duration-schema.ts';
import type { SourceKind } from './metric-sources.ts';
import { text } from './primitives.ts';
import { queryTemplate } from './template.ts';

/** A region of AWS. */
export const awsRegion = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region of AWS, such as us-east-1');

/** Sum, Average, …, percentiles (`p95`, `p99.9`), and the trimmed forms. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html */
const statistic =
  /^(Sum|Average|Minimum|Maximum|SampleCount|IQM|p(\d{1,2}(\.\d{1,10})?|100)|(tm|tc|ts|wm)\d{1,2}(\.\d{1,10})?|(TM|TC|TS|WM|PR)\([^()]+\))$/;

const metricSchema = z.strictObject({
  namespace: text.max(255).regex(/^[^:]/, 'must not begin with a colon'),
  metric: text.max(255),
  stat: z.string().regex(statistic, 'must be a statistic of CloudWatch, such as Sum, Average, SampleCount or p95'),
  /** The value of each dimension, which may hold placeholders; or one for each environment where nothing that they know makes it. */
  dimensions: z
    .record(text, z.union([queryTemplate, z.strictObject({ blue: queryTemplate, green: queryTemplate })]))
    .refine((dimensions) => Object.keys(dimensions).length <= 30, 'must be at most 30')
    .default({}),
});

/** A metric by which queries are written, and what is read of it. */
export type CloudWatchMetric = Readonly<z.output<typeof metricSchema>>;

/** Metrics of CloudWatch, by which queries are written as metric math. */
export const cloudWatchSchema = z.strictObject({
  region: awsRegion,
  /** How far apart the metrics' values are: whole minutes. */
  period: durationSchema
    .refine((period) => period > 0 && period % minutes(1) === 0, 'must be whole minutes')
    .default(parseDuration('1m')),
  /** How late they come: what is younger is not asked for. Those of load balancers are there after one or two minutes. */
  delay: durationSchema.default(parseDuration('2m')),
  /** Metrics by the names that queries have for them. */
  metrics: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,99}$/, 'must be lower case letters, digits and _, and begin with a letter'),
      metricSchema,
    )
    .refine(
      (metrics) => Object.keys(metrics).length > 0 && Object.keys(metrics).length <= 100,
      'must be 1 to 100 metrics',
    ),
});

export type CloudWatchSettings = Readonly<z.output<typeof cloudWatchSchema>>;

type Late = Pick<CloudWatchSettings, 'period' | 'delay'>;

/** How much of what a source is asked to look back over it cannot say anything about: its end, which is not there yet, and parts of periods. */
export const unseenOf = (
  source: ({ readonly kind: 'cloudwatch' } & Late) | { readonly kind: Exclude<SourceKind, 'cloudwatch'> },
): Milliseconds => (source.kind === 'cloudwatch' ? milliseconds(source.delay + source.period) : milliseconds(0));

/** What must have passed for one whole period to be seen, whenever in a period it began. */
export const firstSeenAfter = ({ period, delay }: Late): Milliseconds => milliseconds(delay + 2 * period);

/** Names of metrics in an expression of metric math; functions are written in capitals. */
export const metricsIn = (expression: string): readonly string[] => [
  ...new Set([...expression.replace(/"[^"]*"|'[^']*'/g, ' ').matchAll(/(?<![\w.])[a-z]\w*/g)].map(([name]) => name)),
];

/** Why an expression cannot be asked for; null where nothing is known against it. */
export function problemOfExpression(expression: string, metrics: Readonly<Record<string, unknown>>): string | null {
  const other = /\b(SEARCH|SELECT|METRICS|SLICE|SORT|SERVICE_QUOTA|ANOMALY_DETECTION_BAND|LAMBDA)\b/i.exec(expression);
  if (other !== null) return `must be metric math about the metrics of its source: ${other[0]} is not supported`;
  const named = metricsIn(expression);
  if (named.length === 0) return 'must name a metric of its source (cloudwatch.metrics)';
  const unknown = named.filter((name) => !Object.hasOwn(metrics, name));
  if (unknown.length === 0) return null;
  return `names ${unknown.join(', ')}, which its source does not have (cloudwatch.metrics); there are ${Object.keys(metrics).join(', ')}`;
}
