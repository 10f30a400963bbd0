import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configurationWarnings } from '../../../../contracts/configuration/configuration-warnings.ts';
import { formatProblems, parseConfiguration } from '../../../../contracts/configuration/parse-configuration.ts';

const fixture = readFileSync(new URL('../../../fixtures/configuration/chest-xray.yaml', import.meta.url), 'utf8');
const errorRate = `'sum(rate(errors{namespace="{{namespace}}"}[{{window}}]))'`;

/** The warnings about the queries, with this one for the error rate. */
function warningsOf(query: string, changes = (text: string) => text): readonly string[] {
  const parsed = parseConfiguration(changes(fixture.replace(errorRate, `'${query}'`)));
  if (!parsed.ok) throw new Error(formatProblems(parsed.problems, 'chest-xray.yaml'));
  return configurationWarnings(parsed.configuration).filter((text) => text.includes('.objectives.'));
}

const all = 'sum(rate(requests_total[{{window}}]))';
const withoutZero = (path: string) =>
  `services[0].objectives.${path} counts errors, which have no series before the first one: a release without errors has no reading, which is inconclusive. Write (sum(…) or vector(0)).`;

describe('a ratio of errors, which is an empty vector as long as there are none, is warned of', () => {
  it.each([
    ['by the code of the answers', `sum(rate(requests_total{response_code=~"5.."}[{{window}}])) / ${all}`],
    ['by what they are not', `sum(rate(requests_total{status !~ "2..|3.."}[{{window}}])) / ${all}`],
    ['by a class of codes', `sum(rate(requests_total{code_class="5xx"}[{{window}}])) / ${all}`],
    ['of gRPC', `sum(rate(requests_total{grpc_status!="OK"}[{{window}}])) / ${all}`],
    ['by the name of a counter', `sum(rate(http_errors_total[{{window}}])) / ${all}`],
    ['by the name of another one', `sum(rate(requests_failed{a="b"}[{{window}}])) / ${all}`],
  ])('%s', (_how, query) => {
    expect(warningsOf(query)).toEqual([withoutZero('list[0].query')]);
  });

  it('also where it counts bad answers to be compared, or gross failure', () => {
    const bad = `sum(requests_total{code=~"5.."}) * {{window}}`;
    const compare = `compare: { total: "{{window}}", bad: '${bad}' }`;
    const more = (text: string) =>
      text
        .replace('unit: ratio, for: 5m }', `unit: ratio, for: 5m, ${compare} }`)
        .replace('minSamples: 100', `minSamples: 100\n      fast: { answers: '${all}', failures: '${bad}' }`);

    expect(warningsOf(`errors_total or vector(0)`, more)).toEqual([
      withoutZero('list[0].compare.bad'),
      withoutZero('fast.failures'),
    ]);
  });

  it.each([
    ['one that says what it is without errors', `(sum(rate(r{code=~"5.."}[{{window}}])) or vector(0)) / ${all}`],
    ['one of good answers', `1 - sum(rate(requests_total{code=~"2.."}[{{window}}])) / ${all}`],
    ['one of what is no error', `1 - sum(rate(requests_total{code!~"5.."}[{{window}}])) / ${all}`],
    ['one of what every answer counts in', `1 - sum(rate(bucket{le="2500"}[{{window}}])) / ${all}`],
  ])('and nothing is said of %s', (_what, query) => {
    expect(warningsOf(query)).toEqual([]);
  });
});

it('a bound of a ratio that has to be broken for less than a window is warned of, since chance lasts as long', () => {
  const changed = (lasting: string) => (text: string) =>
    text.replace('unit: ratio, for: 5m }', `unit: ratio, for: ${lasting} }`);
  const query = `(sum(rate(e[{{window}}])) or vector(0)) / ${all}`;

  expect(warningsOf(query, changed('1m'))).toEqual([
    expect.stringMatching(
      /^services\[0\]\.objectives\.list\[0\]\.for \(1m, error-rate\) is shorter than objectives\.window \(5m\)/,
    ),
  ]);
  expect(warningsOf(query, changed('5m'))).toEqual([]);
});

