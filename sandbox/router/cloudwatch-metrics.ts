import type { EnvironmentName } from '../../contracts/names.ts';
import type { AskedMetric } from '../aws/start-cloudwatch.ts';
import type { TrafficStatistics, TrafficSummary } from './traffic-statistics.ts';

/** An environment of a service, and the namespace by which Application Signals knows it. */
export interface MeasuredEnvironment {
  readonly service: string;
  readonly environment: EnvironmentName;
  readonly namespace: string;
}

type Measure = (summary: TrafficSummary, stat: string) => number | null;

/** A percentile in seconds, of those that the router keeps. */
const latency = (summary: TrafficSummary, stat: string): number | null => {
  const kept: Readonly<Record<string, number | null>> = {
    p50: summary.latencyP50,
    p90: summary.latencyP90,
    p95: summary.latencyP95,
    p99: summary.latencyP99,
  };
  return kept[stat] ?? null;
};
const sum =
  (count: (summary: TrafficSummary) => number | null): Measure =>
  (summary, stat) =>
    stat === 'Sum' ? count(summary) : null;

/**
 * What the router measures as AWS does: a load balancer's metrics of a target group, where counts without an event have no value, and those of
 * Application Signals, whose latencies are in milliseconds.
 */
const measures: Readonly<Record<string, Readonly<Record<string, Measure>>>> = {
  'AWS/ApplicationELB': {
    RequestCount: sum(({ requests }) => requests || null),
    HTTPCode_Target_5XX_Count: sum(({ errors }) => errors || null),
    TargetResponseTime: latency,
  },
  ApplicationSignals: {
    Latency: (summary, stat) => {
      if (stat === 'SampleCount') return summary.requests || null;
      const seconds = latency(summary, stat);
      return seconds === null ? null : seconds * 1_000;
    },
    Fault: sum(({ requests, errors }) => (requests === 0 ? null : errors)),
  },
};

/** Whether the sandbox measures that of a metric. */
export const isMeasured = ({
  namespace,
  metric,
  stat,
}: Pick<AskedMetric, 'namespace' | 'metric' | 'stat'>): boolean => {
  const some: TrafficSummary = {
    ...{ requests: 1, errors: 1, errorRate: 1, latencyP50: 1, latencyP90: 1, latencyP95: 1, latencyP99: 1 },
    ...{ from: '', to: '' },
  };
  return (measures[namespace]?.[metric]?.(some, stat) ?? null) !== null;
};

/** How a target group of the sandbox is called, with placeholders of a query. */
export const targetGroup = 'targetgroup/{{service}}-{{environment}}/0123456789abcdef';

/** The environment that dimensions mean: a target group of that name, or the namespace at the end of Application Signals' environment. */
function environmentOf(
  { dimensions }: AskedMetric,
  environments: readonly MeasuredEnvironment[],
): MeasuredEnvironment | undefined {
  const { TargetGroup, Environment, Service } = dimensions;
  return environments.find(({ service, environment, namespace }) =>
    TargetGroup === undefined
      ? Service === service && Environment?.split('/').at(-1) === namespace
      : TargetGroup.split('/')[1] === `${service}-${environment}`,
  );
}

/** Metrics of CloudWatch, from what the router has counted. */
export const cloudWatchMetrics =
  (statistics: Pick<TrafficStatistics, 'summary'>, environments: readonly MeasuredEnvironment[]) =>
  (asked: AskedMetric): number | null => {
    const found = environmentOf(asked, environments);
    const measure = measures[asked.namespace]?.[asked.metric];
    if (found === undefined || measure === undefined) return null;
    return measure(statistics.summary(found.service, found.environment, asked.from, asked.to), asked.stat);
  };
