import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Octokit } from '@octokit/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Application } from '../../adapters/gitops/argo-application.ts';
import {
  type ClusterFunctionName,
  clusterFunctionNames,
  groupOf,
  type RoleManifest,
  type Rule,
} from '../../core/cluster/roles.ts';
import { createKubeClient, type KubeClient } from '../../sandbox/kubernetes/controllers/kube-client.ts';
import { clusterOf } from '../../sandbox/kubernetes/controllers/kubeconfig.ts';
import { resources } from '../../sandbox/kubernetes/controllers/resources.ts';
import { commitOn, deploy, headOf } from '../contract/github/seeded-github.ts';
import { kubectlOf } from '../support/kubectl.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import type { Operation } from '../support/pipeline.ts';
import { patienceMs, until } from '../support/until.ts';
import { type ArgoCd, startArgoCd } from './argo-cd.ts';

/**
 * The whole sandbox on a real control plane with the real Argo CD, where the printed roles are enforced: what Sluice asks for is allowed, what it is
 * granted is used, and what it must not do is refused. Argo CD alone writes workloads: it reads, with Git, what Sluice commits.
 */
const {
  SLUICE_TEST_KUBECONFIG: kubeconfig,
  SLUICE_TEST_AUDIT_LOG: auditLog,
  SLUICE_TEST_ARGO_CD: programs,
} = process.env;
if (kubeconfig === undefined || programs === undefined)
  throw new Error('This needs a real control plane: npm run test:cluster -- sandbox');

const service = 'chest-xray-mlops';
const namespaces = ['argocd', 'production', 'production-blue', 'production-green'];

let folder: string;
let argoCd: ArgoCd;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-argo-cd-'));
  argoCd = await startArgoCd(programs, folder, await readFile(kubeconfig, 'utf8'));
});
const { sandbox, pipeline } = observedSandbox(
  '--kubeconfig',
  kubeconfig,
  ...configured({ ...quick, 'traffic.steps': [25, 100], 'traffic.interval': '3s', 'deadlines.sync': '3m' }),
);
const kubectl = kubectlOf(sandbox);
let admin: KubeClient;
beforeAll(async () => {
  admin = createKubeClient(clusterOf(await readFile(kubeconfig, 'utf8')));
});
afterAll(async () => {
  await argoCd.close();
  await rm(folder, { recursive: true, force: true });
  // The sandbox was killed. A namespace does not go while an API of the cluster is down, nor a pod without its kubelet.
  await admin.remove(resources.apiServices, { name: 'v1beta1.metrics.k8s.io' });
  for (const namespace of namespaces) {
    const { items } = await admin.list<{ metadata: { name: string } }>(resources.pods, namespace);
    for (const { metadata } of items) {
      await admin.remove(resources.pods, { namespace, name: metadata.name }, { gracePeriodSeconds: 0 }).catch(() => {});
    }
    await admin.remove(resources.namespaces, { name: namespace });
  }
  await admin.remove(resources.nodes, { name: 'sandbox' });
  for (const namespace of namespaces) {
    await until(`${namespace} is gone`, patienceMs, () =>
      admin.get(resources.namespaces, { name: namespace }).then(
        () => false,
        () => true,
      ),
    );
  }
  admin.close();
});

type Environment = 'blue' | 'green';

/** How an environment's Application stands, as Argo CD says. */
const applicationOf = async (environment: Environment): Promise<Application> =>
  JSON.parse(
    await kubectl('get', 'applications.argoproj.io', `${service}-prod-${environment}`, ...inArgoCd, '-o', 'json'),
  );
const inArgoCd = ['-n', 'argocd'];
/** What a Deployment rolls out. */
const templateOf = (environment: Environment) =>
  kubectl('get', 'deployment', service, '-n', `production-${environment}`, '-o', 'jsonpath={.spec.template}');
