import { describe, expect, it } from 'vitest';
import { configurationWarnings } from '../../../../contracts/configuration/configuration-warnings.ts';
import { estimateHistoryEvents } from '../../../../contracts/configuration/history-estimate.ts';
import { metricSourcesOf } from '../../../../contracts/configuration/service.ts';
import { waitsOf } from '../../../../contracts/configuration/waits.ts';
import { accepted, acceptedService, edited, problemsOf } from './example.ts';

const written = (text: string) => edited(['    validation:', `    validation:\n      performance: ${text}`]);
const latency =
  '{ name: latency-p95, query: "p95{version=\\"{{version}}\\"}[{{window}}]", unit: seconds, max: 0.5, atMost: 1.2 }';
const pathsOf = (text: string) => problemsOf(text).map(({ path }) => path);

describe('validation.performance', () => {
  it('measures nothing that is not written', () => {
    const service = acceptedService(edited());

    expect(service.validation.performance).toBeNull();
    expect(metricSourcesOf(service)).toEqual([service.objectives.source]);
  });

  it('is asked of the source of the objectives, over ten minutes, unless more is said', () => {
    const { validation, objectives } = acceptedService(written(`{ list: [${latency}] }`));

    expect(validation.performance).toMatchObject({ window: 600_000, source: objectives.source });
  });

  it('may have a source of its own, which is asked as well as the other', () => {
    const source = '{ prometheus: https://prometheus.staging.example.com, auth: { bearer: staging-token } }';

    const service = acceptedService(written(`{ source: ${source}, list: [${latency}] }`));

    expect(metricSourcesOf(service)).toMatchObject([
      { url: 'https://prometheus.production.example.com' },
      { url: 'https://prometheus.staging.example.com', auth: { kind: 'bearer', secret: 'staging-token' } },
    ]);
  });

  it('tells every problem at once, with its path', () => {
    const list = [
      '{ name: a, query: up }',
      '{ name: A, query: "up{namespace=\\"{{namespace}}\\"}", min: 3, max: 2 }',
      '{ name: b, query: up, unit: ratio, max: 1, atMost: 0.9 }',
      '{ name: c, query: up, atLeast: 1.1, margin: 3 }',
    ];

    const paths = pathsOf(written(`{ windows: 3m, window: 0s, list: [${list.join(', ')}] }`));

    const at = 'services[0].validation.performance';
    expect(paths).toEqual(
      expect.arrayContaining([
        `${at}.windows`,
        `${at}.window`,
        `${at}.list[0]`,
        `${at}.list[1].query`,
        `${at}.list[2].atMost`,
        `${at}.list[3].atLeast`,
        `${at}.list[3].margin`,
      ]),
    );
  });

  it.each([
    ['is over only when it is waited for no more', `{ window: 30m, list: [${latency}] }`, 'window', 'waitFor (30m)'],
    ['is the JSON of an address', `{ source: { web: https://a.example }, list: [${latency}] }`, 'source', 'no past'],
    [
      'is asked of an address of blue and green',
      `{ source: { prometheus: 'https://a.example/{{namespace}}' }, list: [${latency}] }`,
      'source',
      'without {{namespace}}',
    ],
    [
      'names a metric of blue and green',
      `{ source: { cloudwatch: { region: us-east-1, metrics: { p95: { namespace: A, metric: m, stat: p95, dimensions: { Side: { blue: b, green: g } } } } } }, list: [{ name: a, query: p95, max: 1 }] }`,
      'list[0].query',
      'those of blue and green',
    ],
  ])('is refused where it %s', (_, text, path, message) => {
    expect(problemsOf(written(text))).toMatchObject([
      { path: `services[0].validation.performance.${path}`, message: expect.stringContaining(message) },
    ]);
  });

  it('needs to know when a release came to staging, and a pipeline that refuses', () => {
    const text = written(`{ list: [${latency}] }`);

    expect(pathsOf(text.replace(/staging: staging/, 'staging: null'))).toEqual(['services[0].validation.performance']);
    expect(problemsOf(text.replace('    cluster:', '    mode: observe\n    cluster:'))).toMatchObject([
      { path: 'services[0].validation.performance', message: expect.stringContaining('mode: deploy only') },
    ]);
  });

  it('warns of a query that any release on staging answers', () => {
    const warnings = configurationWarnings(accepted(written(`{ list: [${latency}, { name: b, query: up, max: 1 }] }`)));

    expect(warnings.filter((text) => text.includes('performance'))).toEqual([
      expect.stringMatching(
        /^services\[0\]\.validation\.performance\.list\[1\]\.query measures whatever runs on staging/,
      ),
    ]);
  });

  it('counts what each look costs in history events', () => {
    const costOf = (text: string) => estimateHistoryEvents(waitsOf(acceptedService(text))).costs[0]?.events ?? 0;

    expect(costOf(written(`{ list: [${latency}] }`))).toBeGreaterThan(costOf(edited()));
  });
});
