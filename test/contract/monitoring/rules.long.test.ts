import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { exampleFile } from '../../../cdk/installation.ts';
import { areInstalled } from '../../support/are-installed.ts';
import { runSluice } from '../../unit/cli/support.ts';
import { type Flow, istioSeries, scrapeEvery } from '../adapters/istio-samples.ts';

const service = 'chest-xray-mlops';
const committed = 'monitoring/rules.yaml';

interface Series {
  readonly series: string;
  readonly values: string;
}

/** What is said of a time: each alert that fires, and the value of each expression. */
interface Expected {
  readonly at: string;
  readonly firing: readonly Readonly<Record<string, string>>[];
  readonly values?: Readonly<Record<string, number | null>>;
}

const isRun = areInstalled('promtool') || Boolean(process.env.CI);
const whySkipped = isRun ? '' : ' (skipped: promtool is not on the PATH)';

it('the committed rules are what the command prints for the example', async () => {
  const files = { 'sluice.yaml': await readFile(exampleFile, 'utf8') };
  const { exitCode, out } = await runSluice(['monitoring', 'rules'], { files });

  expect(exitCode).toBe(0);
  expect(out).toBe(await readFile(committed, 'utf8'));
});

it('every alert has a runbook: what it means, what to look at, what to type', async () => {
  const { groups } = parse(await readFile(committed, 'utf8'));
  const alerts = groups.flatMap(({ rules }: { rules: { alert?: string }[] }) => rules.filter(({ alert }) => alert));

  expect(alerts).toHaveLength(14);
  for (const { annotations } of alerts) {
    const headings = (await readFile(annotations.runbook, 'utf8')).match(/^## .*/gm);
    expect([annotations.runbook, headings]).toEqual([
      annotations.runbook,
      ['## Description', '## Investigation', '## Resolution'],
    ]);
  }
});

(isRun ? describe : describe.skip)(`the rules, as Prometheus reads them${whySkipped}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-rules-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Has promtool scrape these series every 15 s and evaluate the committed rules. */
  async function judge(series: readonly Series[], ...expected: Expected[]): Promise<void> {
    const file = join(folder, 'test.yaml');
    const test = {
      rule_files: [join(process.cwd(), committed)],
      evaluation_interval: `${scrapeEvery}s`,
      tests: [
        {
          interval: `${scrapeEvery}s`,
          input_series: series,
          promql_expr_test: expected.flatMap(({ at, firing, values = {} }) => [
            {
              expr: 'ALERTS{alertstate="firing"}',
              eval_time: at,
              exp_samples: firing.map((labels) => ({
                labels: `ALERTS{${Object.entries({ alertstate: 'firing', service, ...labels })
                  .map(([name, value]) => `${name}="${value}"`)
                  .join(',')}}`,
                value: 1,
              })),
            },
            ...Object.entries(values).map(([expr, value]) => ({
              expr: `round(sum(${expr}), 0.0001)`,
              eval_time: at,
              exp_samples: value === null ? [] : [{ labels: '{}', value }],
            })),
          ]),
        },
      ],
    };
    await writeFile(file, stringify(test));
    const { stdout } = await promisify(execFile)('promtool', ['test', 'rules', file]).catch((error) => {
      throw new Error(`${error.stdout}${error.stderr}`);
    });
    expect(stdout).toContain('SUCCESS');
  }

  const mesh = (flows: readonly Omit<Flow, 'namespace'>[], more: { namespace?: string; ownBucket?: number } = {}) => {
    const { namespace = 'production-green', ...options } = more;
    return istioSeries(
      service,
      flows.map((flow) => ({ namespace, ...flow })),
      { scrapes: 80, ...options },
    );
  };
  const answers = (perSecond: Flow['perSecond'], code = 200) => ({ perSecond, code, flags: '-' }) as const;
  const steady = (series: string, value: number): Series => ({ series, values: `${value}x80` });
  const green = { environment: 'green', severity: 'critical' };
  const series = (name: string) => `${name}{service="${service}",environment="green"}`;

  it('are sound, and no two of them make the same series', async () => {
    const { stdout } = await promisify(execFile)('promtool', ['check', 'rules', '--lint-fatal', committed]);
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
  });

  it('a clean release raises nothing; no error is a ratio of 0, and each request counts once', async () => {
    await judge(mesh([answers({ 40: 10 })]), {
      at: '15m',
      firing: [],
      values: { [series('sluice:requests:rate')]: 10, [series('sluice:error_ratio:rate')]: 0 },
    });
  });

  it('an environment without requests has no ratios, and raises nothing', async () => {
    await judge(mesh([answers({ 40: 0 })]), {
      at: '15m',
      firing: [],
      values: { [series('sluice:error_ratio:rate')]: null, [series('sluice:slow_ratio:rate')]: null },
    });
  });

  it.each([
    ['the gateway cannot connect', { perSecond: { 2: 0.15 }, code: 503, flags: 'UF' }],
    ['no pod is healthy', { perSecond: { 2: 0.15 }, code: 503, flags: 'UH' }],
    ['the pods answer 500', answers({ 40: 0.15 }, 500)],
  ] as const)('1.5 %% of errors for five minutes, no sooner: %s', async (_, errors) => {
    await judge(
      mesh([answers({ 40: 9.85 }), errors]),
      { at: '5m', firing: [], values: { [series('sluice:error_ratio:rate')]: 0.015 } },
      { at: '6m', firing: [{ alertname: 'HighErrorRate', ...green }] },
    );
  });

  it('0.9 % of errors raise nothing', async () => {
    await judge(mesh([answers({ 40: 9.91 }), answers({ 40: 0.09 }, 500)]), { at: '15m', firing: [] });
  });

  it('an environment that is wholly down has an error rate of 1', async () => {
    const down = [
      { perSecond: { 2: 6 }, code: 503, flags: 'UF' },
      { perSecond: { 0.2: 4 }, code: 503, flags: 'UH' },
    ] as const;
    await judge(mesh(down), {
      at: '6m',
      firing: [{ alertname: 'HighErrorRate', ...green }],
      values: { [series('sluice:error_ratio:rate')]: 1, [series('sluice:requests:rate')]: 10 },
    });
  });

  it('errors of one environment accuse that one, and those of another service nobody', async () => {
    const clean = mesh([answers({ 40: 10 })]);
    const blue = mesh([answers({ 40: 8 }), answers({ 40: 2 }, 500)], { namespace: 'production-blue' });
    const flows = [{ namespace: 'production-green', ...answers({ 40: 10 }, 500) }];
    const other = istioSeries('another', flows, { scrapes: 80 });

    await judge([...clean, ...blue, ...other], {
      at: '6m',
      firing: [{ alertname: 'HighErrorRate', environment: 'blue', severity: 'critical' }],
    });
  });

  it.each([
    ['every answer takes 2.2 s', mesh([answers({ 2200: 10 })]), true],
    ['every answer takes 1.2 s, in a bucket that ends at 2.5 s', mesh([answers({ 1200: 10 })]), false],
    ['one answer of ten takes 3 s', mesh([answers({ 40: 9, 3000: 1 })]), true],
    ['one of ten takes 3 s, as Prometheus 3 writes it', mesh([{ ...answers({ 40: 9, 3000: 1 }), decimals: 1 }]), true],
    ['one of fifty takes 3 s', mesh([answers({ 40: 9.8, 3000: 0.2 })]), false],
    [
      'one of ten takes 2.2 s, and the mesh has a bucket of 2 s',
      mesh([answers({ 40: 9, 2200: 1 })], { ownBucket: 2000 }),
      true,
    ],
  ])('latency: %s', async (_, input, isBad) => {
    const firing = isBad ? [{ alertname: 'PerformanceDegradation', ...green }] : [];

    await judge(input, { at: '5m', firing: [] }, { at: '6m', firing });
  });

  const pods = (available: number, wanted: number) =>
    // Two kube-state-metrics tell the same.
    ['one', 'other'].flatMap((instance) => {
      const labels = `{namespace="production-green",deployment="${service}",instance="${instance}"}`;
      return [
        steady(`kube_deployment_status_replicas_available${labels}`, available),
        steady(`kube_deployment_spec_replicas${labels}`, wanted),
      ];
    });

  it.each([
    ['too few for traffic', 2, 3, true],
    ['none', 0, 1, true],
    ['a standby at rest', 1, 1, false],
    ['scaled to nothing', 0, 0, false],
    ['enough, while one more starts', 9, 10, false],
  ])('ready pods: %s', async (_, available, wanted, isBad) => {
    const firing = isBad ? [{ alertname: 'HealthCheckFailure', ...green }] : [];

    await judge(pods(available, wanted), { at: '4m', firing: [] }, { at: '6m', firing });
  });

  it.each([
    [
      'a Deployment beyond its deadline',
      steady(
        `kube_deployment_status_condition{namespace="production-green",deployment="${service}",condition="Progressing",status="false",reason="ProgressDeadlineExceeded"}`,
        1,
      ),
      true,
    ],
    [
      'one that makes progress',
      steady(
        `kube_deployment_status_condition{namespace="production-green",deployment="${service}",condition="Progressing",status="false"}`,
        0,
      ),
      false,
    ],
    [
      'a degraded Application',
      steady('argocd_app_info{namespace="argocd",name="chest-xray-mlops-prod-green",health_status="Degraded"}', 1),
      true,
    ],
    [
      'one that is healthy',
      steady('argocd_app_info{namespace="argocd",name="chest-xray-mlops-prod-green",health_status="Healthy"}', 1),
      false,
    ],
  ])('a rollout that failed is told, and moves no traffic: %s', async (_, input, isBad) => {
    const firing = isBad ? [{ alertname: 'DeploymentFailure', environment: 'green', severity: 'warning' }] : [];

    await judge([input], { at: '6m', firing });
  });

  it('tells of a deployment that failed, a stuck operation and a frozen service, by what Sluice says', async () => {
    const deployments = (outcome: string, values: string) => ({
      series: `sluice_deployments{service="${service}",outcome="${outcome}"}`,
      values,
    });
    const page = { severity: 'critical' };

    const others = [
      { alertname: 'SluiceOperationStuck', ...page },
      { alertname: 'SluiceServiceFrozen', ...page },
    ];

    await judge(
      [
        deployments('open', '0x100'),
        deployments('succeeded', '3x44 4x60'),
        deployments('rolled-back', '_x44 1x60'),
        // One of long ago leaves the time that is told of.
        deployments('failed', '2x44 1x60'),
        { series: `sluice_service_frozen{service="${service}"}`, values: '1x100' },
        { series: `sluice_operations_overdue{service="${service}"}`, values: '1x100' },
      ],
      // What Sluice told of at the first scrape is not new.
      { at: '5m', firing: [{ alertname: 'SluiceServiceFrozen', ...page }] },
      { at: '10m30s', firing: others },
      {
        at: '12m',
        firing: [{ alertname: 'SluiceDeploymentFailed', severity: 'warning', outcome: 'rolled-back' }, ...others],
      },
      { at: '23m', firing: others },
    );
  });
});