/** Argo CD has nothing to do there any more. */
const settledIn = (environment: Environment): Promise<Application> =>
  until(`Argo CD has brought ${environment} to where it is pinned`, patienceMs, async () => {
    const seen = await applicationOf(environment);
    const { status, revision } = seen.status?.sync ?? {};
    const isThere = status === 'Synced' && revision === seen.spec.source?.targetRevision;
    return seen.operation === undefined && isThere ? seen : null;
  });
const branchOf = (environment: Environment) => headOf(octokit(), deploy, `heads/env/${environment}`);
const octokit = () => new Octokit({ auth: sandbox.ready.secrets.githubToken, baseUrl: sandbox.ready.github });
/** Somebody who may push to the deploy repository does so. */
async function push(branch: string, files: Readonly<Record<string, string>>): Promise<string> {
  const sha = await commitOn(octokit(), deploy, await headOf(octokit(), deploy, `heads/${branch}`), files);
  await octokit().request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...deploy, ref: `heads/${branch}`, sha });
  return sha;
}
/** Has Argo CD look at Git and the cluster again, and waits until it has. */
async function refreshed(environment: Environment): Promise<Application> {
  const name = `${service}-prod-${environment}`;
  await kubectl('annotate', 'applications.argoproj.io', name, ...inArgoCd, 'argocd.argoproj.io/refresh=hard');
  return until('Argo CD has compared', patienceMs, async () => {
    const seen = await applicationOf(environment);
    return seen.metadata?.annotations?.['argocd.argoproj.io/refresh'] === undefined ? seen : null;
  });
}

