import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { configurationSchema } from '../../../../contracts/configuration/configuration.ts';
import { estimateHistoryEvents } from '../../../../contracts/configuration/history-estimate.ts';
import { formatProblems } from '../../../../contracts/configuration/parse-configuration.ts';
import { splitCheck } from '../../../../contracts/configuration/validation.ts';
import { evidenceLooks, evidencePause, operationDeadline, waitsOf } from '../../../../contracts/configuration/waits.ts';
import { hours, minutes, parseDuration, seconds } from '../../../../contracts/duration.ts';
import { accepted, acceptedService, edited, exampleText, problemsOf } from './example.ts';

/** Only of Istio is it known how answers are counted. */
const counted: [string, string] = [
  'minSamples: 100',
  'minSamples: 100\n      samples: sum(answers{namespace="{{namespace}}"}[{{window}}])',
];

/** The target groups of both sides, as they are written. */
const targetGroups = (green = 'green', region = 'us-east-1') => {
  const arnOf = (side: string, where: string) =>
    `'arn:aws:elasticloadbalancing:${where}:123456789012:targetgroup/shop-${side}/0123456789abcdef'`;
  return `{ blue: ${arnOf('blue', 'us-east-1')}, green: ${arnOf(green, region)} }`;
};

describe('a good configuration', () => {
  it('keeps everything of the design and reads durations into milliseconds', () => {
    const service = acceptedService(exampleText);

    expect(service.name).toBe('chest-xray-mlops');
    expect(service.traffic.steps).toEqual([5, 25, 50, 100]);
    expect(service.traffic.interval).toBe(minutes(5));
    expect(service.environments.green.branch).toBe('env/green');
    expect(service.validation.model).toEqual({ accuracy: { min: 0.92 }, recall: { min: 0.95 } });
    expect(service.approvals.rules[2]).toEqual({
      role: 'product-owner',
      members: ['pia@example.com'],
      count: 1,
      when: 'major',
    });
    expect(service.objectives.source).toEqual({ kind: 'prometheus', url: 'https://prometheus.production.example.com' });
  });

  it('takes alerts by topics of SNS, and refuses what is none with its path', () => {
    const topic = 'arn:aws:sns:us-east-1:123456789012:sluice-alerts';
    const withTopics = (...topics: string[]) => `alerts: { topics: ${JSON.stringify(topics)} }\n${exampleText}`;

    expect(accepted(withTopics(topic)).alerts.topics).toEqual([topic]);
    expect(accepted(exampleText).alerts.topics).toEqual([]);
    const problems = problemsOf(withTopics(topic, 'sluice-alerts', `${topic}.fifo`, topic));
    expect(problems.map(({ path }) => path)).toEqual(['alerts.topics[1]', 'alerts.topics[2]', 'alerts.topics[3]']);
    expect(problems.map(({ message }) => message).join()).toMatch(
      /ARN of an SNS topic.+ARN of an SNS topic.+appears twice/,
    );
  });

  it('fills in what production wants where nothing is written', () => {
    const configuration = accepted(exampleText);
    const service = acceptedService(exampleText);

    expect(configuration.github.apiUrl).toBe('https://api.github.com');
    expect(configuration.argocd.namespace).toBe('argocd');
    expect(configuration.retention).toEqual({ deliveries: hours(720), readings: null, logs: hours(180 * 24) });
    expect(configuration.urls.console).toBe('https://sluice.example.com');
    expect(service.objectives.every).toBe(seconds(15));
    expect(service.objectives.inconclusive).toEqual(JSON.parse('{"then":"return","deadline":600000}'));
    expect(service.approvals.recheck).toBe(minutes(30));
    expect(service.health.every).toBe(seconds(2));
    expect(service.health.checks[0]).toMatchObject({ method: 'GET', consecutive: 3, failures: 3, headers: {} });
    expect(service.health.pods).toEqual({ restarts: 3, unready: minutes(2) });
    expect(service.deadlines).toMatchObject({ sync: minutes(10), lock: hours(12), window: parseDuration('7d') });
    expect(service.deadlines.operation).toBe(operationDeadline(service));
    expect(service.objectives.samples).toContain('istio_requests_total{reporter="source",');
    expect(service.objectives.samples).toContain('[{{window}}]');
  });

  it('has the fast path by itself where Istio counts the answers and the failures, and not where nobody knows how', () => {
    const web = [
      'source: { prometheus: https://prometheus.production.example.com }\n      minSamples: 100',
      '',
    ] as const;
    const webSource = (fast: string) =>
      acceptedService(edited([web[0], `source: { web: https://statistics.example.com }\n${fast}`])).objectives.fast;

    expect(acceptedService(exampleText).objectives.fast).toEqual({
      answers: acceptedService(exampleText).objectives.samples,
      failures: expect.stringMatching(
        /^sum\(increase\(istio_requests_total\{.*response_code=~"5\.\.".*\) or vector\(0\)$/,
      ),
      window: minutes(1),
      minAnswers: 20,
      ratio: 0.5,
    });
    expect(webSource('')).toBeNull();
    expect(webSource('      fast: { answers: requests, failures: errors, window: 30s, ratio: 0.8 }')).toEqual({
      answers: 'requests',
      failures: 'errors',
      window: seconds(30),
      minAnswers: 20,
      ratio: 0.8,
    });
  });

  it('has no fast path where it is turned off, and its own queries where they are written', () => {
    const fast = (text: string) =>
      acceptedService(edited(['minSamples: 100', `minSamples: 100\n      fast: ${text}`])).objectives.fast;

    expect(fast('null')).toBeNull();
    expect(fast('{ failures: "sum(grpc_failures)" }')).toMatchObject({
      failures: 'sum(grpc_failures)',
      answers: expect.stringContaining('istio_requests_total'),
    });
  });
});

describe('problems', () => {
  it('are all reported at once, each with its path and line', () => {
    const problems = problemsOf(
      edited(
        ['steps: [5, 25, 50, 100]', 'steps: [5, 25, 20, 90]'],
        ['standby: { keepWarm: 2h', 'standby: { keepWarm: 30m'],
        ['    bake: 10m', '    bake: soon\n    colour: blue'],
        ['timeZone: America/New_York', 'timeZone: America/Gotham'],
      ),
    );

    expect(problems.map(({ path, line }) => `${line} ${path}`)).toEqual([
      '22 services[0].traffic.steps[2]',
      '22 services[0].traffic.steps[3]',
      '48 services[0].windows[0].timeZone',
      '49 services[0].standby.keepWarm',
      '50 services[0].bake',
      '51 services[0].colour',
    ]);
  });

  it('of a missing section point at what surrounds it', () => {
    const [problem] = problemsOf(edited(['    replicas: { min: 3, max: 10, minAvailable: 3 }\n', '']));

    expect(problem).toEqual({ path: 'services[0].replicas', line: 11, message: expect.stringContaining('is missing') });
  });

  it('of broken YAML have a line', () => {
    const [problem] = problemsOf('services:\n  - name: [\n');

    expect(problem?.line).toBeGreaterThanOrEqual(2);
  });

  it('of an empty document and of one that is no map are told', () => {
    expect(problemsOf('')).not.toEqual([]);
    expect(problemsOf('- a\n- b\n')).not.toEqual([]);
    expect(problemsOf('services: 7\nclusters: x\n').map(({ path }) => path)).toContain('services');
  });

  it('are printed one a line', () => {
    expect(formatProblems([{ path: 'a.b', line: 3, message: 'is missing' }], 'sluice.yaml')).toBe(
      'sluice.yaml:3: a.b: is missing',
    );
  });
});

const secondService = exampleText
  .slice(exampleText.indexOf('  - name: chest-xray-mlops'))
  .replaceAll('chest-xray-mlops', 'second');

it('PagerDuty, Opsgenie and Slack are paged by a secret alone', () => {
  const pageOf = (page: string) => acceptedService(edited([onCall, `page: ${page}`])).notify.page;

  expect(pageOf('{ format: pagerduty, secret: on-call/pagerduty }')).toMatchObject({
    webhook: 'https://events.pagerduty.com/v2/enqueue',
    secret: 'on-call/pagerduty',
  });
  expect(pageOf('{ format: opsgenie, secret: on-call/opsgenie }').webhook).toBe('https://api.opsgenie.com/v2/alerts');
  const inEurope = 'https://api.eu.opsgenie.com/v2/alerts';
  expect(pageOf(`{ format: opsgenie, secret: a, webhook: '${inEurope}' }`).webhook).toBe(inEurope);
  expect(pageOf('{ format: slack, secret: on-call/slack }').webhook).toBeUndefined();
});

describe('the bounds of an objective', () => {
  const errors = `- { name: error-rate, query: 'sum(rate(errors{namespace="{{namespace}}"}[{{window}}]))', max: 0.01, unit: ratio, for: 5m }`;
  const written = (objective: string) =>
    edited([errors, `- { name: own, query: 'q{namespace="{{namespace}}"}', ${objective} }`]);

  it.each([
    ['a lower one', 'min: 10, unit: per-second', { min: 10, unit: 'per-second' }],
    ['both', 'min: 10, max: 20', { min: 10, max: 20 }],
    ['a share of good answers', 'min: 0.99, unit: ratio', { min: 0.99 }],
    ['all of the answers', 'min: 1, unit: ratio', { min: 1 }],
  ])('may be %s', (_, objective, expected) => {
    expect(acceptedService(written(objective)).objectives.list[0]).toMatchObject(expected);
  });

  it.each([
    ['none', 'for: 5m', 'max', /or min: without a bound/],
    ['the lower one above the upper one', 'min: 20, max: 10', 'min', /must be below max \(10\)/],
    ['both the same', 'min: 10, max: 10', 'min', /must be below max/],
    ['a share that nothing is below', 'min: 0, unit: ratio', 'min', /never be broken/],
    ['a share in percent', 'min: 99, unit: ratio', 'min', /always be broken.*0\.99/],
    [
      'a lower one to compare by',
      'min: 0.99, unit: ratio, compare: { total: "t[{{window}}]", bad: "b[{{window}}]" }',
      'compare.tolerate',
      /of which `min` says nothing/,
    ],
  ])('are not %s', (_, objective, field, message) => {
    expect(problemsOf(written(objective))).toEqual([
      {
        path: `services[0].objectives.list[0].${field}`,
        line: expect.any(Number),
        message: expect.stringMatching(message),
      },
    ]);
  });

  it('leave the comparison of counts to what is tolerated', () => {
    const compared =
      'min: 0.99, unit: ratio, compare: { total: "t[{{window}}]", bad: "b[{{window}}]", tolerate: 0.01 }';

    expect(acceptedService(written(compared)).objectives.list[0]?.compare).toMatchObject({ tolerate: 0.01 });
  });
});

describe('objectives that only run dry', () => {
  const latency = 'max: 2, unit: seconds, for: 5m }';

  it('are kept apart from those that decide, and know their place', () => {
    const { objectives } = acceptedService(
      edited(['max: 0.01, unit: ratio,', 'max: 0.01, unit: ratio, dryRun: true,']),
    );

    expect(objectives.list.map(({ name, at, dryRun }) => [name, at, dryRun])).toEqual([['latency-p95', 1, false]]);
    expect(objectives.dryRun.map(({ name, at, dryRun }) => [name, at, dryRun])).toEqual([['error-rate', 0, true]]);
  });

  it('are not all that there is', () => {
    const all = edited(
      ['max: 0.01, unit: ratio,', 'max: 0.01, unit: ratio, dryRun: true,'],
      [latency, `dryRun: true, ${latency}`],
    );

    expect(problemsOf(all)).toMatchObject([
      { path: 'services[0].objectives.list', message: expect.stringMatching(/one without dryRun/) },
    ]);
  });

  it('are waited for by nothing', () => {
    const deadline = (written: string) => acceptedService(edited([latency, written])).deadlines.operation;

    expect(deadline('max: 2, unit: seconds, for: 6m, dryRun: true }')).toBe(deadline(latency));
    expect(deadline('max: 2, unit: seconds, for: 6m }')).toBeGreaterThan(deadline(latency));
  });

  it('have other names than those that decide', () => {
    const twice = edited([latency, `${latency}\n        - { name: error-rate, query: q, max: 1, dryRun: true }`]);

    expect(problemsOf(twice)).toMatchObject([{ path: 'services[0].objectives.list[2]' }]);
  });
});

describe('objectives of Istio’s own metrics', () => {
  const list = (items: string, source = '{ istio: https://p.example.com }') =>
    exampleText.replace(/source: \{ prometheus[\s\S]*?(?=\n {4}alerts:)/, `source: ${source}\n      list: ${items}`);

  it('need a name and a bound: the queries, their unit and the counts that are compared are written for them', () => {
    const { objectives } = acceptedService(
      list(
        '[{ name: error-rate, max: 0.01 }, { name: latency-p95, max: 2 }]',
        '{ istio: https://p.example.com, gateway: edge }',
      ),
    );

    expect(objectives.source).toEqual({ kind: 'istio', url: 'https://p.example.com', gateway: 'edge' });
    expect(objectives.list).toMatchObject([
      { name: 'error-rate', unit: 'ratio', compare: { tolerate: 0.01, notice: null } },
      { name: 'latency-p95', unit: 'seconds', compare: { tolerate: 0.05, notice: null } },
    ]);
    const queries = [
      ...objectives.list.flatMap(({ query, compare }) => [query, compare?.total, compare?.bad]),
      objectives.fast?.answers,
      objectives.fast?.failures,
    ];
    for (const query of queries) {
      expect(query).toContain('reporter="source",source_workload="edge",');
      expect(query).toContain('destination_service_namespace="{{namespace}}"');
      expect(query).toContain('{{window}}');
    }
  });

  it('are compared unless that is turned off, and keep what is written beside the bound', () => {
    const { objectives } = acceptedService(
      list(
        '[{ name: error-rate, max: 0, for: 1m }, { name: latency-p50, max: 0.5, compare: null }, { name: latency-p99, max: 5, compare: { tolerate: 0.02, notice: 0.1 } }, { name: own, query: q, max: 3 }]',
      ),
    );

    // Where no error is tolerated, a share that is cannot be guessed.
    expect(objectives.list.map(({ compare }) => compare && [compare.tolerate, compare.notice])).toEqual([
      ...[null, null],
      [0.02, 0.1],
      null,
    ]);
    expect(objectives.list[3]).toMatchObject({ query: 'q', max: 3 });
  });

  it.each([
    ['a name that is not built in', '[{ name: errors, max: 0.01 }]', 'query', /error-rate, latency-p50.* built in/],
    ['a share that is none', '[{ name: error-rate, max: 1 }]', 'max', /at most 1/],
    ['a unit of its own', '[{ name: latency-p95, max: 500, unit: milliseconds }]', 'unit', /must be seconds/],
    ['milliseconds', '[{ name: latency-p95, max: 5000 }]', 'max', /at most 3600: it is in seconds/],
    ['no time', '[{ name: latency-p95, max: 0 }]', 'max', /above 0/],
    ['a lower bound', '[{ name: error-rate, max: 0.1, min: 0.01 }]', 'min', /queries of your own/],
    ['no upper bound', '[{ name: latency-p95 }]', 'max', /is needed: the built-in latency-p95/],
    [
      'half of a comparison',
      '[{ name: error-rate, max: 0.1, compare: { total: "t[{{window}}]" } }]',
      'compare.bad',
      /needed/,
    ],
  ])('refuse %s', (_, items, field, message) => {
    expect(problemsOf(list(items))).toEqual([
      {
        path: `services[0].objectives.list[0].${field}`,
        line: expect.any(Number),
        message: expect.stringMatching(message),
      },
    ]);
  });

  it('are known to Istio’s source alone', () => {
    expect(problemsOf(list('[{ name: error-rate, max: 0.01 }]', '{ prometheus: https://p.example.com }'))).toEqual([
      {
        path: 'services[0].objectives.list[0].query',
        line: expect.any(Number),
        message: expect.stringMatching(/only with `source: \{ istio/),
      },
    ]);
    expect(
      problemsOf(list('[{ name: e, query: q, max: 1 }]', '{ prometheus: https://p.example.com, gateway: edge }')),
    ).toEqual([
      {
        path: 'services[0].objectives.source.gateway',
        line: expect.any(Number),
        message: expect.stringMatching(/istio only/),
      },
    ]);
  });
});

const onCall = 'page: { sns: "arn:aws:sns:us-east-1:123456789012:on-call" }';

describe('rules', () => {
  it.each<[string, readonly (readonly [string, string])[], string, RegExp]>([
    [
      'I8: a way back that outlasts the rollback',
      [['keepWarm: 2h', 'keepWarm: 75m']],
      'services[0].standby.keepWarm',
      /the way back must stay warm/,
    ],
    [
      'what an abort keeps warm is lowered before the rest',
      [['keepWarm: 2h', 'keepWarm: 2h, afterAbort: 121m']],
      'services[0].standby.afterAbort',
      /must not be longer than standby.keepWarm, 2h/,
    ],
    [
      'separate databases are cut over in one step',
      [['data: replicated', 'data: separate']],
      'services[0].traffic.steps',
      /diverge/,
    ],
    [
      'quotas can be met',
      [['members: [mia@example.com], count: 1', 'members: [mia@example.com], count: 2']],
      'services[0].approvals.rules[1].count',
      /nobody/,
    ],
    [
      'members are mail addresses',
      [['[mia@example.com]', '[mia]']],
      'services[0].approvals.rules[1].members[0]',
      /mail/,
    ],
    [
      'namespaces differ',
      [['namespace: production-green', 'namespace: production-blue']],
      'services[0].environments.green.namespace',
      /differ/,
    ],
    [
      'a repository is owner/name',
      [['repository: example/chest-xray-mlops\n', 'repository: chest-xray\n']],
      'services[0].repository',
      /owner/,
    ],
    ...(
      [
        ['deliveries: 13d', 'deliveries', /from 14d to 3650d/],
        ['readings: 36h', 'readings', /whole days/],
        ['logs: 100d', 'logs', /as many days as CloudWatch can keep logs: 1d, 3d/],
      ] as const
    ).map(([written, field, message]): [string, [string, string][], string, RegExp] => [
      `retention is possible (${written})`,
      [['\nclusters:', `\nretention: { ${written} }\nclusters:`]],
      `retention.${field}`,
      message,
    ]),
    ['a schedule is cron', [['"0 9 * * 1-5"', '"0 9 * * 1-9"']], 'services[0].windows[0].schedule', /cron/],
    ['a schedule has five fields', [['"0 9 * * 1-5"', '"0 0 9 * * 1-5"']], 'services[0].windows[0].schedule', /five/],
    [
      'public links are https',
      [['https://sluice.example.com', 'http://sluice.example.com']],
      'urls.approvals',
      /https/,
    ],
    ...['https://example.com/sluice', 'https://sluice.example.com?team=a'].map(
      (written): [string, [string, string][], string, RegExp] => [
        `approvals are at a host (${written})`,
        [['https://sluice.example.com', written]],
        'urls.approvals',
        /a host without a path/,
      ],
    ),
    [
      'an identity stands for the sender',
      [['mail: { from: sluice@example.com }', 'mail: { from: sluice@a.example.com, identity: b.example.com }']],
      'mail.identity',
      /must be one that sluice@a\.example\.com can be sent by: sluice@a\.example\.com, a\.example\.com, example\.com$/,
    ],
    ...(
      [
        ['a source is asked in one way', 'auth: { bearer: a, basic: b }', '.auth', /either bearer, basic or sigv4/],
        ['a region is one', 'auth: { sigv4: here }', '.auth.sigv4', /region/],
        ['a secret is named', 'auth: { bearer: "has spaces" }', '.auth.bearer', /name of a secret/],
        ['an authority is a certificate', 'certificateAuthority: "?"', '.certificateAuthority', /base64/],
        ['an authority is no other text', 'certificateAuthority: aGVsbG8=', '.certificateAuthority', /no certificate/],
      ] as const
    ).map(
      ([what, written, field, message]) =>
        [
          what,
          [['prometheus: https://prometheus.production.example.com', `prometheus: https://p.example.com, ${written}`]],
          `services[0].objectives.source${field}`,
          message,
        ] as [string, [string, string][], string, RegExp],
    ),
    ...(
      [
        ['is signed for', '/workspaces/ws-1', '', '.auth', /must be \{ sigv4: eu-west-1 \}/],
        ['is signed for its own region', '/workspaces/ws-1', ', auth: { sigv4: us-east-1 }', '.auth', /eu-west-1/],
        [
          'is named without what is asked of it',
          '/workspaces/ws-1/api/v1/query',
          ', auth: { sigv4: eu-west-1 }',
          '.prometheus',
          /before \/api\/v1/,
        ],
      ] as const
    ).map(
      ([what, path, more, field, message]) =>
        [
          `a Prometheus of Amazon ${what}`,
          [
            [
              'prometheus: https://prometheus.production.example.com',
              `prometheus: "https://aps-workspaces.eu-west-1.amazonaws.com${path}"${more}`,
            ],
          ],
          `services[0].objectives.source${field}`,
          message,
        ] as [string, [string, string][], string, RegExp],
    ),
    [
      'a token is not sent in clear text',
      [
        [
          'prometheus: https://prometheus.production.example.com',
          'prometheus: http://p.example.com, auth: { bearer: a }',
        ],
      ],
      'services[0].objectives.source.auth',
      /https/,
    ],
    ...(
      [
        ['PagerDuty’s key is a secret', '{ format: pagerduty }', '.secret', /integration key/],
        [
          'PagerDuty needs a key',
          '{ format: pagerduty, webhook: https://e.example.com }',
          '.secret',
          /integration key/,
        ],
        [
          'PagerDuty’s key is not sent in clear text',
          '{ format: pagerduty, secret: a, webhook: http://events.pagerduty.com/v2/enqueue }',
          '.webhook',
          /clear text/,
        ],
        ['Opsgenie’s key is a secret', '{ format: opsgenie }', '.secret', /API key/],
        [
          'Slack has one address',
          '{ format: slack, webhook: https://e.example.com, secret: a }',
          '.webhook',
          /together with secret/,
        ],
        [
          'what is signed is sent',
          '{ sns: "arn:aws:sns:us-east-1:123456789012:on-call", secret: a }',
          '.secret',
          /webhook/,
        ],
        [
          'a key is a topic’s',
          '{ webhook: https://e.example.com, key: "arn:aws:kms:us-east-1:123456789012:key/1-2" }',
          '.key',
          /no sns/,
        ],
        [
          'a page is not for a FIFO topic',
          '{ sns: "arn:aws:sns:us-east-1:123456789012:on-call.fifo" }',
          '.sns',
          /FIFO/,
        ],
        [
          'a key is of the region of its topic',
          '{ sns: "arn:aws:sns:us-east-1:123456789012:on-call", key: "arn:aws:kms:eu-west-1:123456789012:key/1-2" }',
          '.key',
          /region/,
        ],
        ['a key is no alias', '{ sns: "arn:aws:sns:us-east-1:123456789012:on-call", key: alias/x }', '.key', /KMS key/],
      ] as const
    ).map(
      ([what, written, field, message]) =>
        [what, [[onCall, `page: ${written}`]], `services[0].notify.page${field}`, message] as [
          string,
          [string, string][],
          string,
          RegExp,
        ],
    ),
    [
      'placeholders are known',
      [['p95{namespace="{{namespace}}"}', 'p95{{color}}']],
      'services[0].objectives.list[1].query',
      /\{\{color\}\}/,
    ],
    [
      'what is compared is counted since the step began',
      [
        [
          'unit: ratio, for: 5m }',
          'unit: ratio, for: 5m, compare: { total: "requests[5m]", bad: "errors[{{window}}]" } }',
        ],
      ],
      'services[0].objectives.list[0].compare.total',
      /must have \{\{window\}\}/,
    ],
    [
      'a share that is tolerated is known',
      [
        [
          'unit: ratio, for: 5m }',
          'unit: seconds, for: 5m, compare: { total: "t[{{window}}]", bad: "b[{{window}}]", notice: 0.05 } }',
        ],
      ],
      'services[0].objectives.list[0].compare.tolerate',
      /must be written/,
    ],
    [
      'what has to be ruled out is worse than what is tolerated',
      [
        [
          'unit: ratio, for: 5m }',
          'unit: ratio, for: 5m, compare: { total: "t[{{window}}]", bad: "b[{{window}}]", notice: 0.01 } }',
        ],
      ],
      'services[0].objectives.list[0].compare.notice',
      /must be above what is tolerated \(0\.01\)/,
    ],
    ['a link has no window', [['d/{{service}}', 'd/{{window}}']], 'services[0].notify.links.grafana', /\{\{window\}\}/],
    [
      'somebody can be paged',
      [['page: { sns: "arn:aws:sns:us-east-1:123456789012:on-call" }', 'page: {}']],
      'services[0].notify.page',
      /paging/,
    ],
    [
      'names fit execution names',
      [['- name: chest-xray-mlops', `- name: ${'a'.repeat(41)}`]],
      'services[0].name',
      /40/,
    ],
    [
      'nothing goes live unapproved',
      [
        [
          'role: devops, members: [ana@example.com, ben@example.com], count: 1',
          'role: devops, members: [ana@example.com], when: hotfix',
        ],
        [
          'role: ml-lead, members: [mia@example.com], count: 1',
          'role: ml-lead, members: [mia@example.com], when: major',
        ],
      ],
      'services[0].approvals.rules',
      /nothing goes live unapproved/,
    ],
    [
      'the source is one',
      [
        [
          'source: { prometheus: https://prometheus.production.example.com }',
          'source: { prometheus: https://p.example.com, web: https://w.example.com }',
        ],
      ],
      'services[0].objectives.source',
      /either/,
    ],
    [
      'a service has a known cluster',
      [['cluster: production\n', 'cluster: elsewhere\n']],
      'services[0].cluster',
      /clusters/,
    ],
    [
      'history stays short',
      [['remind: 4h', 'remind: 4h\n      recheck: 5m']],
      'services[0].deadlines',
      /window \(\d+ turns\)/,
    ],
    [
      'an operation outlives its waits',
      [['bake: 10m', 'bake: 10m\n    deadlines: { operation: 1h }']],
      'services[0].deadlines.operation',
      /outlives/,
    ],
    [
      'an ALB routes by target groups',
      [['router: istio', 'router: alb'], counted],
      'services[0].traffic.targetGroups',
      /needed with `router: alb`/,
    ],
    [
      'an Ingress has no named rules',
      [['router: istio', `router: alb, targetGroups: ${targetGroups()}, rules: [api]`], counted],
      'services[0].traffic.rules',
      /HTTPRoutes and VirtualServices.*share its weights anyway/,
    ],
    [
      'an HTTPRoute takes no other names of rules than DNS names',
      [['router: istio', 'router: gateway-api, rules: [api, Web_1]'], counted],
      'services[0].traffic.rules[1]',
      /DNS name/,
    ],
    [
      'a rule is named once',
      [['router: istio', 'router: istio, rules: [api, web, api]']],
      'services[0].traffic.rules[2]',
      /named twice/,
    ],
    [
      'rules are named, or not',
      [['router: istio', 'router: istio, rules: []']],
      'services[0].traffic.rules',
      /at least one/,
    ],
    [
      'a mesh routes by none',
      [['router: istio', `router: istio, targetGroups: ${targetGroups()}`]],
      'services[0].traffic.targetGroups',
      /load balancers only/,
    ],
    [
      'a side has a target group of its own',
      [['router: istio', `router: alb, targetGroups: ${targetGroups('blue')}`], counted],
      'services[0].traffic.targetGroups.green',
      /another one than that of blue/,
    ],
    [
      'one load balancer has both target groups',
      [['router: istio', `router: alb, targetGroups: ${targetGroups('green', 'eu-west-1')}`], counted],
      'services[0].traffic.targetGroups.green',
      /account and region/,
    ],
    [
      'a target group is named by its ARN',
      [
        [
          'router: istio',
          `router: alb, targetGroups: ${targetGroups().replace(/'[^' ]*shop-green[^']*'/, 'shop-green')}`,
        ],
        counted,
      ],
      'services[0].traffic.targetGroups.green',
      /ARN of a target group/,
    ],
    [
      'a person is asked after a step that there is',
      [['interval: 5m }', 'interval: 5m, pauseAfter: [30] }']],
      'services[0].traffic.pauseAfter[0]',
      /one of traffic\.steps \(5, 25, 50, 100\)/,
    ],
    [
      'a person is asked before all of the traffic is on the target',
      [['interval: 5m }', 'interval: 5m, pauseAfter: [100] }']],
      'services[0].traffic.pauseAfter[0]',
      /below 100/,
    ],
    [
      'a person who is asked fits into the history',
      [['interval: 5m }', 'interval: 5m, pauseAfter: [5, 25] }']],
      'services[0].deadlines',
      /history events/,
    ],
    [
      'traffic is some',
      [['interval: 5m }', 'interval: 5m, requestsPerSecond: 0 }']],
      'services[0].traffic.requestsPerSecond',
      /above 0/,
    ],
    [
      'a probe does not leave its host',
      [['path: /health', 'path: //evil.example/health']],
      'services[0].health.checks[0].path',
      /slash/,
    ],
    [
      'samples can be counted',
      [['router: istio', 'router: gateway-api']],
      'services[0].objectives.minSamples',
      /samples/,
    ],
    [
      'a restart is no failure',
      [['deadline: 10m\n', 'deadline: 10m\n      pods: { restarts: 0 }\n']],
      'services[0].health.pods.restarts',
      /at least 1/,
    ],
    [
      'a check fails by at least one bad answer',
      [['consecutive: 3', 'failures: 0']],
      'services[0].health.checks[0].failures',
      /1/,
    ],
    [
      'the fast path knows how to count answers',
      [
        ['router: istio', 'router: gateway-api'],
        ['minSamples: 100', 'fast: { failures: "sum(failures)" }'],
      ],
      'services[0].objectives.fast.answers',
      /only with Prometheus and Istio/,
    ],
    [
      'the fast path does not return the traffic for answers without a failure',
      [['minSamples: 100', 'fast: { ratio: 0 }']],
      'services[0].objectives.fast.ratio',
      /above 0/,
    ],
    [
      'a gross failure is at most all of the answers',
      [['minSamples: 100', 'fast: { ratio: 50 }']],
      'services[0].objectives.fast.ratio',
      /one half is 0\.5/,
    ],
    [
      'a gross failure is one of some answers',
      [['minSamples: 100', 'fast: { minAnswers: 0 }']],
      'services[0].objectives.fast.minAnswers',
      /at least 1/,
    ],
    [
      'the fast path has known placeholders',
      [['minSamples: 100', 'fast: { failures: "sum(f{{color}})" }']],
      'services[0].objectives.fast.failures',
      /\{\{color\}\}/,
    ],
    ['a ratio can be broken', [['max: 0.01', 'max: 1']], 'services[0].objectives.list[0].max', /at most 1/],
    [
      'evaluation fits the interval',
      [['minSamples: 100', 'minSamples: 100\n      every: 6m']],
      'services[0].objectives.every',
      /interval/,
    ],
  ])('%s', (_name, edits, path, message) => {
    const problems = problemsOf(edited(...edits));

    expect(problems).toContainEqual({ path, line: expect.any(Number), message: expect.stringMatching(message) });
    expect(problems).toHaveLength(1);
  });

  it('a service is told apart by name, and by what starts it and what it writes', () => {
    const twice = exampleText + exampleText.slice(exampleText.indexOf('  - name: chest-xray-mlops'));

    expect(problemsOf(twice).map(({ path, message }) => `${path} ${message}`)).toEqual([
      'services[1].name has the same name as services[0]',
      'services[1] has the same repository, workflow and branch as services[0]',
      'services[1] has the same route as services[0]',
      'services[1] has the same Application as services[0]',
      'services[1] has the same deploy repository, branch and path as services[0]',
    ]);
    expect(accepted(exampleText + secondService).services).toHaveLength(2);
  });

  it('a duplicate is found although another field of the service is wrong', () => {
    const twice =
      exampleText + secondService.replace('name: second', 'name: chest-xray-mlops').replace('bake: 10m', 'bake: x');

    expect(problemsOf(twice).map(({ path }) => path)).toEqual(['services[1].name', 'services[1].bake']);
  });

  it('plain http is accepted on loopback, where nothing leaves the machine', () => {
    expect(accepted(edited(['https://sluice.example.com', 'http://127.0.0.1:4000/'])).urls).toEqual({
      approvals: 'http://127.0.0.1:4000',
      console: 'http://127.0.0.1:4000',
    });
  });
});

it('the estimate of history events grows with the waits and stays under the limit for the example', () => {
  const service = acceptedService(exampleText);

  const usual = estimateHistoryEvents(waitsOf(service)).total;
  const longer = estimateHistoryEvents(waitsOf({ ...service, bake: hours(10) })).total;

  expect(usual).toBeLessThan(10_000);
  expect(longer).toBeGreaterThan(usual + 5_000);
});

describe('evidence that is waited for', () => {
  it('is looked for at most as often as the history has room for, in growing pauses, and not after its time', () => {
    for (const text of ['1s', '20s', '1m', '30m', '12h']) {
      const service = acceptedService(
        edited(['image: { critical: 0 }', `image: { critical: 0 }\n      waitFor: ${text}`]),
      );
      const { waitFor } = service.validation;
      let elapsed = 0;
      let looks = 0;
      for (; elapsed < waitFor; looks += 1) elapsed += evidencePause(service, elapsed);

      expect(elapsed).toBe(waitFor);
      expect(looks).toBeLessThanOrEqual(evidenceLooks);
    }
  });
});

describe('validation', () => {
  const validation = (requiredChecks: string, staging = 'staging') =>
    edited(
      ['requiredChecks: [test, security-scan]', `requiredChecks: ${requiredChecks}`],
      ['staging: staging', `staging: ${staging}`],
    );

  it('names jobs, of the workflow that builds the release or of another one, and whose deployments count', () => {
    const text = validation(
      '[test, scan.yml/image, { name: lint, accept: [skipped, neutral] }]',
      '{ environment: stage, createdBy: [deployer, app/argo] }',
    );

    expect(acceptedService(text).validation).toMatchObject({
      requiredChecks: [
        { name: 'test', accept: [] },
        { name: 'scan.yml/image', accept: [] },
        { name: 'lint', accept: ['skipped', 'neutral'] },
      ],
      staging: { environment: 'stage', createdBy: ['deployer', 'app/argo'] },
    });
    expect(acceptedService(exampleText).validation.staging).toEqual({
      environment: 'staging',
      createdBy: ['github-actions[bot]'],
    });
    expect(['test', 'scan.yml/image', 'call / test (24)'].map(splitCheck)).toEqual([
      { workflow: null, job: 'test' },
      { workflow: 'scan.yml', job: 'image' },
      { workflow: null, job: 'call / test (24)' },
    ]);
  });

  it.each([
    ['[.github/workflows/ci.yml/test]', 'staging', 'requiredChecks[0].name', /ci\.yml\/test/],
    ['[scan.yml]', 'staging', 'requiredChecks[0].name', /job/],
    ['[test, { name: test }]', 'staging', 'requiredChecks[1]', /twice/],
    ['[{ name: test, accept: [failure] }]', 'staging', 'requiredChecks[0].accept[0]', /skipped/],
    ['[test]', '{ environment: staging, createdBy: [] }', 'staging.createdBy', /must name/],
    ['[test]', '{ environment: staging, createdBy: [a, A] }', 'staging.createdBy[1]', /twice/],
  ])('refuses %s with staging %s, by its path', (checks, staging, path, message) => {
    expect(problemsOf(validation(checks, staging))).toEqual([
      { path: `services[0].validation.${path}`, line: expect.any(Number), message: expect.stringMatching(message) },
    ]);
  });
});

describe('whatever is written in a place', () => {
  const pathsOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
    typeof value === 'object' && value !== null
      ? [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))]
      : [path];
  const withValueAt = (document: unknown, [key, ...rest]: readonly string[], value: unknown): unknown => {
    if (key === undefined) return value;
    const copy = Array.isArray(document) ? [...document] : { ...Object(document) };
    copy[key] = withValueAt(copy[key], rest, value);
    return copy;
  };

  it('is accepted or refused in words, and nothing fails over it', () => {
    const example: unknown = parse(exampleText);

    for (const path of pathsOf(example)) {
      for (const value of [null, {}, [], [null], 'x', 5]) {
        expect(() => configurationSchema.safeParse(withValueAt(example, path, value))).not.toThrow();
      }
    }
  });

  it.each(['null', '{}', '[null]', 'x'])('rules of approval may not be %s', (rules) => {
    const document = parseDocument(exampleText);
    document.setIn(['services', 0, 'approvals', 'rules'], parse(rules));

    expect(problemsOf(String(document))).toContainEqual(
      expect.objectContaining({ path: expect.stringMatching(/^services\[0\]\.approvals\.rules/) }),
    );
  });
});
