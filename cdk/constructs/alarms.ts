import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { tableDefinition } from '../../adapters/store/table.ts';
import { whileFrozen } from '../../contracts/words.ts';
import { tokenMetric } from '../../pipeline/rescue/look-at-token.ts';
import { watchMetrics } from '../../pipeline/rescue/metrics-line.ts';
import type { FunctionName } from '../function-names.ts';
import type { Installation } from '../installation.ts';
import type { GuardianRule } from './guardian-rule.ts';
import { type MailIdentity, mailDimension } from './mail-identity.ts';
import type { OwnEventBus } from './own-event-bus.ts';
import type { PageTopic } from './page-topic.ts';
import type { SluiceFunctions } from './sluice-functions.ts';
import type { SluiceHttpApi } from './sluice-http-api.ts';
import type { SluiceTable } from './sluice-table.ts';
import type { StateMachines } from './state-machines.ts';
import { watchEvery } from './watch-timer.ts';

export interface AlarmsProps {
  readonly installation: Installation;
  readonly functions: SluiceFunctions;
  readonly machines: StateMachines;
  readonly guardian: GuardianRule;
  readonly table: SluiceTable;
  readonly mail: MailIdentity;
  readonly pages: PageTopic;
  readonly events: OwnEventBus;
  readonly http: SluiceHttpApi;
}

/** One thing that wakes somebody. Its name is its runbook's: docs/runbooks/NAME.md. */
interface Watched {
  readonly name: string;
  readonly means: string;
  readonly metric: IMetric;
  /** The alarm goes off from this value on; 1 unless written. */
  readonly from?: number;
  /** How many periods in a row; 1 unless written. */
  readonly periods?: number;
  /** What no data means: that nothing happened, unless written. */
  readonly silence?: 'is fine' | 'is an alarm';
}

/**
 * Alarms that do not depend on the pipeline: AWS's own counts, and what `watch` sees from beside it. Each pages the installation's
 * topic and the topics that the services name.
 */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { name, configuration } = props.installation;
    const named = new Set(configuration.services.flatMap(({ notify }) => notify.page.sns ?? []));
    const topics: ITopic[] = [
      props.pages.topic as ITopic, // as in sluice-function.ts: CDK's own class and its interface
      ...[...named]
        .filter((arn) => arn.split(':')[3] === props.installation.region)
        .map((arn, index) => Topic.fromTopicArn(this, `Topic${index + 1}`, arn)),
    ];
    this.all = watched(props).map(({ name: alarmName, means, metric, from = 1, periods = 1, silence = 'is fine' }) => {
      const alarm = new Alarm(this, alarmName, {
        alarmName: `${name}-${alarmName}`,
        alarmDescription: `${means} Runbook: docs/runbooks/${alarmName}.md`,
        metric,
        threshold: from,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: periods,
        treatMissingData: silence === 'is fine' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
      });
      for (const topic of topics) {
        alarm.addAlarmAction(new SnsAction(topic));
        alarm.addOkAction(new SnsAction(topic));
      }
      return alarm;
    });
  }
}