describe('the sandbox on a real control plane', () => {
  it('brings a release to all the traffic, also where somebody had taken the standby down to no pods', async () => {
    await kubectl('scale', 'deployment', service, '-n', 'production-green', '--replicas=0');

    await pipeline.deliver(await pipeline.workflowRunPayload());
    const { id } = await pipeline.firstOperation();
    await pipeline.approveAll('v2.1.0');
    const ended = await pipeline.settled(id);

    expect([ended.outcome, ended.reason]).toEqual(['succeeded', 'v2.1.0 has 100 % of the traffic on green.']);
    const split = await pipeline.split(100);
    expect(split).toEqual({ blue: 0, green: 100, failed: 0 });
    expect((await pipeline.load())?.failed).toBe(0);
    const checked = await pipeline.post(`/api/services/${service}/health-check`, { environment: 'green' });
    expect(checked.status).toBe(200);
    // What serves was rendered by Argo CD from the commit that Sluice wrote, and by nobody else.
    const { spec, status } = await applicationOf('green');
    expect(spec.source?.targetRevision).toBe(await branchOf('green'));
    expect(status?.history?.at(-1)).toMatchObject({
      revision: await branchOf('green'),
      initiatedBy: { username: `sluice:${id}` },
    });
    const managers = JSON.parse(
      await kubectl('get', 'deployment', service, '-n', 'production-green', '-o', 'json', '--show-managed-fields'),
    ).metadata.managedFields.filter(({ fieldsV1 }: { fieldsV1: object }) =>
      JSON.stringify(fieldsV1).includes('"f:template"'),
    );
    expect(managers.map(({ manager }: { manager: string }) => manager)).toEqual(['argocd-controller']);
  });

  it('takes back what somebody edits in the cluster', async () => {
    const label = '{.spec.template.metadata.labels.app\\.kubernetes\\.io/version}';
    const version = () => kubectl('get', 'deployment', service, '-n', 'production-green', '-o', `jsonpath=${label}`);
    const edited = { spec: { template: { metadata: { labels: { 'app.kubernetes.io/version': 'v0' } } } } };

    await kubectl('patch', 'deployment', service, '-n', 'production-green', '-p', JSON.stringify(edited));

    await until('it is healed', patienceMs, async () => (await version()) === 'v2.1.0');
  });

  it('goes back by plan, step by step, to what is still there', async () => {
    const asked = { service, version: 'v2.0.5', reason: 'a planned return', emergency: false };
    const { body } = await pipeline.post('/api/rollbacks', asked, 'dana@example.com');
    const id = String(body.operation);
    await pipeline.inState(id, 'awaiting-approval');
    await pipeline.approveAll('v2.0.5', id);

    const ended = await pipeline.settled(id);

    expect([ended.outcome, ended.target]).toEqual(['succeeded', 'blue']);
    expect(await pipeline.split(100)).toEqual({ blue: 100, green: 0, failed: 0 });
    expect((await pipeline.load())?.failed).toBe(0);
  });

  it('is not failed by a repository server that is away for a while', async () => {
    await argoCd.stopRepoServer();
    const id = await pipeline.begin('v2.2.0');
    await pipeline.inState(id, 'syncing');
    const away = await until('Argo CD cannot compare', patienceMs, async () => {
      const { status } = await applicationOf('green');
      const error = status?.conditions?.find(({ type }) => type === 'ComparisonError');
      return (status?.operationState?.retryCount ?? 0) > 0 && error ? { error, status } : null;
    });
    const meanwhile = await pipeline.operation(id);

    await argoCd.startRepoServer();
    const ended = await pipeline.settled(id);

    expect(away.error.message).toMatch(/Unavailable|connection refused/);
    expect([meanwhile.state, meanwhile.outcome]).toEqual(['syncing', null]);
    expect([ended.outcome, ended.target]).toEqual(['succeeded', 'green']);
    expect(ended.timeline.map(({ action }) => action)).not.toContain('drift');
    expect(await pipeline.split(100)).toEqual({ blue: 0, green: 100, failed: 0 });
  });

  it('returns all the traffic of an alert', async () => {
    const [{ id: deployed } = { id: '' }] = await pipeline.operations();

    const answer = await pipeline.alert({ environment: 'green' });

    expect(answer.status).toBe(202);
    const returning = ({ kind, related }: Operation) => kind === 'rollback' && related === deployed;
    const rollback = await until('it returns', patienceMs, async () => (await pipeline.operations()).find(returning));
    expect((await pipeline.settled(rollback.id)).outcome).toBe('succeeded');
    expect(await pipeline.split(100)).toEqual({ blue: 100, green: 0, failed: 0 });
    expect((await pipeline.service()).holds.map(({ version }) => version)).toEqual(['v2.2.0']);
    const lifted = { version: 'v2.2.0', reason: 'it was the network' };
    expect((await pipeline.post(`/api/services/${service}/holds/release`, lifted)).status).toBe(200);
  });

  it('changes nothing of what is pushed, and a release whose hook fails ends with the hook named', async () => {
    // The clean-up of the release before has asked Argo CD for the one before that.
    await settledIn('green');
    const before = [await templateOf('blue'), await templateOf('green')];
    const template = { restartPolicy: 'Never', containers: [{ name: 'migrate', image: 'nowhere.example/migrate' }] };
    const hook = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate', annotations: { 'argocd.argoproj.io/hook': 'PreSync' } },
      spec: { activeDeadlineSeconds: 1, backoffLimit: 0, template: { spec: template } },
    };
    await push('main', { 'README.md': 'pushed\n' });
    for (const environment of ['blue', 'green'] as const) {
      await push(`env/${environment}`, { 'chart/templates/migrate.yaml': JSON.stringify(hook) });
      const { spec, status } = await refreshed(environment);
      expect(status?.sync).toMatchObject({ status: 'Synced', revision: spec.source?.targetRevision });
    }
    expect([await templateOf('blue'), await templateOf('green')]).toEqual(before);

    const jobs = [{ op: 'add', path: '/spec/namespaceResourceWhitelist/-', value: { group: 'batch', kind: 'Job' } }];
    const project = ['appprojects.argoproj.io', 'production', ...inArgoCd];
    await kubectl('patch', ...project, '--type=json', '-p', JSON.stringify(jobs));
    const { workflowRunPayload } = await pipeline.release('v2.3.0');
    const answer = await pipeline.deliver(workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    const stopped = await pipeline.settled(operation);
    const branch = `/api/services/${service}/branches/green`;
    const { foreign } = await pipeline.api<{ foreign: { head: string } }>(branch);
    const decision = { kind: 'propose', head: foreign.head, reason: 'a migration' };
    expect((await pipeline.post(branch, decision, 'ben@example.com')).status).toBe(200);
    const ended = await pipeline.deploy('v2.3.0');

    expect(stopped.outcome).toBe('failed-validation');
    expect(ended.outcome).toBe('failed');
    expect(ended.reason).toContain('PreSync hook Job production-green/migrate');
    expect(await pipeline.split(100)).toEqual({ blue: 100, green: 0, failed: 0 });
    expect(await templateOf('blue')).toBe(before[0]);
    // What is tried again on its own account was ended, and what was there before is wanted again.
    const after = await settledIn('green');
    expect(after.spec.source?.targetRevision).toBe(after.status?.history?.at(-1)?.revision);
    expect(after.status?.operationState?.phase).toBe('Succeeded');
    expect((await pipeline.operations()).filter(({ outcome }) => outcome === null)).toEqual([]);
  });

  it('sees weights that somebody else sets in the middle of a shift, and all goes back', async () => {
    const id = await pipeline.begin('v4.0.0');
    await pipeline.weightReached('green', 25);
    const weights = [40, 60].map((value, index) => ({
      op: 'replace',
      path: `/spec/http/0/route/${index}/weight`,
      value,
    }));

    await kubectl('patch', 'virtualservice', service, '-n', 'production', '--type=json', '-p', JSON.stringify(weights));

    const ended = await pipeline.settled(id);
    expect(ended.outcome).toBe('rolled-back');
    expect(ended.timeline.find(({ action }) => action === 'drift')?.details.details).toMatchObject({
      what: 'weights',
      before: { blue: 75, green: 25 },
      after: { blue: 40, green: 60 },
    });
    expect(await pipeline.split(100)).toEqual({ blue: 100, green: 0, failed: 0 });
  });

  it('goes on after kill -9 with the pods that the control plane knows', async () => {
    const before = await kubectl('get', 'pods', '-n', 'production-blue', '-o', 'name');

    await sandbox.killAndRestart();

    expect(await pipeline.split(100)).toEqual({ blue: 100, green: 0, failed: 0 });
    expect(await kubectl('get', 'pods', '-n', 'production-blue', '-o', 'name')).toBe(before);
    // The sandbox's GitHub is at another port now, and Argo CD has been told.
    const { spec, status } = await refreshed('green');
    expect(spec.source?.repoURL).toContain(sandbox.ready.github);
    expect(status?.sync).toMatchObject({ status: 'Synced', revision: spec.source?.targetRevision });
  });

  it('answers kubectl logs of a running pod, by the API server and the node', async () => {
    const pods = await kubectl('get', 'pods', '-n', 'production-blue', '-o', 'name');

    const log = await kubectl('logs', '-n', 'production-blue', pods.split('\n')[0] ?? '', '--tail=3');

    expect(log.trim().split('\n').length).toBeGreaterThan(0);
    expect(log).toMatch(/\w/);
  });
});