describe('a share of good answers, which is an empty vector once there are none, is warned of', () => {
  const good = 'sum(rate(requests_total{code!~"5.."}[{{window}}]))';
  const withMin = (text: string) => text.replace('max: 0.01, unit: ratio', 'min: 0.99, unit: ratio');

  it('where it has a lower bound', () => {
    expect(warningsOf(`${good} / ${all}`, withMin)).toEqual([
      'services[0].objectives.list[0].query counts good answers, which have no series where every answer fails: such a release has no reading, which is inconclusive, and not below its min. Write (sum(…) or vector(0)).',
    ]);
  });

  it.each([
    ['one that says what it is without any', `(${good} or vector(0)) / ${all}`, withMin],
    ['one of all answers', all, withMin],
    ['one with an upper bound only', `1 - ${good} / ${all}`, (text: string) => text],
  ])('and nothing is said of %s', (_what, query, changes) => {
    expect(warningsOf(query, changes)).toEqual([]);
  });
});

it('what only runs dry is warned of with its own place', () => {
  const dry = (text: string) => text.replace('max: 0.01, unit: ratio', 'max: 0.01, unit: ratio, dryRun: true');
  const twice = (text: string) =>
    dry(text).replace(
      /( *)- \{ name: latency-p95/,
      '$1- { name: more, query: "x_failed{a=b}", max: 1 }\n$1- { name: latency-p95',
    );

  expect(warningsOf(`rate(errors_total[{{window}}])`, twice)).toEqual([
    withoutZero('list[1].query'),
    withoutZero('list[0].query'),
  ]);
});

describe('a range that two scrapes do not fit in is warned of', () => {
  it.each([
    [
      'of a query',
      `sum(rate(requests{version="{{version}}"}[20s]))`,
      (text: string) => text,
      'list[0] looks back over 20s',
    ],
    [
      'of the window',
      all,
      (text: string) => text.replace('minSamples: 100', 'minSamples: 100\n      window: 29s'),
      'window looks back over 29s',
    ],
    [
      'beside what the scrapes are told to be',
      all,
      (text: string) => text.replace('minSamples: 100', 'minSamples: 100\n      scrapeInterval: 3m'),
      'window looks back over 5m, which is shorter than two scrapes of 3m',
    ],
  ])('%s', (_what, query, changes, told) => {
    expect(warningsOf(query, changes)).toContainEqual(expect.stringContaining(`services[0].objectives.${told}`));
  });
});

describe('a bound that Istio has no bucket for is warned of', () => {
  const bucket = 'istio_request_duration_milliseconds_bucket';
  const quantile = `histogram_quantile(0.95, sum by (le) (rate(${bucket}[{{window}}])))`;
  const bounded = (max: string) => (text: string) => text.replace('max: 0.01, unit: ratio', `max: ${max}`);

  it.each([
    [
      'as a guess',
      quantile,
      '2000',
      'max lies between the ends of two buckets of Istio (1000 and 2500 ms): what is read there is a guess',
    ],
    ['in seconds', `${quantile} / 1000`, '2', 'max lies between the ends of two buckets of Istio (1000 and 2500 ms)'],
    [
      'as a bucket that is not there',
      `1 - rate(${bucket}{le="2000"}[{{window}}])`,
      '0.05, unit: ratio',
      'query reads a bucket that ends at 2000 ms',
    ],
  ])('%s', (_what, query, max, told) => {
    expect(warningsOf(query, bounded(max))).toEqual([
      expect.stringContaining(`services[0].objectives.list[0].${told}`),
    ]);
  });

  it.each([
    ['the end of one', quantile, '2500'],
    ['the end of one in seconds', `${quantile} / 1000`, '2.5'],
    ['one that is read by its end', `1 - rate(${bucket}{le=~"2500([.]0)?"}[{{window}}])`, '0.05, unit: ratio'],
  ])('and nothing is said of %s', (_what, query, max) => {
    expect(warningsOf(query, bounded(max))).toEqual([]);
  });

  it('also of a built-in objective, which is broken beyond the upper end only', () => {
    const builtIn = (text: string) =>
      text
        .replace('source: { prometheus:', 'source: { istio:')
        .replace(/- \{ name: latency-p95, query: [^}]*\}\}"\}'/, '- { name: latency-p95');

    expect(warningsOf('1', builtIn)).toEqual([
      'services[0].objectives.list[1].max lies between the ends of two buckets of Istio (1000 and 2500 ms): only answers beyond the upper one break it.',
    ]);
  });
});

