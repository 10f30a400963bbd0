import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  MathExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { SluiceFunctions } from './sluice-functions.ts';
import type { SluiceHttpApi } from './sluice-http-api.ts';
import type { StateMachines } from './state-machines.ts';

export interface SluiceDashboardProps {
  readonly name: string;
  readonly functions: SluiceFunctions;
  readonly machines: StateMachines;
  readonly http: SluiceHttpApi;
  readonly alarms: Alarms;
}

const period = Duration.minutes(5);

/** What somebody looks at first: the alarms and what each of them counts, then executions, requests and functions. */
export class SluiceDashboard extends Construct {
  constructor(scope: Construct, id: string, { name, functions, machines, http, alarms }: SluiceDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: name,
      defaultInterval: Duration.hours(12),
      widgets: [
        // As in sluice-function.ts: CDK's own class and its interface.
        [
          new AlarmStatusWidget({
            title: 'Alarms',
            width: 24,
            height: 4,
            alarms: alarms.all.map((alarm) => alarm as IAlarm),
          }),
        ],
        alarms.all.map(countedBy),
        executionsOf(machines),
        [requestsTo(http), ...callsOf(functions)],
      ],
    });
  }
}

/** What an alarm counts, each part by itself: which queue, which function. */
function countedBy(alarm: Alarm): IWidget {
  const { metric } = alarm;
  const parts = metric instanceof MathExpression ? Object.values<IMetric>(metric.usingMetrics) : [];
  return new GraphWidget({
    title: alarm.node.id,
    width: 6,
    left: parts.length > 1 ? parts : [metric],
    leftAnnotations: [alarm.toAnnotation()],
  });
}

const executionsOf = (machines: StateMachines): IWidget[] =>
  machines.all.map(
    ([title, machine]) =>
      new GraphWidget({
        title: `The ${title} machine`,
        width: 6,
        left: [
          machine.metricStarted({ period }),
          machine.metricSucceeded({ period }),
          machine.metricFailed({ period }),
          machine.metricTimedOut({ period }),
          machine.metricAborted({ period }),
        ],
      }),
  );

const requestsTo = ({ api }: SluiceHttpApi): IWidget =>
  new GraphWidget({
    title: 'Requests',
    width: 6,
    left: [
      api.metricCount({ period, statistic: 'Sum' }),
      api.metricClientError({ period, statistic: 'Sum' }),
      api.metricServerError({ period, statistic: 'Sum' }),
    ],
  });

const callsOf = ({ all }: SluiceFunctions): IWidget[] => [
  new GraphWidget({
    title: 'Errors',
    width: 6,
    left: all.map(({ name: label, lambda }) => lambda.metricErrors({ period, label })),
  }),
  new GraphWidget({
    title: 'Durations (p95)',
    width: 6,
    left: all.map(({ name: label, lambda }) => lambda.metricDuration({ period, label, statistic: 'p95' })),
  }),
  new GraphWidget({
    title: 'Refused calls',
    width: 6,
    left: all.map(({ name: label, lambda }) => lambda.metricThrottles({ period, label })),
  }),
];
