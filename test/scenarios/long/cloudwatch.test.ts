import { afterEach, expect, it } from 'vitest';
import { finish, type Observed, startObserved } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const dimensions = { TargetGroup: 'targetgroup/{{service}}-{{environment}}/0123456789abcdef' };
const metric = (name: string, stat: string) => ({ namespace: 'AWS/ApplicationELB', metric: name, stat, dimensions });

/** Objectives on a load balancer's metrics, at the pace at which those come. */
const atItsPace = {
  ...quick,
  'traffic.steps': [20, 100],
  'traffic.interval': '3m',
  bake: '3m',
  'objectives.source': {
    cloudwatch: {
      region: 'eu-central-1',
      // As late as the sandbox's own are.
      delay: '1m',
      metrics: {
        requests: metric('RequestCount', 'Sum'),
        errors: metric('HTTPCode_Target_5XX_Count', 'Sum'),
        latency: metric('TargetResponseTime', 'p95'),
      },
    },
  },
  'objectives.every': '15s',
  'objectives.window': '5m',
  'objectives.samples': 'requests',
  'objectives.minSamples': 20,
  'objectives.inconclusive': { deadline: '6m' },
  'objectives.fast': null,
  'objectives.list': [
    {
      ...{ name: 'error-rate', query: 'FILL(errors, 0) / requests', max: 0.01, unit: 'ratio', for: '5m' },
      compare: { total: 'requests', bad: 'FILL(errors, 0)' },
    },
    { name: 'latency-p95', query: 'latency', max: 2, unit: 'seconds', for: '2m' },
  ],
};

let observed: Observed;
afterEach(() => finish(observed));

it('a release with errors goes back once a whole minute of them is there', async () => {
  observed = await startObserved(...configured(atItsPace));
  const { pipeline } = observed;
  await pipeline.fault({ version: 'v2.1.0', errorRate: 0.2 });
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.approveAll('v2.1.0');

  // Minutes pass: who asks twenty times a second makes them long.
  await until('it has ended', patienceMs, async () => (await pipeline.operation(id)).outcome, 5_000);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('rolled-back');
  expect(ended.reason).toMatch(/answers on green, .* on blue: worse than blue/);
  expect((await pipeline.service()).environments).toMatchObject({ blue: { weight: 100 }, green: { weight: 0 } });
});