/** What of an audit event is compared (audit.k8s.io/v1). */
interface AuditEvent {
  readonly verb: string;
  readonly impersonatedUser?: { readonly groups?: readonly string[] };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly requestURI: string;
  readonly responseStatus?: { readonly code?: number };
}

describe('the roles that `sluice cluster-roles` prints', () => {
  const granted = async (): Promise<readonly RoleManifest[]> => {
    const list = await kubectl('get', 'roles,clusterroles', '-A', '-o', 'json');
    const { items }: { items: RoleManifest[] } = JSON.parse(list);
    return items.filter(({ metadata }) => metadata.name.startsWith('sluice-'));
  };
  // What somebody else's cluster logs is not known here.
  const itWithAudit = auditLog === undefined ? it.skip : it;

  const logged = async () =>
    (await readFile(auditLog ?? '', 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"sluice:') && line.endsWith('}'))
      .map((line): AuditEvent => JSON.parse(line));

  const callsIn = (events: readonly AuditEvent[]) =>
    new Set(
      events.map(({ verb, objectRef = {}, impersonatedUser }) => {
        const { resource = '', subresource, apiGroup = '' } = objectRef;
        const group = impersonatedUser?.groups?.find((name) => name.startsWith('sluice:'));
        return `${group} ${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
      }),
    );

  itWithAudit('allow whatever Sluice asks for, and each of their rules is used', async () => {
    await pipeline.release('v2.9.0');
    await pipeline.api(`/api/services/${service}/plan?version=v2.9.0`);
    const wanted = (await granted()).flatMap(({ metadata, rules = [] }) => {
      const roles = (one: string) => [`sluice-${one}`, `sluice-${one}-routes`];
      const name = clusterFunctionNames.find((one) => roles(one).includes(metadata.name));
      if (name === undefined) throw new Error(`nobody's role: ${metadata.name}`);
      return rules.flatMap((rule) => callsOf(rule).map((call) => `${groupOf('sluice', name)} ${call}`));
    });

    // The watch looks where nothing is at work, every ten seconds.
    let unused: string[] = [];
    await until('each rule is used', patienceMs, async () => {
      const asked = callsIn(await logged());
      unused = [...new Set(wanted)].filter((call) => !asked.has(call));
      return unused.length === 0;
    }).catch(() => undefined);
    expect(unused).toEqual([]);
    const refused = (await logged()).filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
    expect(wanted.length).toBeGreaterThan(30);
  });

  const everybody = [...clusterFunctionNames];
  const readers = everybody.filter((name) => name !== 'act' && name !== 'return-traffic');
  const forbidden: Question[] = [
    ...['argocd', 'production', 'production-blue', 'production-green', 'kube-system'].flatMap((namespace) => [
      ...ask(everybody, 'get', 'secrets', namespace, 'argocd-secret'),
      ...ask(everybody, 'list', 'secrets', namespace),
      ...ask(everybody, 'create', 'pods', namespace),
      ...ask(everybody, 'create', 'pods/exec', namespace, 'x'),
      ...ask(everybody, 'get', 'pods/exec', namespace, 'x'),
      ...ask(everybody, 'create', 'serviceaccounts/token', namespace, 'default'),
      ...ask(everybody, 'delete', 'pods', namespace, 'x'),
      ...ask(everybody, 'create', 'rolebindings.rbac.authorization.k8s.io', namespace),
      ...ask(everybody, 'escalate', 'roles.rbac.authorization.k8s.io', namespace),
      ...ask(everybody, 'patch', 'deployments.apps', namespace, service),
      ...ask(everybody, 'delete', 'deployments.apps', namespace, service),
      ...ask(everybody, 'patch', 'configmaps', namespace, service),
    ]),
    ...ask(everybody, 'list', 'pods', 'kube-system'),
    ...ask(everybody, 'list', 'pods', ''),
    ...ask(everybody, 'get', 'nodes', ''),
    ...ask(everybody, 'impersonate', 'groups', '', 'system:masters'),
    ...ask(everybody, 'patch', 'appprojects.argoproj.io', 'argocd', 'production'),
    ...ask(everybody, 'patch', 'virtualservices.networking.istio.io', 'production', 'other'),
    ...ask(everybody, 'patch', 'virtualservices.networking.istio.io', 'production-blue', service),
    ...ask(everybody, 'delete', 'virtualservices.networking.istio.io', 'production', service),
    ...ask(everybody, 'create', 'virtualservices.networking.istio.io', 'production'),
    ...ask(everybody, 'patch', 'applications.argoproj.io', 'argocd', 'other'),
    ...ask(everybody, 'delete', 'applications.argoproj.io', 'argocd', `${service}-prod-blue`),
    ...ask(everybody, 'create', 'applications.argoproj.io', 'argocd'),
    ...ask(readers, 'patch', 'virtualservices.networking.istio.io', 'production', service),
    ...ask([...readers, 'return-traffic'], 'patch', 'applications.argoproj.io', 'argocd', `${service}-prod-blue`),
    ...ask([...readers, 'return-traffic'], 'patch', 'horizontalpodautoscalers.autoscaling', 'production-blue', service),
    ...ask([...readers, 'return-traffic'], 'patch', 'deployments.apps/scale', 'production-blue', service),
    ...ask(
      everybody.filter((name) => name !== 'observe'),
      'get',
      'pods/log',
      'production-blue',
      'x',
    ),
    ...ask(
      everybody.filter((name) => name !== 'observe'),
      'list',
      'events',
      'production-blue',
    ),
  ];

  it('allow nothing else: what must be refused is refused', async () => {
    const answers = await Promise.all(
      forbidden.map(async (question) => ((await isAllowed(question)) ? [JSON.stringify(question)] : [])),
    );

    expect(answers.flat()).toEqual([]);
    // Questions of this form are answered by yes, too.
    const [may] = ask(['act'], 'patch', 'applications.argoproj.io', 'argocd', `${service}-prod-blue`);
    expect(may && (await isAllowed(may))).toBe(true);
    expect(forbidden.length).toBeGreaterThan(300);
  });

  it('are asked for before any person is: without the way back nobody is asked to approve', async () => {
    const binding = ['rolebinding', 'sluice-return-traffic', '-n', 'production'];
    const { kind, apiVersion, roleRef, subjects, metadata } = JSON.parse(
      await kubectl('get', ...binding, '-o', 'json'),
    );
    await kubectl('delete', ...binding);

    const { workflowRunPayload } = await pipeline.release('v2.10.0');
    const answer = await pipeline.deliver(workflowRunPayload);
    const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
    const ended = await pipeline.settled(operation);
    const group = 'rbac.authorization.k8s.io';
    const type = { group, version: 'v1', kind: 'RoleBinding', plural: 'rolebindings', namespaced: true };
    const place = { name: metadata.name, namespace: 'production' };
    await admin.create(type, { kind, apiVersion, roleRef, subjects, metadata: place });

    expect(ended.outcome).toBe('failed');
    expect(ended.reason).toContain(
      `it may not get virtualservices.networking.istio.io ${service} in production; not patch`,
    );
    expect(ended.timeline.map(({ action }) => action)).not.toContain('request-approval');
  });

  async function isAllowed(question: Question): Promise<boolean> {
    const [path = '', subresource] = question.what.split('/');
    const [resource, ...group] = path.split('.');
    const { verb, namespace, name } = question;
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: { name: '' },
      spec: {
        user: `sluice-${question.function}`,
        groups: [groupOf('sluice', question.function), 'system:authenticated'],
        resourceAttributes: { verb, namespace, name, resource, subresource, group: group.join('.') },
      },
    };
    const type = {
      group: 'authorization.k8s.io',
      version: 'v1',
      kind: 'SubjectAccessReview',
      plural: 'subjectaccessreviews',
      namespaced: false,
    };
    const { status } = await admin.create<typeof review & { status?: { allowed: boolean } }>(type, review);
    if (status === undefined) throw new Error(`no answer to ${JSON.stringify(question)}`);
    return status.allowed;
  }
});

/** Whether a function may do something; `what` is as in `deployments.apps/scale`. */
interface Question {
  readonly function: ClusterFunctionName;
  readonly verb: string;
  readonly what: string;
  readonly namespace: string;
  readonly name: string | undefined;
}

function ask(
  who: readonly ClusterFunctionName[],
  verb: string,
  what: string,
  namespace: string,
  name?: string,
): Question[] {
  return who.map((one) => ({ function: one, verb, what, namespace, name }));
}

/** What a rule allows, as an audit event names it: `patch apps/deployments/scale`. */
const callsOf = ({ apiGroups, resources: kinds, verbs }: Rule): string[] =>
  apiGroups.flatMap((group) => kinds.flatMap((kind) => verbs.map((verb) => `${verb} ${group}/${kind}`)));
