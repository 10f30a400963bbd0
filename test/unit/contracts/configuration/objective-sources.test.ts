import { describe, expect, it } from 'vitest';
import { configurationWarnings } from '../../../../contracts/configuration/configuration-warnings.ts';
import { metricSourcesOf } from '../../../../contracts/configuration/service.ts';
import { interfaceEndpoints } from '../../../../contracts/configuration/vpc-endpoints.ts';
import { noticeableBySteps } from '../../../../core/judgement/noticeable.ts';
import { rulesOf, usualLimits } from '../../../../core/monitoring/service-rules.ts';
import { accepted, acceptedService, edited, exampleText, problemsOf } from './example.ts';

const latency = '- { name: latency-p95, query:';
const metrics =
  '{ orders: { namespace: Shop, metric: OrdersFailed, stat: Sum, dimensions: { Side: "{{environment}}" } } }';
const cloudWatch = (more = '') => `{ cloudwatch: { region: eu-west-1, ${more} metrics: ${metrics} } }`;

/** The example, whose own source is a Prometheus, with one more objective before its last one. */
const withObjective = (objective: string, ...edits: readonly (readonly [from: string, to: string])[]) =>
  edited([latency, `- { ${objective} }\n        ${latency}`], ...edits);

describe('an objective with a source of its own', () => {
  it('is asked there, and all others where the service says', () => {
    const { objectives } = acceptedService(
      withObjective('name: orders, query: orders, min: 1, source: { prometheus: https://orders.example.com }'),
    );

    expect(objectives.source).toMatchObject({ url: 'https://prometheus.production.example.com' });
    expect(objectives.list.map(({ source }) => source)).toEqual([
      undefined,
      { kind: 'prometheus', url: 'https://orders.example.com' },
      undefined,
    ]);
  });

  it('needs no query where it is built in there, with the gateway of that source', () => {
    const service = withObjective('name: latency-p99, max: 5, source: { istio: https://i.example.com, gateway: edge }');
    const { objectives } = acceptedService(service);

    expect(objectives.list[1]?.query).toContain('source_workload="edge"');
    expect(objectives.list[1]?.compare?.total).toContain('source_workload="edge"');
    // Rules about the service's alerts count at the same gateway.
    expect(JSON.stringify(rulesOf(accepted(service), usualLimits))).toContain('source_workload=\\"edge\\"');
  });

  it('is among the sources that are asked, with what asking takes, also where it only runs dry', () => {
    const configuration = accepted(
      withObjective(
        `name: orders, query: orders, min: 1, source: ${cloudWatch()}, dryRun: true }\n        - { name: own, query: q, max: 1, source: { prometheus: https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1, auth: { sigv4: eu-west-1 } }`,
        ['minSamples: 100', 'minSamples: 100\n      window: 8m'],
      ),
    );

    expect(configuration.services.flatMap(metricSourcesOf).map(({ kind }) => kind)).toEqual([
      ...['prometheus', 'prometheus', 'cloudwatch'],
    ]);
    expect(interfaceEndpoints(configuration)).toEqual(expect.arrayContaining(['monitoring', 'aps-workspaces']));
  });

  it.each([
    [
      'without a query where none is built in',
      'name: latency-p99, max: 5, source: { prometheus: https://p.example.com }',
      'list[1].query',
      /only with `source: \{ istio/,
    ],
    [
      'with metrics that its CloudWatch does not have',
      `name: orders, query: others, min: 1, source: ${cloudWatch()}`,
      'list[1].query',
      /names others, which/,
    ],
    [
      'with a count over another time than the step',
      'name: own, query: q, max: 0.1, unit: ratio, compare: { total: t, bad: "b[{{window}}]" }, source: { prometheus: https://p.example.com }',
      'list[1].compare.total',
      /must have \{\{window\}\}/,
    ],
    [
      'that is no source',
      'name: own, query: q, max: 1, source: { prometheus: https://p.example.com, web: https://w.example.com }',
      'list[1].source',
      /must have either/,
    ],
  ])('is refused %s', (_, objective, field, message) => {
    expect(problemsOf(withObjective(objective))).toMatchObject([
      { path: `services[0].objectives.${field}`, message: expect.stringMatching(message) },
    ]);
  });

  it('is waited for as long as its CloudWatch is late', () => {
    const sooner = `{ name: sooner, query: orders, min: 1, source: ${cloudWatch('delay: 1m,')} }`;
    const late = withObjective(`name: orders, query: orders, min: 1, source: ${cloudWatch('delay: 4m,')}`, [
      '      list:',
      `      list:\n        - ${sooner}`,
    ]);

    expect(problemsOf(late).map(({ path, message }) => [path, message.includes('at least 6m')])).toEqual([
      ['services[0].traffic.interval', true],
      ['services[0].objectives.window', true],
    ]);
  });

  it('must know the past where the release before is compared, unless it only runs dry', () => {
    const compared = ['    bake: 10m', '    bake: 10m\n    postDeployment: { performance: { offset: 1d } }'] as const;
    const objective =
      'name: own, query: q, max: 1, source: { web: "https://w.example.com/{{environment}}?{{window}}" }';

    expect(problemsOf(withObjective(objective, compared))).toMatchObject([
      { path: 'services[0].objectives.list[1].source', message: expect.stringMatching(/no past/) },
    ]);
    expect(acceptedService(withObjective(`${objective}, dryRun: true`, compared)).objectives.dryRun).toHaveLength(1);
    expect(acceptedService(withObjective(objective)).objectives.list).toHaveLength(3);
  });

  it('is not asked for minutes that CloudWatch keeps no longer', () => {
    const service = withObjective(
      `name: orders, query: orders, min: 1, source: ${cloudWatch()}`,
      ['minSamples: 100', 'minSamples: 100\n      window: 8m'],
      ['    bake: 10m', '    bake: 10m\n    postDeployment: { performance: { offset: 21d } }'],
    );

    expect(problemsOf(service).map(({ path }) => path)).toEqual(['services[0].postDeployment.performance.offset']);
  });

  it('is warned of by what its own source is', () => {
    const warnings = (objective: string) =>
      configurationWarnings(
        accepted(withObjective(objective, ['minSamples: 100', 'minSamples: 100\n      window: 8m'])),
      ).filter((text) => text.includes('list[1]'));

    expect(warnings(`name: orders, query: orders, max: 1, source: ${cloudWatch()}`)).toEqual([
      expect.stringContaining('list[1].query reads orders (OrdersFailed), which has no values while there are none'),
    ]);
    expect(warnings('name: own, query: "errors_total[9m]", max: 1')).toHaveLength(2);
    expect(
      warnings('name: own, query: "errors_total[9m]", max: 1, source: { web: "https://w.example.com/{{window}}" }'),
    ).toEqual([]);
  });

  it.each(['max: 0.01, unit: ratio', 'max: 2, unit: seconds'])(
    'with `%s` lets a step notice what its own source can have seen by then',
    (bound) => {
      const compared = (count: string) => `compare: { total: '${count}', bad: '${count}', tolerate: 0.01 }`;
      const at = (more: string) => {
        const { traffic, objectives } = acceptedService(
          withObjective(
            `name: own, query: orders, ${bound}, ${more}`,
            ['minSamples: 100', 'minSamples: 0\n      window: 8m'],
            ['interval: 5m', 'interval: 8m'],
          ),
        );
        const [, found] = noticeableBySteps({ traffic, objectives }, 20);
        return found?.share ?? Number.NaN;
      };

      expect(at(`${compared('orders')}, source: ${cloudWatch()}`)).toBeGreaterThan(at(compared('orders[{{window}}]')));
    },
  );
});

it('a service without any is as it was', () => {
  const { objectives } = acceptedService(exampleText);

  expect(objectives.list.every((objective) => !('source' in objective))).toBe(true);
});
