import { describe, expect, it } from 'vitest';
import { configurationWarnings } from '../../../../contracts/configuration/configuration-warnings.ts';
import { minutes } from '../../../../contracts/duration.ts';
import { noticeableBySteps } from '../../../../core/judgement/noticeable.ts';
import { accepted, acceptedService, exampleText, problemsOf } from './example.ts';

const metrics = `{
            requests: { namespace: AWS/ApplicationELB, metric: RequestCount, stat: Sum, dimensions: { TargetGroup: { blue: targetgroup/b/1, green: targetgroup/g/2 } } },
            errors: { namespace: AWS/ApplicationELB, metric: HTTPCode_Target_5XX_Count, stat: Sum, dimensions: { TargetGroup: 'targetgroup/{{environment}}/3' } } }`;

/** The example with a source cloudwatch, and this of its objectives. */
const withCloudWatch = ({
  query = 'FILL(errors, 0) / requests',
  more = '',
  source = `{ region: eu-central-1, metrics: ${metrics} }`,
  beside = '',
} = {}) =>
  exampleText.replace(
    /source: \{ prometheus[\s\S]*?(?=\n {4}alerts:)/,
    `source: { cloudwatch: ${source}${beside} }
      ${more}
      list: [{ name: error-rate, query: '${query}', max: 0.01, unit: ratio, compare: { total: requests, bad: 'FILL(errors, 0)' } }]`,
  );

const objectives = 'services[0].objectives';

describe('a source cloudwatch', () => {
  it('is not asked for minutes that CloudWatch keeps no longer', () => {
    const comparedWith = (offset: string) =>
      withCloudWatch().replace(
        '    bake: 10m',
        `    bake: 10m\n    postDeployment: { performance: { offset: ${offset} } }`,
      );

    expect(acceptedService(comparedWith('14d')).postDeployment.performance?.offset).toBe(minutes(14 * 24 * 60));
    expect(problemsOf(comparedWith('21d')).map(({ path }) => path)).toEqual([
      'services[0].postDeployment.performance.offset',
    ]);
  });

  it('names its metrics once, and asks for whole minutes that are two minutes old', () => {
    const { objectives } = acceptedService(withCloudWatch());

    expect(objectives.source).toMatchObject({
      kind: 'cloudwatch',
      region: 'eu-central-1',
      period: minutes(1),
      delay: minutes(2),
      metrics: { requests: { stat: 'Sum', dimensions: { TargetGroup: { blue: 'targetgroup/b/1' } } } },
    });
    expect(objectives.list[0]?.compare).toMatchObject({ total: 'requests', bad: 'FILL(errors, 0)', tolerate: 0.01 });
  });

  it.each([
    [
      'a query names a metric that is not there',
      { query: 'faults / requests' },
      '.list[0].query',
      /names faults, which/,
    ],
    ['a query names none', { query: '1' }, '.list[0].query', /must name a metric/],
    ['a search has several answers', { query: `SUM(SEARCH("x", "Sum"))` }, '.list[0].query', /SEARCH is not supported/],
    ['counts are metric math as well', { more: 'samples: answers\n      minSamples: 5' }, '.samples', /names answers/],
    [
      'gross failure is looked for where it can be seen',
      { more: 'fast: { answers: requests, failures: "FILL(errors, 0)", window: 3m }' },
      '.fast.window',
      /at least 4m/,
    ],
    ['a window has a whole minute', { more: 'window: 239s' }, '.window', /at least 4m.*delay 2m.*1m/],
    [
      'being early is no reason to return the traffic',
      { more: 'inconclusive: { deadline: 3m }' },
      '.inconclusive.deadline',
      /at least 4m/,
    ],
    ['it is asked by AWS keys', { beside: ', auth: { bearer: a }' }, '.source.auth', /not for cloudwatch/],
    [
      'a period is whole minutes',
      { source: `{ region: eu-central-1, period: 90s, metrics: ${metrics} }` },
      '.source.cloudwatch.period',
      /whole minutes/,
    ],
    [
      'a statistic is one',
      { source: `{ region: eu-central-1, metrics: ${metrics.replace('Sum', 'sum')} }` },
      '.source.cloudwatch.metrics.requests.stat',
      /statistic of CloudWatch/,
    ],
  ])('is refused unless %s', (_what, written, path, message) => {
    const problems = problemsOf(withCloudWatch(written));

    expect(problems.map((problem) => problem.path)).toEqual([`${objectives}${path}`]);
    expect(problems[0]?.message).toMatch(message);
  });

  it('is refused where a step or the bake would be over before anything of it can be seen', () => {
    const problems = problemsOf(
      withCloudWatch().replace('interval: 5m', 'interval: 3m').replace('bake: 10m', 'bake: 2m'),
    );

    expect(problems.map(({ path }) => path)).toEqual(['services[0].traffic.interval', 'services[0].bake']);
  });

  it('is warned of where missing data is not taken for zero', () => {
    const warnings = configurationWarnings(accepted(withCloudWatch({ query: 'errors / requests' })));

    expect(warnings.filter((text) => text.includes('.objectives.'))).toEqual([
      `${objectives}.list[0].query reads errors (HTTPCode_Target_5XX_Count), which has no values while there are none: a release without errors has no reading, which is inconclusive. Write FILL(errors, 0).`,
    ]);
  });

  it('lets a step notice what comes in the part of it that can be seen', () => {
    const { traffic, objectives: written } = acceptedService(withCloudWatch({ more: 'window: 8m' }));
    const [objective] = written.list;
    if (objective === undefined) throw new Error('There is no objective.');
    // One that both ways of noticing find, and one that the comparison alone does.
    const objectives = { ...written, list: [objective, { ...objective, name: 'slow', unit: 'seconds' as const }] };
    const { source: _, ...elsewhere } = { ...objectives, window: minutes(5) };

    const found = noticeableBySteps({ traffic: { ...traffic, interval: minutes(8) }, objectives }, 20);

    expect(found[0]?.share).toBeGreaterThan(0);
    // Three minutes of it are late, or parts of minutes.
    expect(found).toEqual(
      noticeableBySteps({ traffic: { ...traffic, interval: minutes(5) }, objectives: elsewhere }, 20),
    );
  });
});
