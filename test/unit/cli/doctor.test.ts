import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgramEnd } from '../../../cli/world.ts';
import { parseConfiguration } from '../../../contracts/configuration/parse-configuration.ts';
import { reservedConcurrency } from '../../../contracts/reserved-concurrency.ts';
import { clusterFunctionNames, rolesIn } from '../../../core/cluster/roles.ts';
import {
  json,
  type ScriptedServer,
  type SeenRequest,
  startScriptedServer,
} from '../../contract/adapters/scripted-server.ts';
import { overview } from '../console/overviews.ts';
import { runSluice, serviceOf } from './support.ts';

const url = 'https://sluice.example.com';
/** The fixture, with two of the three tokens: here all are one, and none can both write deployments and nothing. */
const configuration = readFileSync(
  join(import.meta.dirname, '..', '..', 'fixtures', 'configuration', 'chest-xray.yaml'),
  'utf8',
).replace(/^ *environment: production-approval\n/m, '');
const clusterEndpoint = 'https://ABC.gr7.us-east-1.eks.amazonaws.com';
const applicationOf = (environment: string) => ({
  spec: {
    project: 'production',
    source: { targetRevision: (environment === 'blue' ? 'b' : '9').repeat(40), path: 'chart' },
    syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['RespectIgnoreDifferences=true'] },
    ignoreDifferences: [{ kind: 'HorizontalPodAutoscaler', jsonPointers: ['/spec/minReplicas'] }],
  },
});

const verifiedDomain = { VerifiedForSendingStatus: true, DkimAttributes: { SigningEnabled: true, Status: 'SUCCESS' } };
const inProduction = { ProductionAccessEnabled: true, SendingEnabled: true, EnforcementStatus: 'HEALTHY' };

/** What Prometheus says of one number; of nothing. */
const answering = (value?: string) => ({
  status: 'success',
  data: { resultType: 'vector', result: value === undefined ? [] : [{ metric: {}, value: [1, value] }] },
});

/** Istio's own metrics are counted by themselves; a gateway's need a query. */
const behindGateway = (text: string) =>
  text
    .replace('router: istio', 'router: gateway-api')
    .replace(
      'minSamples: 100',
      `minSamples: 100\n      samples: 'sum(requests{namespace="{{namespace}}"}[{{window}}])'`,
    );
const hostOf = (environment: string) => `chest-xray-mlops.production-${environment}.svc.cluster.local`;
const routeTo = (more: object = {}, host = 'chest-xray.example.com') => ({
  hosts: [host],
  http: [{ route: ['blue', 'green'].map((side) => ({ destination: { host: hostOf(side) }, weight: 50 })), ...more }],
});
const named = (namespace: string, name: string, spec: object) => ({
  metadata: { namespace, name, generation: 2 },
  spec,
});
const own = (spec: object = routeTo()) => named('production', 'chest-xray-mlops', spec);
const httpRoute = (conditions: readonly object[]) => ({
  ...own({
    hostnames: ['chest-xray.example.com'],
    parentRefs: [{ name: 'public' }],
    rules: [
      {
        backendRefs: ['blue', 'green'].map((side) => ({
          namespace: `production-${side}`,
          name: 'chest-xray-mlops',
          weight: 50,
        })),
      },
    ],
  }),
  status: { parents: [{ parentRef: { name: 'public' }, conditions }] },
});
const well = ['Accepted', 'ResolvedRefs'].map((type) => ({ type, status: 'True', observedGeneration: 2 }));
const grant = (more: object = {}) => ({
  spec: {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'production', ...more }],
    to: [{ group: '', kind: 'Service' }],
  },
});

/** What the doctor asks, and what is answered; a test takes something away. */
interface Surroundings {
  /** By the path of Sluice. */
  readonly sluice: Record<string, unknown>;
  readonly api: Record<string, unknown>;
  /** By the beginning of `METHOD /path`, of AWS and GitHub; a number is a status. */
  readonly services: Record<string, unknown>;
  /** By the words of kubectl, without its context. */
  readonly kubectl: Record<string, unknown>;
}

