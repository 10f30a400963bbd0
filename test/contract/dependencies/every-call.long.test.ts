import { beforeAll, beforeEach, describe, it } from 'vitest';
import { createStaticClusterAccess } from '../../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient, type KubernetesClient } from '../../../adapters/cluster/kubernetes-client.ts';
import { createWorkloads } from '../../../adapters/cluster/workloads.ts';
import { createArgoApplications } from '../../../adapters/gitops/argo-application.ts';
import { type BranchHead, createEnvironmentBranch } from '../../../adapters/gitops/environment-branch.ts';
import type { MetricReading } from '../../../adapters/metrics/metrics-source.ts';
import { createPrometheusSource } from '../../../adapters/metrics/prometheus-source.ts';
import { createWebSource } from '../../../adapters/metrics/web-source.ts';
import { createMailer } from '../../../adapters/notice/mailer.ts';
import { createGitHub } from '../../../adapters/shared/github.ts';
import { createGitHubSourceControl } from '../../../adapters/source/github-source-control.ts';
import { openStore, type Store } from '../../../adapters/store/store.ts';
import { createTrafficRouter } from '../../../adapters/traffic/create-traffic-router.ts';
import { type Milliseconds, seconds } from '../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../contracts/errors.ts';
import { instant } from '../../../contracts/instant.ts';
import { operationRecordSchema } from '../../../contracts/records/operation.ts';
import type { StandIn } from '../../../sandbox/aws/listener.ts';
import { startDynamoDb } from '../../../sandbox/aws/start-dynamodb.ts';
import { startSes } from '../../../sandbox/aws/start-ses.ts';
import { installTable, tableName } from '../../../sandbox/install.ts';
import { startKubernetes } from '../../../sandbox/kubernetes/start-kubernetes.ts';
import { testRetention, testSeals } from '../../support/table.ts';
import { json, type ScriptedServer, startScriptedServer } from '../adapters/scripted-server.ts';
import { type SeededGitHub, startSeededGitHub, token } from '../github/seeded-github.ts';
import { before, book, type Call, closing, dataDir, ends, table, within } from './every-call.ts';

describe('Kubernetes', () => {
  const environment = { namespace: 'production-green', name: 'chest-xray-mlops' };
  const application = 'chest-xray-mlops-prod-green';
  let admin: KubernetesClient;
  let kubernetes: KubernetesClient;
  beforeAll(async () => {
    const server = await startKubernetes({ port: 0, dataDir });
    closing.push(() => server.close());
    const { caPem: ca, adminToken } = server;
    const clientOf = (name: string, endpoint: string, budget: Milliseconds) =>
      createKubernetesClient(createStaticClusterAccess({ name, endpoint, ca, token: adminToken }), { within: budget });
    admin = clientOf('admin', server.endpoint, seconds(60));
    kubernetes = clientOf('production', await before('kubernetes', server.endpoint, server), within);
    closing.unshift(() => Promise.all([admin.close(), kubernetes.close()]));
    for (const name of ['production', 'production-green', 'argocd']) {
      await admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    const host = (side: string) => `chest-xray-mlops.production-${side}.svc.cluster.local`;
    await admin.create('/apis/networking.istio.io/v1/namespaces/production/virtualservices', {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'chest-xray-mlops' },
      spec: {
        http: [
          {
            route: ['blue', 'green'].map((side) => ({
              destination: { host: host(side) },
              weight: side === 'blue' ? 100 : 0,
            })),
          },
        ],
      },
    });
    await admin.create('/apis/autoscaling/v2/namespaces/production-green/horizontalpodautoscalers', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: environment.name },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: environment.name },
        minReplicas: 1,
        maxReplicas: 10,
      },
    });
    await admin.create('/apis/argoproj.io/v1alpha1/namespaces/argocd/applications', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: application },
      spec: {
        project: 'production',
        destination: { namespace: 'production-green' },
        source: { repoURL: 'https://github.com/example/chest-xray-mlops-deploy', targetRevision: 'env/green' },
      },
    });
  });

  const router = () =>
    createTrafficRouter(kubernetes, {
      router: 'istio',
      route: { namespace: 'production', name: 'chest-xray-mlops' },
      services: { blue: { namespace: 'production-blue', name: 'chest-xray-mlops' }, green: environment },
      now: () => instant(0),
    });
  const workloads = () => createWorkloads(kubernetes);
  const applications = () => createArgoApplications(kubernetes);
  let turn = 0;
  const calls: readonly Call[] = [
    ['reading the route', () => router().read()],
    [
      'writing the route',
      async () => {
        turn += 1;
        const weights = { blue: 100 - (turn % 100), green: turn % 100 };
        const live = await admin.get<{ metadata: { resourceVersion: string } }>(
          '/apis/networking.istio.io/v1/namespaces/production/virtualservices/chest-xray-mlops',
        );
        const fence = { epoch: 1, seq: turn, operation: 'op', origin: 'blue' as const, weights };
        return router().write({ weights, fence, resourceVersion: live?.metadata.resourceVersion ?? '' });
      },
    ],
    ['reading a Deployment', () => workloads().readDeployment(environment.namespace, environment.name)],
    ['listing pods', () => workloads().listPods(environment.namespace, { 'app.kubernetes.io/name': environment.name })],
    ['listing events', () => workloads().listEvents(environment.namespace, instant(0))],
    ['reading a log', () => workloads().tailLogs(environment.namespace, 'pod-1', 10, { container: 'app' })],
    [
      'setting a minimum',
      () => {
        turn += 1;
        return workloads().setMinimumReplicas(environment.namespace, environment.name, 1 + (turn % 9), {
          epoch: turn,
          operation: 'op',
        });
      },
    ],
    ['reading an Application', () => applications().read(application)],
    [
      'starting a sync',
      () => {
        turn += 1;
        return applications().startSync(application, {
          operation: `op-${turn}`,
          revision: 'a'.repeat(40),
          epoch: turn,
        });
      },
    ],
    ['ending a sync', () => applications().terminate(application)],
    ['asking for a refresh', () => applications().refresh(application)],
  ];
  it.each(table(calls))('%s while it %s', async (_, __, fault, call) => {
    await ends('kubernetes', /Kubernetes/, fault, call);
  });
});

