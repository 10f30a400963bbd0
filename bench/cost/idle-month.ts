import { functionSizes } from '../../cdk/function-sizes.ts';
import { watchMetrics } from '../../functions/watch/metrics-line.ts';
import type { Resource, Template } from '../../test/cdk/support/synthesize.ts';
import { prices } from './prices.ts';

/** So long a look takes, in s, and so many reads; what it logs, in bytes. */
const look = { seconds: 0.5, reads: 6, logged: 800 };

/** What stands there in a month in which nothing is deployed, counted in the template itself, and who looks by a timer. */
export function idleMonth(template: Template): Record<string, number> {
  const count = (type: string) => template.ofType(type).length;
  const alarms = template.ofType('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0);
  const metrics = Object.keys(watchMetrics.names).length;
  const timers = ['watch', 'guardian'] as const;
  const looks = template.ofType('AWS::Events::Rule').reduce((sum, rule) => sum + timesAMonth(rule), 0);
  const each = looks / timers.length;
  const time = timers.reduce((sum, name) => sum + each * look.seconds * (functionSizes[name].memory / 1_024), 0);
  const keys = count('AWS::KMS::Key');
  return {
    // Until it was rotated for the first time, after a year.
    [`keys (${keys})`]: keys * prices.kms.keyMonth,
    [`secrets (${count('AWS::SecretsManager::Secret')})`]:
      count('AWS::SecretsManager::Secret') * prices.secretsManager.secretMonth,
    [`alarms’ metrics (${alarms})`]: alarms * prices.cloudWatch.alarmMonth,
    [`dashboards (${count('AWS::CloudWatch::Dashboard')})`]:
      count('AWS::CloudWatch::Dashboard') * prices.cloudWatch.dashboardMonth,
    [`metrics of watch (${metrics})`]: metrics * prices.cloudWatch.customMetricMonth,
    [`looks (${looks})`]: time * prices.lambda.gigabyteSecond + looks * prices.lambda.request,
    'their reads': looks * look.reads * prices.dynamodb.readUnit,
    'their logs and traces': ((looks * look.logged) / 1e9) * prices.cloudWatch.logGigabyte + looks * prices.trace,
  };
}

/** An alarm of an expression is paid for by the metrics in it. */
const metricsOf = ({ properties: { Metrics } }: Resource): number =>
  Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }: { MetricStat?: object }) => MetricStat).length;

function timesAMonth({ id, properties: { ScheduleExpression } }: Resource): number {
  if (ScheduleExpression === undefined) return 0;
  const [, minutes] = /^rate\((\d+) minutes?\)$/.exec(ScheduleExpression) ?? [];
  if (minutes === undefined) throw new Error(`${id}: nobody knows how often ${ScheduleExpression} is.`);
  return (30 * 24 * 60) / Number(minutes);
}