describe('sluice doctor', () => {
  let server: ScriptedServer;
  let around: Surroundings;
  beforeEach(async () => {
    server = await startScriptedServer();
    around = complete();
    clusters = [{ name: 'production', region: 'us-east-1' }];
    change = (text) => text;
    tokenEnds = null;
    server.answer((request, response) => {
      if (tokenEnds !== null) response.setHeader('github-authentication-token-expiration', tokenEnds);
      const found = answerTo(request) ?? 404;
      // SNS alone speaks XML.
      if (typeof found === 'string')
        response
          .writeHead(found.startsWith('<ErrorResponse') ? 404 : 200, { 'content-type': 'text/xml' })
          .end(found.startsWith('<') ? found : subscribed(found));
      else if (typeof found !== 'number') json(found)(request, response);
      else
        json({ message: 'no', ...(request.path.startsWith('/repos') ? {} : notFound(request)) }, found)(
          request,
          response,
        );
    });
  });
  afterEach(() => server.close());

  function complete(): Surroundings {
    const parsed = parseConfiguration(configuration);
    if (!parsed.ok) throw new Error('the fixture is not valid');
    const groups = Object.fromEntries(
      clusterFunctionNames.map((name) => [
        `GET /clusters/production/access-entries/arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fsluice-${name}-us-east-1`,
        { accessEntry: { kubernetesGroups: [`sluice:${name}`] } },
      ]),
    );
    const cluster = {
      arn: 'arn:aws:eks:us-east-1:123456789012:cluster/production',
      endpoint: clusterEndpoint,
      status: 'ACTIVE',
      accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
      certificateAuthority: { data: 'TFMwdA==' },
    };
    return {
      sluice: { '/webhooks/github': 401, '/webhooks/alertmanager': 401, [`/approvals/${'0'.repeat(43)}`]: 404 },
      api: { '/aws/api/services': { services: [serviceOf()] }, '/aws/api/overview': overview() },
      services: {
        'GET /v2/email/identities/example.com': verifiedDomain,
        'GET /v2/email/account': inProduction,
        'GET /v2/email/suppression/addresses': { SuppressedDestinationSummaries: [{ EmailAddress: 'x@example.com' }] },
        ...groups,
        'GET /clusters/production': { cluster },
        'POST / GetSecretValue': { SecretString: 'github-token' },
        'POST / ListSubscriptionsByTopic': 'arn:aws:sns:us-east-1:123456789012:sluice-page:1',
        ...Object.fromEntries(
          Object.entries(reservedConcurrency).map(([fn, wanted]) => [
            `GET /2019-09-30/functions/sluice-${fn}/concurrency`,
            { ReservedConcurrentExecutions: wanted },
          ]),
        ),
        'GET /2015-03-31/functions/sluice-act/configuration': {
          FunctionName: 'sluice-act',
          FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:sluice-act',
        },
        'GET /2016-08-19/account-settings': { AccountLimit: { UnreservedConcurrentExecutions: 900 } },
        'GET /repos/example/chest-xray-mlops-deploy/git/ref/heads': { ref: 'refs/heads/env' },
        'GET /repos/example/chest-xray-mlops-deploy/rules/branches/': [
          { type: 'update' },
          { type: 'non_fast_forward' },
        ],
        'GET /repos/example/chest-xray-mlops-deploy/branches/': 404,
        'GET /repos/example/chest-xray-mlops-deploy': { permissions: { push: true } },
        'GET /repos/example/chest-xray-mlops/actions/workflows/ci.yml': { state: 'active' },
        'GET /repos/example/chest-xray-mlops': { permissions: { push: false } },
        'POST /repos/': 403,
        'POST /api/v1/query': answering('4'),
      },
      kubectl: {
        'config view': {
          clusters: [{ name: 'prod', cluster: { server: clusterEndpoint } }],
          contexts: [{ name: 'operator@prod', context: { cluster: 'prod' } }],
        },
        'get roles': { items: rolesIn(parsed.configuration, 'production', 'sluice') },
        'v1beta1.metrics.k8s.io': { status: { conditions: [{ type: 'Available', status: 'True' }] } },
        'get virtualservices': { items: [own()] },
        'get httproutes': { items: [] },
        'applications.argoproj.io/chest-xray-mlops-prod-blue': applicationOf('blue'),
        'applications.argoproj.io/chest-xray-mlops-prod-green': applicationOf('green'),
        'appprojects.argoproj.io/production': {
          spec: {
            syncWindows: [
              { kind: 'deny', schedule: '0 18 23 12 *', applications: ['*'], manualSync: true },
              { kind: 'allow', schedule: '0 9 * * 1', applications: ['other-*'] },
            ],
          },
        },
      },
    };
  }

  function answerTo({ method, path, body, headers }: SeenRequest): unknown {
    const target = String(headers['x-amz-target'] ?? '').split('.')[1] ?? new URLSearchParams(body).get('Action');
    const key = path === '/' ? `${method} / ${target}` : `${method} ${path}`;
    const found = Object.entries(around.services).find(([start]) => key.startsWith(start))?.[1];
    return typeof found === 'function' ? found(new URLSearchParams(body).get('query') ?? '', body) : found;
  }
  const notFound = ({ path }: SeenRequest) => ({
    __type: path.startsWith('/v2/email') ? 'NotFoundException' : 'ResourceNotFoundException',
  });
  const subscribed = (arn: string): string =>
    `<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListSubscriptionsByTopicResult><Subscriptions><member><Endpoint>${url}/webhooks/sns</Endpoint><SubscriptionArn>${arn}</SubscriptionArn></member></Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`;

  async function kubectl(_: string, words: readonly string[]): Promise<ProgramEnd> {
    const line = words.join(' ');
    const found = Object.entries(around.kubectl).find(([part]) => line.includes(part))?.[1];
    if (line.includes('--context') && !line.includes('--context operator@prod')) throw new Error('another cluster');
    return found === undefined || found === 404
      ? { code: 1, stdout: '', stderr: 'Error from server (NotFound): it is not found' }
      : { code: 0, stdout: JSON.stringify(found), stderr: '' };
  }
  /** What stands in sluice.yaml of the cluster. */
  let clusters: object[];
  let change: (text: string) => string;
  let tokenEnds: string | null;
  const examine = async (...words: string[]) => {
    const asked: string[] = [];
    const { exitCode, out, err } = await runSluice(['doctor', 'sluice.yaml', '--output', 'json', ...words], {
      env: { SLUICE_URL: url, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: server.url },
      files: {
        'sluice.yaml': `github: { apiUrl: ${server.url} }\n${change(configuration)
          .replace(/^clusters: .*$/m, `clusters: ${JSON.stringify(clusters)}`)
          .replace('https://prometheus.production.example.com', server.url)}`,
      },
      awsCredentials: async () => ({ accessKeyId: 'AKIAOPERATOR', secretAccessKey: 'secret' }),
      runProgram: kubectl,
      fetch: async (address, init) => {
        const { pathname } = new URL(String(address));
        asked.push(`${init?.method ?? 'GET'} ${pathname}`);
        const body = around.api[pathname];
        if (body !== undefined) return Response.json(body);
        return Response.json({ message: 'no' }, { status: Number(around.sluice[pathname] ?? 404) });
      },
    });
    const findings: { what: string; state: string; detail: string | null; fix: string | null }[] =
      JSON.parse(out).findings;
    const inState = (state: string) => findings.filter((finding) => finding.state === state);
    return { exitCode, err, findings, missing: inState('missing'), unknown: inState('unknown'), asked };
  };

  it.each([
    ['is where sluice.yaml says', clusterEndpoint, 'TFMwdA==', null],
    ['has another endpoint', 'https://OLD.gr7.us-east-1.eks.amazonaws.com', 'TFMwdA==', 'endpoint is https://OLD'],
    ['has another authority', clusterEndpoint, 'T0xE', 'certificateAuthority is not the one that EKS has'],
  ])('a cluster %s', async (_, endpoint, certificateAuthority, detail) => {
    const address = { endpoint, certificateAuthority };
    clusters = [{ name: 'production', region: 'us-east-1', address }];

    const { findings, exitCode } = await examine();

    const [finding] = findings.filter(({ what }) => what === 'Cluster production is where sluice.yaml says');
    expect(finding).toMatchObject(
      detail === null ? { state: 'ok' } : { state: 'missing', detail: expect.stringContaining(detail) },
    );
    expect(exitCode).toBe(detail === null ? 0 : 4);
  });

  describe('topics whose messages are alerts', () => {
    const topic = 'arn:aws:sns:eu-west-1:123456789012:alarms';
    const signing = (version: string) =>
      `<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>SignatureVersion</key><value>${version}</value></entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>`;
    const noTopic =
      '<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>There is none.</Message></Error></ErrorResponse>';
    beforeEach(() => {
      change = (text) => `alerts: { topics: ['${topic}'] }\n${text}`;
      around.services['POST / GetTopicAttributes'] = signing('2');
    });

    it('are right where they send to Sluice, and sign as it wants', async () => {
      const { missing, findings } = await examine();

      expect(missing).toEqual([]);
      expect(findings.filter(({ what }) => what.includes(topic)).map(({ state }) => state)).toEqual(['ok', 'ok']);
    });

    it.each([
      [
        'nobody has confirmed',
        'ListSubscriptionsByTopic',
        'PendingConfirmation',
        'no confirmed subscription',
        'subscribe',
      ],
      ['sign in the old way', 'GetTopicAttributes', signing('1'), 'version 1, not 2', 'SignatureVersion'],
      ['are not there', 'GetTopicAttributes', noTopic, 'no such topic', 'alerts.topics'],
    ])('that %s are told, with what to do', async (_, call, answer, detail, fix) => {
      around.services[`POST / ${call}`] = answer;

      const found = (await examine()).missing.find(({ what }) => what.includes(topic));

      expect(found).toMatchObject({ detail: expect.stringContaining(detail), fix: expect.stringContaining(fix) });
    });
  });

  it.each([
    ['there', { Name: 'pager' }, null],
    ['not there', 404, 'none of this name'],
    ['going to be deleted', { Name: 'pager', DeletedDate: 1_764_000_000 }, 'going to be deleted'],
  ])('a secret of sluice.yaml that is %s', async (_, answer, detail) => {
    change = (text) =>
      text.replace(
        /page: \{ sns: [^}]*\}/,
        'page: { webhook: "https://events.pagerduty.com/v2/enqueue", format: pagerduty, secret: pager }',
      );
    around.services['POST / DescribeSecret'] = answer;

    const { findings } = await examine();

    const found = findings.find(({ what }) => what.startsWith('The secret pager is there'));
    expect(found).toMatchObject(
      detail === null ? { state: 'ok' } : { state: 'missing', detail: expect.stringContaining(detail) },
    );
    expect(found?.what).toContain('services[0].notify.page.secret');
  });

  it('finds a complete installation complete, and changes nothing', async () => {
    const { exitCode, findings, missing, unknown, asked } = await examine();

    expect([missing, unknown, exitCode]).toEqual([[], [], 0]);
    expect(findings.length).toBeGreaterThan(20);
    // What is posted carries no valid signature and no valid token, or is how AWS reads.
    expect(asked.filter((line) => line.startsWith('POST')).sort()).toEqual([
      'POST /webhooks/alertmanager',
      'POST /webhooks/github',
    ]);
    const changing = server.seen.filter(
      ({ method, path }) => method !== 'GET' && path !== '/' && path !== '/api/v1/query',
    );
    // What GitHub refuses to the token that only reads, asked with nothing that could be made.
    for (const { path, body } of changing) expect([path, body]).toEqual([expect.stringMatching(/^\/repos\//), '']);
  });

  it.each([
    ['2026-12-01 09:00:00 UTC', 'it ends at 2026-12-01T09:00:00.000Z'],
    ['2026-12-07 11:00:00 +0200', 'it ends at 2026-12-07T09:00:00.000Z'],
    ['2026-12-07 11:00:01 +0200', null],
    ['2027-10-12 09:00:00 UTC', null],
  ])('warns of tokens of GitHub that end within two weeks: %s', async (ends, detail) => {
    tokenEnds = ends;

    const { missing } = await examine();

    expect(missing).toEqual(
      detail === null
        ? []
        : ['github-token', 'github-reader-token'].map((token) => ({
            what: `chest-xray-mlops: ${token} lasts for another 14 days`,
            state: 'missing',
            detail,
            fix: expect.stringContaining('rotate-a-secret.md'),
          })),
    );
  });

  it.each([
    ['may write deployments and nothing else', { deployments: 422 }, 'ok', null],
    ['may write nothing', {}, 'missing', 'it may write nothing'],
    ['may write too much', { deployments: 422, 'git/refs': 422 }, 'missing', 'it may write contents, deployments'],
  ])('looks at the token that shows deployments, where GitHub is to show them: one that %s', async (...given) => {
    const [, writable, state, detail] = given;
    change = (text) => text.replace('expire: 24h', 'environment: production-approval\n      expire: 24h');
    const posts = Object.entries(writable).map(([path, status]) => [
      `POST /repos/example/chest-xray-mlops/${path}`,
      status,
    ]);
    // The first that fits answers.
    around = { ...around, services: { ...Object.fromEntries(posts), ...around.services } };

    const { findings } = await examine();

    const [finding] = findings.filter(({ what }) => what.includes('github-deployments-token may show'));
    expect(finding).toMatchObject({ state, detail });
  });

  it('lists what functions in a VPC need there, and what it costs', async () => {
    const outside = await examine();
    around.services['GET /2015-03-31/functions/sluice-act/configuration'] = {
      FunctionName: 'sluice-act',
      FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:sluice-act',
      VpcConfig: { VpcId: 'vpc-0a1b', SubnetIds: ['subnet-0a', 'subnet-0b'] },
    };
    const inside = await examine();

    expect([outside.exitCode, inside.exitCode]).toEqual([0, 0]);
    expect(outside.findings.map(({ what }) => what)).toContain(
      'Functions reach AWS, clusters and metrics by public addresses: they are in no VPC',
    );
    expect(inside.findings.map(({ what }) => what)).toContain(
      'Functions are in vpc-0a1b. Unless it has a NAT gateway, it needs 8 interface endpoints: ecr.api, eks, email, events, kms, secretsmanager, sns, states (about $116.80 a month in 2 subnets, US list price)',
    );
  });

  it('has nothing against an installation that reserves nothing at all, as in a small account', async () => {
    for (const fn of Object.keys(reservedConcurrency))
      around.services[`GET /2019-09-30/functions/sluice-${fn}/concurrency`] = {};
    around.services['GET /2016-08-19/account-settings'] = { AccountLimit: { UnreservedConcurrentExecutions: 10 } };

    const { missing, findings } = await examine();

    expect(missing).toEqual([]);
    expect(findings).toContainEqual(expect.objectContaining({ what: expect.stringContaining('reserved=off') }));
  });

  describe('of mail', () => {
    const lacking = async () => (await examine()).missing.map(({ what, detail }) => `${what}: ${detail}`);

    it('says whom SES’s sandbox keeps from getting any, by address and by domain', async () => {
      around.services['GET /v2/email/account'] = { ...inProduction, ProductionAccessEnabled: false };
      expect(await lacking()).toEqual([
        expect.stringMatching(/^Mail reaches everybody: .*; those of sluice\.yaml are$/),
      ]);

      around.services['GET /v2/email/identities/ana'] = { VerifiedForSendingStatus: true };
      around.services['GET /v2/email/identities/example.com'] = { ...verifiedDomain, VerifiedForSendingStatus: false };
      expect((await lacking()).find((text) => text.startsWith('Mail reaches'))).toMatch(
        /: not to (?!.*ana@).*ben@example\.com/,
      );
    });

    it.each([
      [
        'is not signed',
        'identities/example.com',
        { ...verifiedDomain, DkimAttributes: { Status: 'FAILED' } },
        'SES says FAILED',
      ],
      [
        'bounces too often',
        'account',
        { ...inProduction, EnforcementStatus: 'PROBATION' },
        'SES says PROBATION: it may stop',
      ],
      [
        'bounced',
        'suppression/addresses',
        { SuppressedDestinationSummaries: [{ EmailAddress: 'ana@example.com' }] },
        'sends nothing more to ana@example.com',
      ],
    ])('that %s', async (_, path, answer, detail) => {
      around.services[`GET /v2/email/${path}`] = answer;

      expect(await lacking()).toEqual([expect.stringContaining(detail)]);
    });

    it('asks for the identity that sluice.yaml names', async () => {
      change = (text) => text.replace(/mail: \{ from: (\S+) \}/, 'mail: { from: $1, identity: $1 }');
      around.services['GET /v2/email/identities/sluice'] = { VerifiedForSendingStatus: true };
      expect(await lacking()).toEqual([]);

      // An address that nobody signs for is taken for spam.
      around.services['GET /v2/email/identities/example.com'] = 404;

      expect(await lacking()).toEqual([
        expect.stringMatching(/^Mail from sluice@example\.com is signed \(DKIM\): SES says NOT_STARTED/),
      ]);
    });
  });

  describe('what the objectives ask', () => {
    const ofIstio = (list: string) => (text: string) =>
      text
        .replace(/source: \{ prometheus: (\S+) \}/, 'source: { istio: $1 }')
        .replace(/ {8}- \{ name: error-rate[\s\S]*?for: 5m \}\n.*\n/, `        ${list}\n`);
    const own = (query: string, max = 2) => `- { name: latency, query: '${query}', max: ${max}, unit: seconds }`;
    const ask = async (list: string, prometheus: (query: string) => unknown) => {
      change = ofIstio(list);
      around.services['POST /api/v1/query'] = prometheus;
      return (await examine()).findings.filter(({ what }) => /objectives|looks back|buckets/.test(what));
    };

    it('is answered, in either environment', async () => {
      const found = await ask('- { name: latency-p95, max: 2 }', (query) =>
        answering(query.includes('production-blue') || query.startsWith('count(') ? '3' : undefined),
      );

      expect(found.map(({ what, state }) => [what, state])).toEqual([
        ['chest-xray-mlops: what its objectives ask is answered', 'ok'],
        ['chest-xray-mlops: what it looks back over holds two scrapes', 'ok'],
        ['chest-xray-mlops: the buckets of its histograms hold its bounds', 'ok'],
      ]);
    });

    it.each([
      ['ok', 3, null],
      ['missing', null, 'list[0].query answers nothing now, neither of blue nor of green'],
    ])('is asked of CloudWatch: %s', async (state, value, detail) => {
      change = (text) =>
        text
          .replace(
            /source: \{ prometheus: \S+ \}\n *minSamples: 100/,
            'source: { cloudwatch: { region: us-east-1, metrics: { slow: { namespace: N, metric: M, stat: p95 } } } }',
          )
          .replace(
            / {8}- \{ name: error-rate[\s\S]*?for: 5m \}\n.*\n/,
            '        - { name: latency, query: slow, max: 2 }\n',
          );
      let at = 0;
      around.services['POST / GetMetricData'] = (_: string, body: string) => {
        at = JSON.parse(body).StartTime;
        const points = value === null ? { Timestamps: [], Values: [] } : { Timestamps: [at], Values: [value] };
        return { MetricDataResults: [{ Id: 'slow', StatusCode: 'Complete', ...points }], Messages: [] };
      };

      const found = (await examine()).findings.filter(({ what }) => what.includes('its objectives ask'));

      expect(found).toMatchObject([{ state, detail }]);
    });

    it('is asked of each source, and is not known of the one that is away', async () => {
      const found = await ask(
        `- { name: orders, query: orders, min: 1, source: { prometheus: 'http://127.0.0.1:1' } }\n        - { name: latency, query: slow, max: 2 }`,
        () => answering('3'),
      );

      expect(found.filter(({ what }) => what.endsWith('is answered')).map(({ what, state }) => [what, state])).toEqual([
        ['chest-xray-mlops: what its objectives ask is answered', 'ok'],
        ['chest-xray-mlops at http://127.0.0.1:1: what its objectives ask is answered', 'unknown'],
      ]);
    });

    it.each<[string, string, (query: string) => unknown, object]>([
      [
        'answered, also where nobody knows what is there',
        'm{version="{{version}}"}',
        () => answering(),
        { state: 'ok' },
      ],
      [
        'refused by Prometheus',
        'sum(x',
        (query) => (query === 'sum(x' ? { status: 'error', error: 'parse error: unclosed' } : answering('3')),
        {
          state: 'missing',
          detail: expect.stringMatching(/^validation\.performance\.list\[0\]\.query: .*parse error/),
        },
      ],
    ])('what a release is measured by on staging is %s', async (_, query, prometheus, finding) => {
      change = (text) =>
        text.replace(
          /^( *)validation:\n/m,
          `$&$1  performance: { list: [{ name: memory, query: '${query}', max: 1 }] }\n`,
        );
      around.services['POST /api/v1/query'] = prometheus;

      const found = (await examine()).findings.filter(({ what }) => what.includes('measures on staging'));

      expect(found).toMatchObject([finding]);
    });

    it.each([
      [
        'nothing, which is said with its path',
        '- { name: error-rate, max: 0.01, compare: null }',
        (query: string) => answering(query.startsWith('(sum') ? undefined : '3'),
        'list[0].query answers nothing now',
      ],
      [
        'nothing for what only runs dry, which is said too',
        `- { name: orders, query: orders, min: 1, dryRun: true }\n        - { name: latency, query: slow, max: 2 }`,
        (query: string) => answering(query === 'orders' ? undefined : '3'),
        'list[0].query answers nothing now',
      ],
      [
        'something that Prometheus refuses',
        own('sum(x'),
        () => ({ status: 'error', error: 'parse error: unclosed left parenthesis' }),
        'parse error',
      ],
      [
        'over less than two scrapes',
        own('rate(requests{a="b"}[{{window}}])'),
        (query: string) => answering(query.includes('count_over_time(requests{a="b"}[300s])') ? '1' : '3'),
        'there is 1 sample in 300s',
      ],
      [
        'with a bound that no bucket ends at',
        own('histogram_quantile(0.95, sum by (le) (rate(took_seconds_bucket[{{window}}])))'),
        (query: string) => answering(query.includes('le=~"2([.]0)?"') ? undefined : '3'),
        'took_seconds_bucket has no bucket that ends at 2',
      ],
      [
        'of a bucket that is not there',
        `- { name: slow, query: '1 - rate(took_seconds_bucket{le="2"}[{{window}}])', max: 0.05, unit: ratio }`,
        (query: string) => answering(query === 'count(took_seconds_bucket{le="2"})' ? undefined : '3'),
        'took_seconds_bucket has no bucket that ends at what the query names',
      ],
    ])('is %s', async (_, list, prometheus, detail) => {
      const lacking = (await ask(list, prometheus)).filter(({ state }) => state === 'missing');

      expect(lacking.map(({ detail }) => detail)).toEqual([expect.stringContaining(detail)]);
    });

    it('is not known where nothing answers', async () => {
      const found = await ask('- { name: error-rate, max: 0.01 }', () => 503);

      expect(found).toEqual([expect.objectContaining({ state: 'unknown' })]);
    });
  });

  const roomOf = (fn: string) => `GET /2019-09-30/functions/sluice-${fn}/concurrency`;
  const entryOfAct =
    'GET /clusters/production/access-entries/arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fsluice-act-us-east-1';
  const unread = {
    ...{ version: null, digest: null, weight: 0, ready: null },
    ...{ health: 'unknown' as const, reason: '403 Forbidden' },
  };
  const deploys = 'GET /repos/example/chest-xray-mlops-deploy';
  const applicationBut = (spec: object, metadata = {}) => ({
    metadata,
    spec: { ...applicationOf('blue').spec, ...spec },
  });
  const onBranch = applicationBut({ source: { targetRevision: 'env/blue', path: 'chart' } });
  const repinned = applicationBut({}, { annotations: { 'sluice.dev/pinned': 'c'.repeat(40) } });
  const rules = `${deploys}/rules/branches/`;
  it.each<[string, keyof Surroundings, string, unknown, string]>([
    ['a webhook without its secret', 'sluice', '/webhooks/github', 503, 'answered 503'],
    ['an unverified domain', 'services', 'GET /v2/email/identities/example.com', {}, 'DKIM'],
    ['a domain that SES does not know', 'services', 'GET /v2/email/identities/example.com', 404, 'not know the domain'],
    ['SES in its sandbox', 'services', 'GET /v2/email/account', { SendingEnabled: true }, 'sandbox'],
    ['no such cluster', 'services', 'GET /clusters/production', 404, 'no such cluster'],
    ['a role without an access entry', 'services', entryOfAct, 404, 'no access entry'],
    ['a role in another group', 'services', entryOfAct, { accessEntry: { kubernetesGroups: ['x'] } }, 'groups are x'],
    ['nobody to page', 'services', 'POST / ListSubscriptionsByTopic', 'PendingConfirmation', 'nobody has confirmed'],
    ['a way back without room', 'services', roomOf('return-traffic'), {}, 'nothing is reserved'],
    ['too little room', 'services', roomOf('api-read'), { ReservedConcurrentExecutions: 1 }, '1 are reserved'],
    ['no such function', 'services', roomOf('watch'), 404, 'no function sluice-watch'],
    [
      'a small account',
      'services',
      'GET /2016-08-19/account-settings',
      { AccountLimit: { UnreservedConcurrentExecutions: 10 } },
      'only 10 may run at once',
    ],
    ['a token that may only read', 'services', deploys, { permissions: { push: false } }, 'may only read'],
    ['a token for archives that may write', 'services', 'POST /repos/', 422, 'it may write contents'],
    ['a random first token', 'services', deploys, 401, 'not valid'],
    ['no branches', 'services', `${deploys}/git/ref/heads`, 404, 'no such branch'],
    ['no Roles', 'kubectl', 'get roles', { items: [] }, 'RoleBinding production/sluice-act'],
    ['no metrics-server', 'kubectl', 'v1beta1.metrics.k8s.io', 404, 'no metrics API'],
    [
      'a metrics-server that does not answer',
      'kubectl',
      'v1beta1.metrics.k8s.io',
      { status: { conditions: [{ type: 'Available', status: 'False', message: 'endpoints have no addresses' }] } },
      'not available (endpoints have no addresses)',
    ],
    ['no route', 'kubectl', 'get virtualservices', { items: [] }, 'there is no production/chest-xray-mlops'],
    [
      'a mirror',
      'kubectl',
      'get virtualservices',
      { items: [own(routeTo({ mirror: { host: hostOf('green') } }))] },
      'mirrors requests to green',
    ],
    [
      'another route of the host',
      'kubectl',
      'get virtualservices',
      { items: [own(), named('elsewhere', 'old', routeTo())] },
      'VirtualService elsewhere/old is for chest-xray.example.com too',
    ],
    ['no Application', 'kubectl', 'applications.argoproj.io/chest-xray-mlops-prod-blue', 404, 'no such Application'],
    [
      'an Application that follows a branch by itself',
      'kubectl',
      'applications.argoproj.io/chest-xray-mlops-prod-blue',
      onBranch,
      'it follows env/blue by itself: a push would go live unapproved',
    ],
    [
      'an Application that somebody else has pinned',
      'kubectl',
      'applications.argoproj.io/chest-xray-mlops-prod-blue',
      repinned,
      'somebody else has pinned it',
    ],
    [
      'an Application that does not heal',
      'kubectl',
      'applications.argoproj.io/chest-xray-mlops-prod-blue',
      applicationBut({ syncPolicy: { automated: { enabled: false, prune: true, selfHeal: true } } }),
      'it does not heal',
    ],
    [
      'sync windows that let nothing pass, not even a rescue',
      'kubectl',
      'appprojects.argoproj.io/production',
      { spec: { syncWindows: [{ kind: 'deny', schedule: '0 18 23 12 *', applications: ['chest-*-blue'] }] } },
      'a deployment or a rescue waits while one of these does not let it pass: deny 0 18 23 12 *',
    ],
    ['branches that everybody may push to', 'services', rules, [{ type: 'non_fast_forward' }], 'may push to it'],
    [
      'branches whose history may be rewritten',
      'services',
      rules,
      [{ type: 'update' }],
      'its history may be rewritten',
    ],
    [
      'a route that the API cannot read',
      'api',
      '/aws/api/services',
      { services: [serviceOf({ problem: '403 Forbidden' })] },
      '403 Forbidden',
    ],
    [
      'an environment that the API cannot read',
      'api',
      '/aws/api/services',
      { services: [serviceOf({ environments: { ...serviceOf().environments, green: unread } })] },
      'green: 403 Forbidden',
    ],
    ['you, who may only look', 'api', '/aws/api/overview', { ...overview(), viewer: null }, 'only look'],
  ])('names what is missing: %s', async (_, part, key, found, named) => {
    around[part][key] = found;

    const { exitCode, missing, err } = await examine();

    expect([exitCode, err]).toEqual([4, expect.stringContaining('Incomplete')]);
    expect(missing.map(({ detail }) => detail).join('\n')).toContain(named);
    for (const { fix } of missing) expect(fix).toMatch(/\w/);
  });

  describe('of a branch with classic protection', () => {
    const branchPath = `${deploys}/branches/env%2F`;
    /** What comes first is asked first. */
    const classic = (answer: unknown) => {
      const protections = ['blue', 'green'].flatMap((side) => [
        [`${branchPath}${side}/protection`, answer],
        [`${branchPath}${side}`, { name: `env/${side}`, protected: true }],
      ]);
      around = {
        ...around,
        services: {
          ...Object.fromEntries(protections),
          ...around.services,
          ...Object.fromEntries(protections),
          [rules]: [],
        },
      };
    };

    it('finds that only those who are named may push', async () => {
      classic({ restrictions: { users: [{ login: 'sluice' }] }, allow_force_pushes: { enabled: false } });

      expect(await examine()).toMatchObject({ exitCode: 0, missing: [], unknown: [] });
    });

    it('says what is open, and that it cannot see what only an administrator sees', async () => {
      classic({ allow_force_pushes: { enabled: true } });
      const open = await examine();
      classic(403);
      const unseen = await examine();

      expect(open.missing.map(({ detail }) => detail)).toContain(
        'everybody who may write to the repository may push to it; its history may be rewritten',
      );
      expect(unseen).toMatchObject({ exitCode: 5, missing: [] });
      expect(unseen.unknown[0]?.detail).toContain('only an administrator');
    });
  });

  it('looks who is paged also where every cluster is in another account', async () => {
    const address = { endpoint: clusterEndpoint, certificateAuthority: 'TFMwdA==' };
    clusters = [{ name: 'production', region: 'us-east-1', account: '222222222222', address }];

    const { findings, unknown } = await examine();

    expect(findings).toContainEqual(
      expect.objectContaining({ what: 'Somebody is paged when Sluice needs help', state: 'ok' }),
    );
    expect(unknown.map(({ what }) => what)).toEqual(['Cluster production is there and lets Sluice in']);
  });

  it('takes a cluster for one of its own account that is written with that account', async () => {
    const address = { endpoint: clusterEndpoint, certificateAuthority: 'TFMwdA==' };
    clusters = [{ name: 'production', region: 'us-east-1', account: '123456789012', address }];

    const { exitCode, findings } = await examine();

    expect(findings).toContainEqual(expect.objectContaining({ what: 'Cluster production is there and active' }));
    expect(exitCode).toBe(0);
  });

  describe('of a service in another account, delivered by the Argo CD of a cluster in Sluice’s own', () => {
    const hubEndpoint = 'https://HUB.gr7.us-east-1.eks.amazonaws.com';
    const arn = 'arn:aws:eks:us-east-1:222222222222:cluster/production';
    const inTwoAccounts = (destination: object) => {
      const address = { endpoint: clusterEndpoint, certificateAuthority: 'TFMwdA==' };
      clusters = [
        { name: 'production', region: 'us-east-1', account: '222222222222', destination: arn, address },
        { name: 'hub', region: 'us-east-1' },
      ];
      change = (text) => `argocd: { cluster: hub }\n${text}`;
      const parsed = parseConfiguration(
        change(configuration).replace(/^clusters: .*$/m, `clusters: ${JSON.stringify(clusters)}`),
      );
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      const asEks = JSON.parse(
        JSON.stringify(around.services)
          .replaceAll('clusters/production', 'clusters/hub')
          .replaceAll('cluster/production', 'cluster/hub')
          .replaceAll(clusterEndpoint, hubEndpoint),
      );
      const functions = Object.entries(around.services).filter(([, found]) => typeof found === 'function');
      around = { ...around, services: { ...asEks, ...Object.fromEntries(functions) } };
      const delivered = (side: string) => {
        const { spec } = applicationOf(side);
        return { spec: { ...spec, destination: { namespace: `production-${side}`, ...destination } } };
      };
      Object.assign(around.kubectl, {
        'config view': {
          clusters: [
            { name: 'prod', cluster: { server: clusterEndpoint } },
            { name: 'hub', cluster: { server: hubEndpoint } },
          ],
          contexts: [
            { name: 'operator@prod', context: { cluster: 'prod' } },
            { name: 'operator@prod-hub', context: { cluster: 'hub' } },
          ],
        },
        'get roles': {
          items: ['production', 'hub'].flatMap((cluster) => rolesIn(parsed.configuration, cluster, 'sluice')),
        },
        'applications.argoproj.io/chest-xray-mlops-prod-blue': delivered('blue'),
        'applications.argoproj.io/chest-xray-mlops-prod-green': delivered('green'),
      });
    };

    it('finds it complete but for what only the other account can say', async () => {
      inTwoAccounts({ server: arn });

      const { missing, unknown, findings } = await examine();

      expect(missing).toEqual([]);
      expect(unknown.map(({ what, detail }) => `${what}: ${detail}`)).toEqual([
        'Cluster production is there and lets Sluice in: it is in account 222222222222. With a profile of that account: aws eks list-access-entries --region us-east-1 --cluster-name production',
      ]);
      expect(findings.map(({ what }) => what)).toEqual(
        expect.arrayContaining([
          'Cluster hub is there and active',
          'Cluster hub has the Roles of Sluice’s functions',
          'Cluster production has the Roles of Sluice’s functions',
        ]),
      );
      expect(server.seen.filter(({ path }) => path.startsWith('/clusters/production'))).toEqual([]);
    });

    it('finds an Application that delivers to the cluster of Argo CD itself', async () => {
      inTwoAccounts({ server: 'https://kubernetes.default.svc' });

      const details = (await examine()).missing.map(({ detail }) => detail);

      expect(details).toEqual(
        ['blue', 'green'].map((side) =>
          expect.stringContaining(
            `Application chest-xray-mlops-prod-${side} delivers to the cluster https://kubernetes.default.svc.`,
          ),
        ),
      );
    });
  });

  describe('of a service behind the Gateway API', () => {
    const inKubectl = (changes: Record<string, unknown>) => {
      change = behindGateway;
      const parsed = parseConfiguration(behindGateway(configuration));
      if (!parsed.ok) throw new Error('the fixture is not valid');
      Object.assign(around.kubectl, {
        'get roles': { items: rolesIn(parsed.configuration, 'production', 'sluice') },
        'get virtualservices': { items: [] },
        'get httproutes': { items: [httpRoute(well)] },
        'production-blue get referencegrants': { items: [grant()] },
        'production-green get referencegrants': { items: [grant()] },
        ...changes,
      });
    };

    it('finds a route that its gateway follows, and the grants that it needs', async () => {
      inKubectl({});

      const { missing, unknown, findings } = await examine();

      expect([missing, unknown]).toEqual([[], []]);
      expect(findings.filter(({ what }) => what.includes('refer to its Service'))).toHaveLength(2);
    });

    it('finds the rules that traffic.rules names, and says what to do where the cluster has dropped their names', async () => {
      const named = (text: string) =>
        behindGateway(text).replace('router: gateway-api,', 'router: gateway-api, rules: [api, web],');
      const withRules = (...names: (string | undefined)[]) => {
        const route = httpRoute(well);
        const spec = route.spec as { readonly rules: readonly object[] }; // as httpRoute has written it
        const [rule] = spec.rules;
        return { ...route, spec: { ...spec, rules: names.map((name) => ({ ...(name && { name }), ...rule })) } };
      };
      const look = async (route: object) => {
        inKubectl({ 'get httproutes': { items: [route] } });
        change = named;
        return (await examine()).missing.map(({ detail, fix }) => [detail, fix]);
      };

      expect(await look(withRules('api', 'web'))).toEqual([]);
      expect(await look(withRules(undefined, undefined))).toEqual([
        [
          expect.stringContaining('no entry of rules is named api, as traffic.rules has it, but none has a name'),
          expect.stringContaining('a Gateway API before 1.4'),
        ],
      ]);
      expect(await look(withRules('api', 'web', 'more'))).toEqual([
        [expect.stringContaining('rules[2] (more) leads to blue and green too'), expect.stringContaining('adr/0032')],
      ]);
    });

    it.each([
      [
        'no grant',
        { 'production-green get referencegrants': { items: [] } },
        'no ReferenceGrant for it in production-green',
      ],
      [
        'a grant for another namespace',
        { 'production-green get referencegrants': { items: [grant({ namespace: 'other' })] } },
        'no ReferenceGrant for it in production-green',
      ],
      [
        'a gateway that does not follow',
        { 'get httproutes': { items: [httpRoute([well[0] ?? {}])] } },
        'not said ResolvedRefs',
      ],
    ])('names what is missing: %s', async (_, changes, detail) => {
      inKubectl(changes);

      const { missing } = await examine();

      expect(missing).toEqual([expect.objectContaining({ detail: expect.stringContaining(detail) })]);
    });
  });

  describe('of a service behind an Application Load Balancer', () => {
    const arnOf = (side: string) =>
      `arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/xray-${side}/0123456789abcdef`;
    const behindAlb = (text: string) =>
      behindGateway(text).replace(
        'router: gateway-api,',
        `router: alb, targetGroups: { blue: '${arnOf('blue')}', green: '${arnOf('green')}' },`,
      );
    const backend = { service: { name: 'xray', port: { name: 'use-annotation' } } };
    const ingress = (more: object = {}) => {
      const targetGroups = ['blue', 'green'].map((side) => ({ targetGroupARN: arnOf(side), weight: 50 }));
      const action = { type: 'forward', forwardConfig: { targetGroups, ...more } };
      const { metadata, spec } = own({
        rules: [{ host: 'chest-xray.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      });
      const annotations = { 'alb.ingress.kubernetes.io/actions.xray': JSON.stringify(action) };
      return { metadata: { ...metadata, annotations }, spec };
    };
    const bindings = (targetGroupARN: string) => ({
      items: [{ spec: { serviceRef: { name: 'chest-xray-mlops' }, targetGroupARN } }],
    });
    const inKubectl = (changes: Record<string, unknown>) => {
      change = behindAlb;
      const parsed = parseConfiguration(behindAlb(configuration));
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      Object.assign(around.kubectl, {
        'get roles': { items: rolesIn(parsed.configuration, 'production', 'sluice') },
        'get clusterroles': { items: rolesIn(parsed.configuration, 'production', 'sluice') },
        'get virtualservices': { items: [] },
        'get ingresses': { items: [ingress()] },
        'production-blue get targetgroupbindings': bindings(arnOf('blue')),
        'production-green get targetgroupbindings': bindings(arnOf('green')),
        ...changes,
      });
    };

    it('finds an action with the target groups of both sides, and the pods of each behind its own', async () => {
      inKubectl({});

      const { missing, unknown, findings } = await examine();

      expect([missing, unknown]).toEqual([[], []]);
      expect(findings.filter(({ what }) => what.includes('has the pods of its Service'))).toHaveLength(2);
    });

    it.each([
      ['no Ingress', { 'get ingresses': { items: [] } }, 'there is no production/chest-xray-mlops among ingresses'],
      [
        'an action that keeps clients on a side',
        { 'get ingresses': { items: [ingress({ targetGroupStickinessConfig: { enabled: true } })] } },
        'keeps clients on a target group',
      ],
      [
        'a target group with the pods of the other side',
        { 'production-green get targetgroupbindings': bindings(arnOf('blue')) },
        `has ${arnOf('blue')}, not ${arnOf('green')}`,
      ],
      [
        'no binding',
        { 'production-green get targetgroupbindings': { items: [] } },
        'in production-green has no target group',
      ],
    ])('names what is missing: %s', async (_, changes, detail) => {
      inKubectl(changes);

      const { missing } = await examine();

      expect(missing).toContainEqual(expect.objectContaining({ detail: expect.stringContaining(detail) }));
    });
  });

  describe.each([
    ['KEDA', '{ kind: ScaledObject }', 'ScaledObject', '/spec/minReplicaCount'],
    ['nothing', '{ kind: none }', 'Deployment', '/spec/replicas'],
  ])('of a service that %s scales', (_by, autoscaler, kind, field) => {
    const ignoring = (ignored: object) => {
      change = (text) => text.replace(/^( *)data: replicated$/m, `$&\n$1autoscaler: ${autoscaler}`);
      const parsed = parseConfiguration(change(configuration));
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      expect(parsed.configuration.services[0]?.autoscaler.kind).not.toBe('HPA');
      const application = (side: string) => ({
        spec: { ...applicationOf(side).spec, ignoreDifferences: [ignored] },
      });
      Object.assign(around.kubectl, {
        'get roles': { items: rolesIn(parsed.configuration, 'production', 'sluice') },
        'applications.argoproj.io/chest-xray-mlops-prod-blue': application('blue'),
        'applications.argoproj.io/chest-xray-mlops-prod-green': application('green'),
      });
    };

    it('finds it complete where Argo CD leaves alone what Sluice sets', async () => {
      ignoring({ kind, jsonPointers: [field] });

      const { missing, unknown } = await examine();

      expect([missing, unknown]).toEqual([[], []]);
    });

    it('says of each environment what its self-heal would undo, when it ignores an autoscaler that is not there', async () => {
      ignoring({ kind: 'HorizontalPodAutoscaler', jsonPointers: ['/spec/minReplicas'] });

      const { missing } = await examine();

      const detail = expect.stringContaining(`it does not ignore ${field} of the ${kind}`);
      expect(missing).toEqual([expect.objectContaining({ detail }), expect.objectContaining({ detail })]);
    });

    it('wants the Roles for that and no others', async () => {
      ignoring({ kind, jsonPointers: [field] });
      const forAutoscalers = parseConfiguration(configuration);
      if (!forAutoscalers.ok) throw new Error('the fixture is not valid');
      Object.assign(around.kubectl, {
        'get roles': { items: rolesIn(forAutoscalers.configuration, 'production', 'sluice') },
      });

      const { missing } = await examine();

      expect(missing).toEqual([expect.objectContaining({ what: expect.stringContaining('has the Roles') })]);
    });
  });

  it('calls nothing fine that it could not look at', async () => {
    await server.close();

    const { exitCode, missing, unknown } = await examine();

    expect([exitCode, missing]).toEqual([5, []]);
    expect(unknown.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['Mail of example.com', 'Cluster production', 'Paging', 'chest-xray-mlops: GitHub']),
    );
    server = await startScriptedServer();
  });

  it('asks only Sluice itself where that is wanted', async () => {
    const { exitCode, findings } = await examine('--no-aws');

    expect([exitCode, server.seen]).toEqual([0, []]);
    expect(findings.length).toBeGreaterThan(5);
  });
});