describe('a lower bound that the first step cannot reach is warned of', () => {
  const warnings = (min: number, requestsPerSecond: number, unit = 'per-second') =>
    warningsOf(all, (text) =>
      text
        .replace('max: 0.01, unit: ratio', `min: ${min}, unit: ${unit}`)
        .replace('traffic: {', `traffic: { requestsPerSecond: ${requestsPerSecond},`),
    );

  it('by the traffic of that step, which is what one side has', () => {
    expect(warnings(10, 50)).toEqual([
      'services[0].objectives.list[0].min (10) is more than the first step has: 5 % of 50 requests/s (traffic.requestsPerSecond) are 2.5. A query is about one side: choose a bound for the first step, or divide by the number of requests.',
    ]);
    expect(warnings(2.5, 50)).toEqual([]);
    expect(warnings(1_000, 50, 'bytes')).toEqual([]);
  });
});

describe('what can have no effect is warned of', () => {
  const warningsWith = (validation: string) => {
    const parsed = parseConfiguration(fixture.replace('      image: { critical: 0 }', validation));
    if (!parsed.ok) throw new Error(formatProblems(parsed.problems, 'chest-xray.yaml'));
    return configurationWarnings(parsed.configuration).join('\n');
  };

  it('a waiver where no finding counts', () => {
    const waiver = '{ finding: CVE-2026-1, owner: ana@example.com, until: 2027-01-31, reason: not reachable }';

    expect(warningsWith(`      image: { waivers: [${waiver}] }`)).toContain('validation.image.waivers have no effect');
    expect(warningsWith(`      image: { critical: 0, waivers: [${waiver}] }`)).not.toContain('waivers');
  });

  it('a creator of staging whom GitHub calls otherwise', () => {
    const staging = (creator: string) => (text: string) =>
      text.replace('staging: staging', `staging: { environment: staging, createdBy: ['${creator}'] }`);
    const of = (creator: string) => {
      const parsed = parseConfiguration(staging(creator)(fixture));
      if (!parsed.ok) throw new Error(formatProblems(parsed.problems, 'chest-xray.yaml'));
      return configurationWarnings(parsed.configuration).join('\n');
    };

    expect(of('github-actions')).toContain("createdBy names github-actions, which is nobody's login");
    expect(of('github-actions[bot]')).not.toContain('createdBy');
  });
});

it('evidence is looked at again an hour after it was gathered, unless something else is written', () => {
  const ageWith = (validation: string) => {
    const parsed = parseConfiguration(
      fixture.replace('      staging: staging', `      staging: staging\n${validation}`),
    );
    if (!parsed.ok) throw new Error(formatProblems(parsed.problems, 'chest-xray.yaml'));
    return parsed.configuration.services[0]?.validation.maxAge;
  };

  expect([ageWith(''), ageWith('      maxAge: 14d')]).toEqual([3_600_000, 14 * 24 * 3_600_000]);
});

it('an Alertmanager that Amazon does not tell is warned of', () => {
  const amazons =
    'prometheus: https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1, auth: { sigv4: us-east-1 }';
  const of = (monitoring: string) => {
    const parsed = parseConfiguration(
      fixture
        .replace('prometheus: https://prometheus.production.example.com', amazons)
        .replace(/^ {4}bake: .*$/m, `$&\n    postDeployment: { monitoring: ${monitoring} }`),
    );
    if (!parsed.ok) throw new Error(formatProblems(parsed.problems, 'chest-xray.yaml'));
    return configurationWarnings(parsed.configuration).join('\n');
  };

  expect(of('{}')).toContain('services[0].postDeployment.monitoring.alertmanager is always inconclusive');
  expect(of('{ alertmanager: false }')).not.toContain('alertmanager is always');
});

describe('rules for major versions', () => {
  it('are warned of where no version says what is major', () => {
    const parsed = parseConfiguration(fixture.replace('    cluster:', '    versions: calendar\n    cluster:'));
    if (!parsed.ok) throw new Error(formatProblems(parsed.problems, 'chest-xray.yaml'));

    expect(configurationWarnings(parsed.configuration)).toContainEqual(
      expect.stringMatching(/applies to every standard deployment.*versions: calendar/),
    );
    const usual = parseConfiguration(fixture);
    if (!usual.ok) throw new Error('the fixture is wrong');
    expect(configurationWarnings(usual.configuration).join()).not.toContain('every standard deployment');
  });
});
