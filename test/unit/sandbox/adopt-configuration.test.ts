import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument, parse as parseYaml } from 'yaml';
import { formatDuration } from '../../../contracts/duration.ts';
import { previewConfiguration, readTemplate } from '../../../sandbox/configuration.ts';
import { targetGroup } from '../../../sandbox/router/cloudwatch-metrics.ts';
import { seededServices } from '../../../sandbox/seeded-service.ts';
import { initialise, shop } from '../../support/initialised-service.ts';

let folder: string;
let usual: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-adopt-'));
  const { file } = await initialise();
  const { readFile } = await import('node:fs/promises');
  usual = await readFile(file, 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Settings = Readonly<Record<string, unknown>>;

/** What the sandbox runs of the file that `init` writes, with other settings by their path in it. */
async function adopt(settings: Settings = {}, options: { monitoring?: boolean; realTime?: boolean } = {}) {
  const document = parseDocument(usual);
  for (const [path, value] of Object.entries(settings)) {
    const keys = path.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    document.setIn(keys, value);
  }
  const file = join(folder, 'sluice.yaml');
  await writeFile(file, document.toString());
  const notes: string[] = [];
  const onNote = (note: string) => void notes.push(note);
  const text = await readTemplate(file, { monitoring: false, ...options, onNote });
  const configuration = previewConfiguration(text);
  const [service] = configuration.services;
  if (service === undefined) throw new Error('there is no service');
  return { text, notes, configuration, service };
}

describe('a configuration for production in the sandbox', () => {
  it('keeps names, people, rules and bounds', async () => {
    const { configuration, service } = await adopt();

    expect(configuration.people.map(({ mail }) => mail)).toEqual(['kim@acme.example', 'lee@acme.example']);
    expect(configuration.clusters).toEqual([{ name: 'eu', region: 'eu-central-1' }]);
    expect(service).toMatchObject({
      name: 'shop',
      repository: 'acme/shop',
      cluster: 'eu',
      environments: { blue: { namespace: 'shop-blue', application: 'shop-blue', branch: 'env/blue' } },
      traffic: { host: shop.host, steps: [5, 25, 50, 100] },
      approvals: { rules: [{ members: ['kim@acme.example', 'lee@acme.example'], count: 1 }] },
      health: { checks: [{ path: '/ready' }] },
    });
  });

  it('calls nobody outside: each address is the sandbox’s, also that of a cluster and of a page', async () => {
    const { text, notes } = await adopt({
      'clusters.0.address': { endpoint: 'https://eks.acme.example', certificateAuthority: 'LS0t' },
      'services.0.notify.page': { format: 'slack', secret: 'slack-of-acme' },
      'services.0.objectives.source.auth': { bearer: 'prometheus-of-acme' },
    });

    expect(text).not.toMatch(/acme\.example[/:]|https:\/\/|-of-acme/);
    expect(parseYaml(text).services[0].notify.page).toMatchObject({
      webhook: expect.stringContaining('/api/sandbox/pages'),
    });
    expect(notes).toContainEqual(expect.stringMatching(/^services\[0\]\.notify\.page: /));
  });

  it('has seconds for minutes where a good deployment waits, and says which', async () => {
    const { service, notes } = await adopt();

    expect(formatDuration(service.traffic.interval)).toBe('5s');
    expect(formatDuration(service.bake)).toBe('10s');
    expect(service.objectives.list.map((objective) => formatDuration(objective.for))).toEqual(['5s', '5s']);
    expect(formatDuration(service.approvals.expire)).toBe('1d');
    expect(notes).toContainEqual(expect.stringContaining('traffic.interval 5m is 5s, bake 10m is 10s'));
  });

  it('keeps the times with --real-time', async () => {
    const { service, notes } = await adopt({}, { realTime: true });

    expect(formatDuration(service.traffic.interval)).toBe('5m');
    expect(service.objectives.minSamples).toBe(100);
    expect(notes.join('\n')).not.toContain('seconds for minutes');
  });

  it('reads built-in objectives from the router, and says what it cannot measure', async () => {
    const list = [
      { name: 'error-rate', max: 0.02 },
      { name: 'latency-p99', max: 0.5 },
      { name: 'queue', query: 'sum(queue_depth)', max: 10 },
      { name: 'istio-resets', query: 'sum(rate(istio_requests_total{response_flags="UC"}[1m]))', max: 1 },
    ];
    const { service, notes } = await adopt({ 'services.0.objectives.list': list });

    expect(service.objectives.source).toMatchObject({ kind: 'web' });
    expect(service.objectives.list).toMatchObject([
      { name: 'error-rate', query: 'errorRate', max: 0.02, compare: { total: 'requests', bad: 'errors' } },
      { name: 'latency-p99', query: 'latencyP99', max: 0.5, compare: null },
    ]);
    expect(service.objectives.fast).toMatchObject({ answers: 'requests', failures: 'errors' });
    expect(notes).toContainEqual(expect.stringMatching(/objectives\.list\[2\]: queue is not judged/));
    expect(notes).toContainEqual(expect.stringMatching(/objectives\.list\[3\]: .*--monitoring/));
  });

  it('measures nothing that has only a lower bound, and leaves that out of what is built in', async () => {
    const list = [
      { name: 'throughput', query: 'sum(rate(orders[1m]))', min: 10 },
      { name: 'error-rate', query: 'errors()', min: 0.001, max: 0.02 },
    ];
    const { service, notes } = await adopt({ 'services.0.objectives.list': list });

    expect(service.objectives.list.map(({ name, min, max }) => [name, min, max])).toEqual([
      ['error-rate', undefined, 0.02],
    ]);
    expect(notes).toContainEqual(expect.stringMatching(/objectives\.list\[0\]: throughput is not judged/));
  });

  it('asks its own source for what has another one there, and needs one that decides', async () => {
    const list = [
      { name: 'error-rate', max: 0.02, dryRun: true },
      { name: 'latency-p95', max: 1, dryRun: true, source: { istio: 'https://prometheus.acme.example' } },
      { name: 'queue', query: 'sum(queue_depth)', max: 10 },
    ];
    const { service, text, notes } = await adopt({ 'services.0.objectives.list': list });

    expect(text).not.toContain('https://prometheus.acme.example');
    expect(service.objectives.list).toMatchObject([{ name: 'error-rate', max: 0.01, dryRun: false }]);
    expect(service.objectives.dryRun).toMatchObject([{ name: 'latency-p95', query: 'latencyP95' }]);
    expect(notes).toContainEqual(expect.stringMatching(/objectives\.list: nothing of it that decides/));
  });

  it('judges an error rate where nothing else of it can be measured', async () => {
    const list = [{ name: 'queue', query: 'sum(queue_depth)', max: 10 }];
    const { service, notes } = await adopt({ 'services.0.objectives.list': list });

    expect(service.objectives.list).toMatchObject([{ name: 'error-rate', query: 'errorRate', max: 0.01 }]);
    expect(notes).toContainEqual(
      expect.stringMatching(/objectives\.list: nothing of it that decides is measured here/),
    );
  });

  it('asks the sandbox’s own Prometheus with --monitoring, and keeps queries on Istio’s metrics', async () => {
    const list = [
      { name: 'error-rate', max: 0.02 },
      { name: 'queue', query: 'sum(queue_depth)', max: 10 },
      { name: 'resets', query: 'sum(rate(istio_requests_total{response_flags="UC"}[1m]))', max: 1 },
    ];
    const { service } = await adopt({ 'services.0.objectives.list': list }, { monitoring: true });

    expect(service.objectives.source).toMatchObject({ kind: 'istio', gateway: 'istio-ingressgateway' });
    expect(service.objectives.list.map(({ name }) => name)).toEqual(['error-rate', 'resets']);
  });

  describe('of CloudWatch', () => {
    const metric = (name: string, stat = 'Sum') => ({
      ...{ namespace: 'AWS/ApplicationELB', metric: name, stat },
      dimensions: { TargetGroup: { blue: 'targetgroup/k8s-b/1', green: 'targetgroup/k8s-g/2' } },
    });
    const adoptMetrics = (metrics: object, realTime: boolean) =>
      adopt(
        {
          'services.0.objectives': {
            source: { cloudwatch: { region: 'eu-central-1', metrics } },
            list: [{ name: 'error-rate', query: 'FILL(errors, 0) / requests', max: 0.01, unit: 'ratio' }],
          },
          'services.0.postDeployment': {},
        },
        { realTime },
      );
    const known = { requests: metric('RequestCount'), errors: metric('HTTPCode_Target_5XX_Count') };

    it('asks the sandbox’s own CloudWatch about target groups of its own, at the pace of minutes', async () => {
      const { service, notes } = await adoptMetrics(known, true);

      expect(service.objectives.source).toMatchObject({
        kind: 'cloudwatch',
        metrics: { requests: { dimensions: { TargetGroup: targetGroup } } },
      });
      expect(service.objectives.list).toMatchObject([{ query: 'FILL(errors, 0) / requests' }]);
      expect(notes).toContainEqual(expect.stringContaining('the sandbox’s CloudWatch'));
    });

    it.each([
      ['where seconds stand for minutes', known, false],
      ['where a metric is none of the router’s', { ...known, errors: metric('HTTPCode_ELB_504_Count') }, true],
      ['where a statistic is none of the router’s', { ...known, requests: metric('RequestCount', 'Average') }, true],
    ])('asks the router %s', async (_when, metrics, realTime) => {
      const { service } = await adoptMetrics(metrics, realTime);

      expect(service.objectives.source).toMatchObject({ kind: 'web' });
      expect(service.objectives.list).toMatchObject([{ name: 'error-rate', query: 'errorRate' }]);
    });
  });

  it('leaves out what it has nothing for, with the path of each key', async () => {
    const { service, notes } = await adopt({
      'services.0.validation.compliance': { change: { pattern: 'CHG-\\d+' }, documents: ['docs/model-card.md'] },
      'services.0.validation.staging': 'staging',
      'services.0.validation.performance': { list: [{ name: 'p95', query: 'p95{version="{{version}}"}', max: 1 }] },
      'services.0.validation.image.scanner': 'inspector',
      'services.0.validation.image.signer': { workflow: 'acme/workflows/.github/workflows/build.yml' },
      'services.0.postDeployment': { monitoring: {}, backups: [{ name: 'daily', age: 'age', maxAge: '1d' }] },
    });

    expect(service.validation).toMatchObject({
      compliance: { change: null, documents: ['docs/model-card.md'] },
      performance: null,
      image: { scanner: 'ecr', signer: { called: null } },
    });
    expect(service.postDeployment).toMatchObject({ monitoring: null, backups: [] });
    for (const key of [
      'validation.compliance.change',
      'validation.performance',
      'validation.image.scanner',
      'validation.image.signer',
      'postDeployment.monitoring',
      'postDeployment.backups',
    ]) {
      expect(notes).toContainEqual(expect.stringContaining(`services[0].${key}: `));
    }
  });

  it('is refused where a file that a check sends is not beside it', async () => {
    const check = { name: 'predict', method: 'POST', path: '/predict', bodyFile: 'none.json' };

    const adopting = adopt({ 'services.0.health.checks': [check] });

    await expect(adopting).rejects.toThrow(
      /line \d+ services\[0\]\.health\.checks\[0\]\.bodyFile: there is no file none\.json/,
    );
  });

  it('has one cluster and one account in place of several, and says so', async () => {
    const address = { endpoint: 'https://0A1B.gr7.eu-west-1.eks.amazonaws.com', certificateAuthority: 'Q0E=' };
    const { configuration, notes } = await adopt({
      clusters: [{ name: 'hub' }, { name: 'eu', account: '222222222222', destination: 'eu', address }],
      argocd: { cluster: 'hub' },
      'services.0.cluster': 'eu',
    });

    expect(configuration.services[0]?.argocd).toEqual({ cluster: 'eu', destination: null });
    expect(configuration.clusters).toEqual([{ name: 'hub' }, { name: 'eu' }]);
    expect(notes).toContainEqual(expect.stringContaining('argocd.cluster: '));
  });

  it('is refused as a whole where two services would meet in its one cluster', async () => {
    const [one] = parseYaml(usual).services;
    const other = { ...one, name: 'cart', repository: 'acme/cart', cluster: 'us' };

    const adopting = adopt({
      clusters: [{ name: 'eu' }, { name: 'us' }],
      services: [one, { ...other, gitops: { repository: 'acme/cart-deploy' } }],
    });

    await expect(adopting).rejects.toThrow(
      /services\[1\] and services\[0\] have the route shop\/shop[\s\S]*have the host shop\.acme\.example[\s\S]*have the Application shop-blue/,
    );
  });
});

describe('what GitHub and CI have of a service', () => {
  it('proves what its configuration asks for', async () => {
    const { configuration } = await adopt({
      'services.0.trigger.branch': 'release',
      'services.0.gitops.path': 'deploy/helm',
      'services.0.validation': {
        requiredChecks: ['unit', 'scan.yml/image'],
        staging: { environment: 'preprod', createdBy: ['app/deployer'] },
        model: { accuracy: { min: 0.99 }, drift: { max: 0.1 }, recall: { atLeast: 0.98 } },
        image: { repositories: ['210987654321.dkr.ecr.eu-central-1.amazonaws.com/team/*'] },
        compliance: { documents: ['docs/model-card.md'] },
      },
    });

    expect(seededServices(configuration)).toMatchObject([
      {
        name: 'shop',
        branch: 'release',
        documents: ['docs/model-card.md'],
        deploy: {
          repository: 'acme/shop-deploy',
          path: 'deploy/helm',
          branches: { blue: 'env/blue', green: 'env/green' },
        },
        ci: {
          image: '210987654321.dkr.ecr.eu-central-1.amazonaws.com/team/shop',
          workflow: '.github/workflows/release.yml',
          checks: ['test', 'security-scan', 'unit', 'scan.yml/image'],
          metrics: { accuracy: 0.99, drift: 0.1, recall: 1 },
          staging: { environment: 'preprod', creator: 'deployer[bot]' },
        },
      },
    ]);
  });
});