function watched(props: AlarmsProps): readonly Watched[] {
  const { functions, machines, guardian, table, mail, events, http } = props;
  const queues: Queue[] = [
    guardian.undelivered,
    events.undelivered,
    ...functions.all.flatMap(({ deadLetters }) => deadLetters ?? []),
  ];
  const seen = (metricName: string) =>
    new Metric({
      namespace: watchMetrics.namespace,
      metricName,
      dimensionsMap: { [watchMetrics.dimension]: table.table.tableName },
      statistic: Stats.MAXIMUM,
      period: watchEvery,
    });
  const { frozen, stuck, unreachable } = watchMetrics.names;
  const { lambda: returnTraffic } = functions.named('return-traffic');
  const minute = { period: Duration.minutes(1), statistic: Stats.SUM };
  return [
    {
      name: 'frozen-service',
      means: `A service is frozen. ${whileFrozen}`,
      metric: seen(frozen),
    },
    {
      name: 'stuck-operation',
      means: 'An operation is beyond its deadline and has not ended.',
      metric: seen(stuck),
    },
    {
      name: 'unreachable-cluster',
      means: 'The route of a service could not be read for 15 minutes: no rescue would reach it.',
      metric: seen(unreachable),
      periods: 3,
    },
    {
      name: 'nobody-looks',
      means:
        'The watch has not looked for 15 minutes: frozen services, stuck operations and unreachable clusters go unseen.',
      metric: new MathExpression({
        expression: 'FILL(looks, 0) < 1',
        usingMetrics: { looks: seen(frozen).with({ statistic: Stats.SAMPLE_COUNT }) },
        label: 'nobody looked',
        period: watchEvery,
      }),
      periods: 3,
      silence: 'is an alarm',
    },
    {
      name: 'expiring-token',
      means: 'A token of GitHub ends within two weeks, or is good no more: without it nothing can be deployed.',
      metric: seen(tokenMetric).with({ period: Duration.days(1) }),
    },
    {
      name: 'dead-execution',
      means: 'An execution failed or timed out. The guardian rescues it; look whether it did.',
      // Not ABORTED: a rollback stops the execution that it returned. What nobody rescues is seen as stuck.
      metric: sumOf(
        machines.all.flatMap(([, machine]) => [machine.metricFailed(minute), machine.metricTimedOut(minute)]),
        Duration.minutes(1),
        'executions that died',
      ),
    },
    {
      name: 'failing-return',
      means: 'The function that returns the traffic failed. It is retried; if it goes on, use break-glass.',
      metric: returnTraffic.metricErrors(minute),
    },
    {
      name: 'failing-webhook',
      means: 'The HTTP API failed repeatedly: deliveries, alerts or decisions are being lost.',
      // Not the functions’ errors: what they answer with 500 or 503 is no error to Lambda, and what is one is a 5xx here too.
      metric: http.api.metricServerError({ period: Duration.minutes(5), statistic: Stats.SUM }),
      from: 3,
    },
    {
      name: 'dead-letter',
      means: 'An event could not be handled or delivered and waits in a dead-letter queue.',
      metric: sumOf(
        queues.map((queue) => queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) })),
        Duration.minutes(1),
        'dead letters',
      ),
    },
    {
      name: 'throttled',
      means: 'Lambda or DynamoDB refused calls of Sluice within 5 minutes.',
      metric: sumOf(
        [
          ...neverRefused.map((name) => functions.named(name).lambda.metricThrottles({ period: Duration.minutes(5) })),
          ...refusalsOf(table),
        ],
        Duration.minutes(5),
        'refused calls',
      ),
    },
    {
      name: 'bounced-mail',
      means: 'A mail of Sluice bounced, was rejected or taken for spam: an approver may not know that they are asked.',
      metric: sumOf(
        ['Bounce', 'Complaint', 'Reject'].map(
          (metricName) =>
            new Metric({
              namespace: 'AWS/SES',
              metricName,
              dimensionsMap: { [mailDimension]: mail.configurationSetName },
              statistic: Stats.SUM,
              period: Duration.minutes(5),
            }),
        ),
        Duration.minutes(5),
        'undelivered mails',
      ),
    },
  ];
}

/** Of the table itself, and of writes by its index: those are counted there only (AWS). */
function refusalsOf({ table: { tableName: TableName } }: SluiceTable): Metric[] {
  const throttled = (metricName: string, more: Readonly<Record<string, string>> = {}) =>
    new Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      dimensionsMap: { TableName, ...more },
      statistic: Stats.SUM,
      period: Duration.minutes(5),
    });
  return [
    throttled('ReadThrottleEvents'),
    throttled('WriteThrottleEvents'),
    ...tableDefinition.GlobalSecondaryIndexes.map(({ IndexName: GlobalSecondaryIndexName }) =>
      throttled('WriteThrottleEvents', { GlobalSecondaryIndexName }),
    ),
  ];
}

/** An alarm takes ten metrics (AWS limit): these are the functions of which a refused call loses something. */
const neverRefused: readonly FunctionName[] = [
  'github-webhook',
  'alertmanager-webhook',
  'approvals',
  'return-traffic',
  'act',
  'observe',
  'guardian',
];

/** The sum of metrics, each of which may have no data. */
function sumOf(metrics: readonly IMetric[], period: Duration, label: string): MathExpression {
  const named = metrics.map((metric, index) => [`m${index}`, metric] as const);
  return new MathExpression({
    expression: named.map(([id]) => `FILL(${id}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(named),
    period,
    label,
  });
}