describe('GitHub', () => {
  const repository = 'example/chest-xray-mlops';
  let seeded: SeededGitHub;
  let address: string;
  let sha: string;
  let runId: number;
  beforeAll(async () => {
    seeded = await startSeededGitHub();
    closing.push(() => seeded.remove());
    address = await before('github', seeded.github.endpoint);
    const published = await seeded.github.publishRelease({ version: 'v2.2.0', author: { login: 'dana' } });
    ({ sha, runId } = published);
    const direct = createGitHub({ baseUrl: seeded.github.endpoint, token: async () => token });
    deployed = await createEnvironmentBranch(direct).readHead(at);
  });
  const github = () => createGitHub({ baseUrl: address, token: async () => token, within });
  const source = () => createGitHubSourceControl(github());
  const branch = () => createEnvironmentBranch(github());
  const at = { repository: 'example/chest-xray-mlops-deploy', branch: 'env/green' };
  let deployed: BranchHead;
  let turn = 0;
  const calls: readonly Call[] = [
    ['reading a run', () => source().workflowRun(repository, runId)],
    ['reading an artifact', () => source().releaseArtifact(repository, runId, { within })],
    ['listing runs', () => source().runsOfCommit(repository, sha)],
    ['listing jobs', () => source().jobs(repository, runId)],
    [
      'reading a deployment',
      () => source().stagingDeployment({ repository, sha, environment: 'staging', createdBy: ['github-actions[bot]'] }),
    ],
    ['comparing', () => source().compare(repository, 'v2.0.5', sha)],
    ['reading a commit', () => source().commit(repository, sha)],
    [
      'reading contributors',
      () =>
        source().contributors(
          { repository, base: 'v2.0.5', withoutBase: 'history', head: sha, run: { id: runId, attempt: 1 } },
          { within },
        ),
    ],
    ['reading a branch', () => source().branchCommit(repository, 'main')],
    ['reading a tag', () => source().taggedCommit(repository, 'v2.2.0')],
    ["reading a branch's head", () => branch().readHead(at)],
    ['reading a tree', () => branch().readTree(at, deployed.commit)],
    ['reading which chart a tree has', () => branch().chartTree(at, deployed.tree, 'chart')],
    ["reading a branch's changes", () => branch().readChanges(at, { base: deployed.commit, head: deployed.commit })],
    [
      'making a commit',
      () => {
        turn += 1;
        return branch().makeCommit({
          ...at,
          environment: 'green',
          path: 'chart',
          release: {
            version: 'v2.2.0',
            image: 'registry/chest-xray-mlops',
            digest: `sha256:${String(turn).padStart(64, '0')}`,
          },
          operation: `op-${turn}`,
          epoch: turn,
          parent: deployed.commit,
          tree: deployed.tree,
        });
      },
    ],
    [
      'making a commit that puts another back',
      () =>
        branch().makeRestoringCommit({
          ...at,
          environment: 'green',
          release: { version: 'v2.1.0', digest: `sha256:${'0'.repeat(64)}` },
          operation: 'op-0',
          epoch: 1,
          parent: deployed.commit,
          tree: deployed.tree,
          restores: deployed.commit,
        }),
    ],
    ['moving a branch', () => branch().advance(at, deployed.commit)],
  ];
  it.each(table(calls))('%s while it %s', async (_, __, fault, call) => {
    await ends('github', /GitHub/, fault, call);
  });
});

