import type { Resource, Template } from './synthesize.ts';

/** One metric that an alarm or a widget asks CloudWatch for. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  /** In s. */
  readonly period: number;
}

/** `AWS/Lambda Errors FunctionName=sluice-act, Sum of 60 s`, with the physical names that the template gives to what it refers to. */
export const describeMetric = (template: Template, { namespace, name, dimensions, statistic, period }: Metric) => {
  const of = Object.entries(dimensions).map(([key, value]) => `${key}=${physicalName(template, value)}`);
  return `${namespace} ${name} ${of.join(' ')}, ${statistic} of ${period} s`;
};

/** What an alarm watches: its own metric, or those of its expression by their ids. */
export function metricsOfAlarm({ properties }: Resource): Readonly<Record<string, Metric>> {
  if (properties.Metrics === undefined) {
    const { Namespace: namespace, MetricName: name, Statistic: statistic, Period: period } = properties;
    return { watched: { namespace, name, dimensions: dimensionsOf(properties), statistic, period } };
  }
  return Object.fromEntries(
    // CloudFormation's MetricDataQuery.
    (properties.Metrics as Query[]).flatMap(({ Id, MetricStat }) =>
      MetricStat === undefined
        ? []
        : [
            [
              Id,
              {
                namespace: MetricStat.Metric.Namespace,
                name: MetricStat.Metric.MetricName,
                dimensions: dimensionsOf(MetricStat.Metric),
                statistic: MetricStat.Stat,
                period: MetricStat.Period,
              },
            ],
          ],
    ),
  );
}

interface Named {
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
}
interface Query {
  readonly Id: string;
  readonly MetricStat?: {
    readonly Metric: Named & { readonly Namespace: string; readonly MetricName: string };
    readonly Stat: string;
    readonly Period: number;
  };
}
const dimensionsOf = ({ Dimensions = [] }: Named) =>
  Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));

/**
 * What AWS counts, by namespace: sets of dimensions under which it does, what each is the name of in a template, and the metrics. From AWS’s
 * own pages (November 2026): lambda/latest/dg/monitoring-metrics-types, step-functions/latest/dg/procedure-cw-metrics,
 * AWSSimpleQueueService/…/sqs-available-cloudwatch-metrics, amazondynamodb/…/metrics-dimensions, apigateway/…/http-api-metrics and
 * ses/latest/dg/event-publishing-retrieving-cloudwatch.
 */
const counted: readonly Counted[] = [
  { namespace: 'AWS/Lambda', by: ['FunctionName'], metrics: ['Invocations', 'Errors', 'Throttles', 'Duration'] },
  {
    namespace: 'AWS/States',
    by: ['StateMachineArn'],
    metrics: [
      'ExecutionsStarted',
      'ExecutionsSucceeded',
      'ExecutionsFailed',
      'ExecutionsTimedOut',
      'ExecutionsAborted',
    ],
  },
  { namespace: 'AWS/SQS', by: ['QueueName'], metrics: ['ApproximateNumberOfMessagesVisible'] },
  { namespace: 'AWS/DynamoDB', by: ['TableName'], metrics: ['ReadThrottleEvents', 'WriteThrottleEvents'] },
  {
    namespace: 'AWS/DynamoDB',
    by: ['TableName', 'GlobalSecondaryIndexName'],
    metrics: ['ReadThrottleEvents', 'WriteThrottleEvents'],
  },
  { namespace: 'AWS/ApiGateway', by: ['ApiId'], metrics: ['Count', '4xx', '5xx', 'Latency'] },
];
interface Counted {
  readonly namespace: string;
  readonly by: readonly string[];
  readonly metrics: readonly string[];
}

/** Whether AWS counts this under these dimensions, and each of them names something that is in the template. */
export function isCounted(template: Template, metric: Metric): boolean {
  if (metric.namespace === 'AWS/SES') return isCountedMail(template, metric);
  const by = Object.keys(metric.dimensions).sort().join();
  const found = counted.some(
    (one) =>
      one.namespace === metric.namespace && one.metrics.includes(metric.name) && [...one.by].sort().join() === by,
  );
  return found && Object.entries(metric.dimensions).every(([key, value]) => isThere(template, metric, key, value));
}

const typeOf: Readonly<Record<string, string>> = {
  FunctionName: 'AWS::Lambda::Function',
  StateMachineArn: 'AWS::StepFunctions::StateMachine',
  QueueName: 'AWS::SQS::Queue',
  TableName: 'AWS::DynamoDB::Table',
  ApiId: 'AWS::ApiGatewayV2::Api',
};

function isThere(template: Template, { dimensions }: Metric, key: string, value: string): boolean {
  if (key === 'GlobalSecondaryIndexName') {
    const indexes = referred(template, dimensions.TableName ?? '')?.properties.GlobalSecondaryIndexes ?? [];
    return indexes.some(({ IndexName }: { IndexName: string }) => IndexName === value);
  }
  return referred(template, value)?.type === typeOf[key];
}

/** SES counts events of a configuration set under the dimensions that its destination names, by their values when a mail has none. */
function isCountedMail(template: Template, { name, dimensions }: Metric): boolean {
  return template.ofType('AWS::SES::ConfigurationSetEventDestination').some(({ properties: { EventDestination } }) => {
    const given = EventDestination.CloudWatchDestination.DimensionConfigurations.map(
      (one: { DimensionName: string; DefaultDimensionValue: string }) => [one.DimensionName, one.DefaultDimensionValue],
    );
    return (
      EventDestination.Enabled === true &&
      EventDestination.MatchingEventTypes.includes(name.toLowerCase()) &&
      JSON.stringify(Object.entries(dimensions)) === JSON.stringify(given)
    );
  });
}

const referred = (template: Template, value: string): Resource | undefined => {
  const [, id] = /^<(\w+)(?:\.\w+)?>$/.exec(value) ?? [];
  return template.resources.find((resource) => resource.id === id);
};

function physicalName(template: Template, value: string): string {
  const properties = referred(template, value)?.properties;
  const named = ['FunctionName', 'StateMachineName', 'QueueName', 'TableName', 'Name'];
  return named.map((name) => properties?.[name]).find((name) => name !== undefined) ?? value;
}
