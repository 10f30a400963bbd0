import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lookingAtToken } from '../../functions/runtime/look-at-token.ts';
import { packConfiguration } from '../../functions/runtime/read-configuration.ts';
import { createDeps } from '../../functions/watch/deps.ts';
import { createHandler } from '../../functions/watch/handler.ts';
import { tokenMetric } from '../../pipeline/rescue/look-at-token.ts';
import { fakeCluster } from '../unit/pipeline/support/fake-cluster.ts';
import { createWorld, type World } from '../unit/pipeline/support/world.ts';
import { describeMetric, type Metric, metricsOfAlarm } from './support/metrics.ts';
import { synthesize, type Template } from './support/synthesize.ts';

/** A line in CloudWatch's embedded metric format. */
interface MetricsLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

describe('the metrics of Sluice’s own that alarms watch', () => {
  let template: Template;
  let world: World;
  let folder: string;
  beforeAll(async () => {
    template = synthesize();
    world = await createWorld();
    folder = mkdtempSync(join(tmpdir(), 'sluice-metrics-'));
  });
  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true });
  });

  /** Everything that `watch` writes on its standard output in one look, in the environment that the template gives it. */
  const written = async (): Promise<string> => {
    const { SLUICE_TABLE } = template.lambda('watch').properties.Environment.Variables;
    const configuration = join(folder, 'sluice.json');
    writeFileSync(configuration, packConfiguration(world.configuration));
    const environment = { AWS_REGION: 'us-east-1', SLUICE_CONFIGURATION: configuration, SLUICE_TABLE };
    const { installation, publish } = createDeps(environment);
    const cluster = () => fakeCluster({ blue: 100, green: 0 });
    const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await createHandler({ ...world, pagers: () => new Map(), cluster, installation, publish })({});
      return output.mock.calls.map(([text]) => String(text)).join('');
    } finally {
      output.mockRestore();
    }
  };

  it('are what watch writes: as one bare line, under this namespace, these names and this dimension', async () => {
    const text = await written();

    expect(text).toMatch(/^\{.*\}\n$/);
    const line: MetricsLine = JSON.parse(text);
    expect(line._aws.Timestamp).toBe(world.now());
    const told = line._aws.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name: name }) =>
        Dimensions.map((dimensions) => ({
          namespace,
          name,
          dimensions: Object.fromEntries(dimensions.map((dimension) => [dimension, line[dimension]])),
        })),
      ),
    );
    const watched = ownMetrics().map(({ namespace, name, dimensions }) => ({ namespace, name, dimensions }));
    const unique = new Map(watched.map((metric) => [JSON.stringify(metric), metric]));
    expect(told.sort(byName)).toEqual([...unique.values()].sort(byName));
    for (const { name } of told) expect([name, typeof line[name]]).toEqual([name, 'number']);
  });

  it('are counted over as long as a look is apart from the next, so that no period is empty', () => {
    for (const metric of ownMetrics()) {
      const rate = template.ofType('AWS::Events::Rule').find(({ properties }) => properties.Name === 'sluice-watch')
        ?.properties.ScheduleExpression;
      expect([describeMetric(template, metric), `rate(${metric.period / 60} minutes)`]).toEqual([
        describeMetric(template, metric),
        rate,
      ]);
    }
  });

  it.each(['act', 'release'] as const)(
    'are what %s writes of its token, more often than it is counted',
    async (name) => {
      const { SLUICE_TABLE } = template.lambda(name).properties.Environment.Variables;
      // An App's token: nobody has to be asked when it ends.
      const github = { baseUrl: '', token: async () => 'ghs_app', call: () => Promise.reject(new Error('nobody')) };
      const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      let text: string;
      try {
        await lookingAtToken({ SLUICE_TABLE }, world, { github, token: 'github-token' }).lookAtToken();
        text = output.mock.calls.map(([written]) => String(written)).join('');
      } finally {
        output.mockRestore();
      }

      expect(text).toMatch(/^\{.*\}\n$/);
      const [metric] = allOwnMetrics().filter(({ name: of }) => of === tokenMetric);
      const { dimensions = {}, namespace, period = 0 } = metric ?? {};
      expect(JSON.parse(text)).toMatchObject({
        _aws: { CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [Object.keys(dimensions)] }] },
        ...dimensions,
        [tokenMetric]: 0,
      });
      const rule = template.ofType('AWS::Events::Rule').find(({ properties }) => properties.Name === 'sluice-tokens');
      expect([rule?.properties.ScheduleExpression, period]).toEqual(['rate(12 hours)', 24 * 3600]);
    },
  );

  /** Of `watch`. */
  const ownMetrics = () => allOwnMetrics().filter(({ name }) => name !== tokenMetric);
  const allOwnMetrics = (): Metric[] =>
    template
      .ofType('AWS::CloudWatch::Alarm')
      .flatMap((alarm) => Object.values(metricsOfAlarm(alarm)))
      .filter(({ namespace }) => !namespace.startsWith('AWS/'));
});

const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);
