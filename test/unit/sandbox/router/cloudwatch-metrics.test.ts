import { expect, it } from 'vitest';
import { cloudWatchMetrics } from '../../../../sandbox/router/cloudwatch-metrics.ts';
import { createTrafficStatistics } from '../../../../sandbox/router/traffic-statistics.ts';

const environments = (['blue', 'green'] as const).map((environment) => ({
  service: 'shop',
  environment,
  namespace: `shop-${environment}`,
}));

/** What a metric of shop's green side says of the first minute, in which it had these answers, one a second. */
function measure(namespace: string, metric: string, stat: string, answers: readonly number[]) {
  let now = 0;
  const statistics = createTrafficStatistics(() => now);
  for (const status of answers) {
    statistics.record({ service: 'shop', environment: 'green', status, milliseconds: 250 });
    now += 1_000;
  }
  now = 60_000;
  statistics.record({ service: 'shop', environment: 'green', status: 500, milliseconds: 9_000 });
  const dimensions: Record<string, string> =
    namespace === 'ApplicationSignals'
      ? { Service: 'shop', Environment: 'eks:eu/shop-green' }
      : { TargetGroup: 'targetgroup/shop-green/1', LoadBalancer: 'app/front/1' };
  return cloudWatchMetrics(statistics, environments)({ namespace, metric, dimensions, stat, from: 0, to: 60_000 });
}

const alb = 'AWS/ApplicationELB';
it.each([
  ['requests', alb, 'RequestCount', 'Sum', [200, 200, 503], 3],
  ['errors', alb, 'HTTPCode_Target_5XX_Count', 'Sum', [200, 200, 503], 1],
  ['no value where there was no error', alb, 'HTTPCode_Target_5XX_Count', 'Sum', [200, 404], null],
  ['no value where there was no request', alb, 'RequestCount', 'Sum', [], null],
  ['seconds', alb, 'TargetResponseTime', 'p95', [200], expect.closeTo(0.25, 1)],
  ['milliseconds', 'ApplicationSignals', 'Latency', 'p95', [200], expect.closeTo(250, -1)],
  ['faults, of which none are 0', 'ApplicationSignals', 'Fault', 'Sum', [200], 0],
  ['nothing of what it does not know', alb, 'HTTPCode_ELB_504_Count', 'Sum', [504], null],
])('the sandbox’s CloudWatch has %s', (_what, namespace, metric, stat, answers, expected) => {
  expect(measure(namespace, metric, stat, answers)).toEqual(expected);
});
