import { Duration } from 'aws-cdk-lib';
import { AlarmStatusWidget, Dashboard, GraphWidget, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { SluiceFunctions } from './sluice-functions.ts';
import type { StateMachines } from './state-machines.ts';

export interface SluiceDashboardProps {
  readonly name: string;
  readonly functions: SluiceFunctions;
  readonly machines: StateMachines;
  readonly alarms: Alarms;
}

/** What somebody looks at first: the alarms, then executions, then functions. */
export class SluiceDashboard extends Construct {
  constructor(scope: Construct, id: string, { name, functions, machines, alarms }: SluiceDashboardProps) {
    super(scope, id);
    const period = Duration.minutes(5);
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
        machines.all.map(
          ([title, machine]) =>
            new GraphWidget({
              title: `The ${title} machine`,
              width: 8,
              left: [
                machine.metricStarted({ period }),
                machine.metricSucceeded({ period }),
                machine.metricFailed({ period }),
              ],
            }),
        ),
        [
          new GraphWidget({
            title: 'Errors',
            width: 8,
            left: functions.all.map(({ name: label, lambda }) => lambda.metricErrors({ period, label })),
          }),
          new GraphWidget({
            title: 'Durations (p95)',
            width: 8,
            left: functions.all.map(({ name: label, lambda }) =>
              lambda.metricDuration({ period, label, statistic: 'p95' }),
            ),
          }),
          new GraphWidget({
            title: 'Refused calls',
            width: 8,
            left: functions.all.map(({ name: label, lambda }) => lambda.metricThrottles({ period, label })),
          }),
        ],
      ],
    });
  }
}
