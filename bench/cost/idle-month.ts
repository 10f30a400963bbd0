import { watchMetrics } from '../../pipeline/rescue/metrics-line.ts';
import type { Resource, Template } from '../../test/cdk/support/synthesize.ts';
import { prices as listPrices, type Prices } from './prices.ts';

/** So long a look takes, in s, and so many reads; what it logs, in bytes. */
const look = { seconds: 0.5, reads: 6, logged: 800 };

/** What stands there in a month in which nothing is deployed, counted in the template itself, and who looks by a timer. In dollars. */
export function idleMonth(template: Template, prices: Prices = listPrices): Record<string, number> {
  const count = (type: string) => template.ofType(type).length;
  const keys = count('AWS::KMS::Key');
  const secrets = count('AWS::SecretsManager::Secret');
  const alarms = template.ofType('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0);
  const dashboards = count('AWS::CloudWatch::Dashboard');
  // With the one of the tokens.
  const metrics = Object.keys(watchMetrics.names).length + 1;
  const timers = template.ofType('AWS::Events::Rule').flatMap((rule) => timersOf(template, rule));
  const looks = timers.reduce((sum, { times }) => sum + times, 0);
  const gigabyteSeconds = timers.reduce((sum, { times, memory }) => sum + times * look.seconds * (memory / 1_024), 0);
  return {
    // Until it was rotated for the first time, after a year.
    [`keys (${keys})`]: keys * prices.kms.keyMonth,
    [`secrets (${secrets})`]: secrets * prices.secretsManager.secretMonth,
    [`alarms’ metrics (${alarms})`]: alarms * prices.cloudWatch.alarmMonth,
    [`dashboards (${dashboards})`]: dashboards * prices.cloudWatch.dashboardMonth,
    [`metrics of watch (${metrics})`]: metrics * prices.cloudWatch.customMetricMonth,
    [`looks (${looks})`]: gigabyteSeconds * prices.lambda.gigabyteSecond + looks * prices.lambda.request,
    'their reads': looks * look.reads * prices.dynamodb.readUnit,
    'their logs and traces': ((looks * look.logged) / 1e9) * prices.cloudWatch.logGigabyte + looks * prices.trace,
  };
}

/** An alarm of an expression is paid for by the metrics in it. */
const metricsOf = ({ properties: { Metrics } }: Resource): number =>
  Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }: { MetricStat?: object }) => MetricStat).length;

const perDay: Readonly<Record<string, number>> = { minute: 24 * 60, hour: 24, day: 1 };

/** How many times a month a rule calls functions by the clock, and with how many MB each. */
function timersOf(template: Template, { id, properties }: Resource): { times: number; memory: number }[] {
  const { ScheduleExpression, Targets } = properties;
  if (ScheduleExpression === undefined) return [];
  const [, every, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? [];
  if (every === undefined) throw new Error(`${id}: nobody knows how often ${ScheduleExpression} is.`);
  const times = (30 * (perDay[unit] ?? Number.NaN)) / Number(every);
  return Targets.map(({ Arn }: { Arn: string }) => ({ times, memory: memoryOf(template, Arn) }));
}

/** Of the function behind an alias, in MB. */
function memoryOf({ resources }: Template, alias: string): number {
  const referred = (reference: unknown) => resources.find(({ id }) => reference === `<${id}>`)?.properties;
  const memory = referred(referred(alias)?.FunctionName)?.MemorySize;
  if (typeof memory !== 'number') throw new Error(`${alias} is no alias of a function.`);
  return memory;
}