describe('DynamoDB', () => {
  let store: Store;
  const at = '2026-11-23T15:00:00Z';
  const claim = { operation: 'op', kind: 'deployment' as const, executionArn: 'arn', at, deadline: at };
  const trigger = { kind: 'dead-execution', service: 's', operation: 'op', executionArn: 'arn', status: 'FAILED' };
  const times = { startedAt: at, deadline: at, stateSince: at };
  const operation = operationRecordSchema.parse({
    ...times,
    id: 'op',
    kind: 'rollback',
    service: 'chest-xray-mlops',
    trigger,
    actor: 'sluice',
    executionArn: 'arn',
    state: 'returning-traffic',
    outcome: null,
  });
  beforeAll(async () => {
    const dynamodb = await startDynamoDb({ port: 0, dataDir });
    closing.push(() => dynamodb.close());
    await installTable(dynamodb.endpoint);
    const endpoint = await before('dynamodb', dynamodb.endpoint);
    const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
    const storeAt = (address: string, budget: Milliseconds) =>
      openStore(
        {
          aws: { region: 'us-east-1', endpoint: address, credentials },
          tableName,
          within: budget,
          retention: testRetention,
        },
        () => undefined,
        testSeals(),
      );
    store = storeAt(endpoint, within);
    await storeAt(dynamodb.endpoint, seconds(60)).operations.register(operation);
  });
  const calls: readonly Call[] = [
    ['reading an item', () => store.operations.read('op')],
    ['creating an item', () => store.operations.register(operation)],
    ['changing an item', () => store.operations.update('op', { reason: 'because' })],
    ['taking the lock', () => store.locks.acquire('chest-xray-mlops', claim)],
    ['listing by service', () => store.operations.list('chest-xray-mlops', 10)],
    ['listing an audit', () => store.audit.list('op')],
    [
      'appending to an audit',
      () => store.audit.append('op', { at: instant(0), actor: 'a', action: 'b', phase: 'intent', details: {} }),
    ],
  ];
  it.each(table(calls))('%s while it %s', async (_, __, fault, call) => {
    await ends('dynamodb', /DynamoDB/, fault, call);
  });
});

describe('SES', () => {
  let ses: StandIn;
  let address: string;
  beforeAll(async () => {
    ses = await startSes({ port: 0 });
    closing.push(() => ses.close());
    address = await before('ses', ses.endpoint);
  });
  const mail = { from: 'sluice@example.com', to: ['ana@example.com'], subject: 's', text: 't', html: '<p>t</p>' };
  const calls: readonly Call[] = [
    [
      'sending a mail',
      () => {
        const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
        return createMailer({ region: 'us-east-1', endpoint: address, credentials, within }).send(mail);
      },
    ],
  ];
  it.each(table(calls))('%s while it %s', async (_, __, fault, call) => {
    await ends('ses', /mail/, fault, call);
  });
});

describe('the metrics source', () => {
  let prometheus: ScriptedServer;
  let address: string;
  beforeAll(async () => {
    prometheus = await startScriptedServer();
    prometheus.answer(
      json({ status: 'success', data: { resultType: 'scalar', result: [1, '0.01'] }, errorRate: 0.01 }),
    );
    closing.push(() => prometheus.close());
    address = await before('metrics', prometheus.url);
  });
  /** It never throws: not to know is an answer, which judgement calls inconclusive. Here it is thrown, to be judged as the others. */
  const known = async (reading: Promise<MetricReading>) => {
    const answer = await reading;
    if (answer.kind === 'unreachable') throw new DependencyUnavailable('metrics', answer.reason);
    return answer;
  };
  const values = { service: 's', environment: 'green', namespace: 'n', version: 'v2.1.0', backend: 's', window: '60s' };
  const calls: readonly Call[] = [
    ['asking Prometheus', () => known(createPrometheusSource({ url: address, within }).query('vector(1)', values))],
    ['asking a web source', () => known(createWebSource({ url: address, within }).query('errorRate', values))],
  ];
  beforeEach(() => book.clear());
  it.each(table(calls))('%s while it %s', async (_, __, fault, call) => {
    await ends('metrics', /metrics/, fault, call);
  });
});
