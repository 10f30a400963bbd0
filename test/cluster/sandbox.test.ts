import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
import { kubectlOf } from '../support/kubectl.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

/**
 * The whole sandbox on a real control plane, where the printed roles are enforced: what Sluice asks for is allowed, what it is granted is
 * used, and what it must not do is refused.
 */
const { SLUICE_TEST_KUBECONFIG: kubeconfig, SLUICE_TEST_AUDIT_LOG: auditLog } = process.env;
if (kubeconfig === undefined) throw new Error('This needs a real control plane: npm run test:cluster -- sandbox');

const service = 'chest-xray-mlops';
const namespaces = ['argocd', 'production', 'production-blue', 'production-green'];
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

const apply = async (manifest: object): Promise<void> => {
  const file = join(sandbox.dataDir, 'manifest.json');
  await writeFile(file, JSON.stringify(manifest));
  await kubectl('apply', '-f', file);
};

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
  });

  it('takes back what somebody edits in the cluster', async () => {
    const label = '{.spec.template.metadata.labels.app\\.kubernetes\\.io/version}';
    const version = () => kubectl('get', 'deployment', service, '-n', 'production-green', '-o', `jsonpath=${label}`);
    const edited = { spec: { template: { metadata: { labels: { 'app.kubernetes.io/version': 'v0' } } } } };

    await kubectl('patch', 'deployment', service, '-n', 'production-green', '-p', JSON.stringify(edited));

    await until('it is healed', patienceMs, async () => (await version()) === 'v2.1.0');
  });

  it('returns all the traffic of an alert', async () => {
    const answer = await pipeline.alert({ environment: 'green' });

    expect(answer.status).toBe(202);
    const [rollback] = await pipeline.returns();
    expect(rollback?.outcome).toBe('succeeded');
    await pipeline.lockFree();
    expect(await pipeline.split(100)).toEqual({ blue: 100, green: 0, failed: 0 });
    expect((await pipeline.service()).holds.map(({ version }) => version)).toEqual(['v2.1.0']);
    const lifted = { version: 'v2.1.0', reason: 'it was the network' };
    expect((await pipeline.post(`/api/services/${service}/holds/release`, lifted)).status).toBe(200);
  });

  it('a sync that the API server refuses fails the release before any traffic, with what it said', async () => {
    const refusal = 'version v3.0.0 is not admitted here';
    const admission = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'no-v3' } };
    const spec = {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
        ],
      },
      validations: [
        {
          expression: "object.spec.template.metadata.labels['app.kubernetes.io/version'] != 'v3.0.0'",
          message: refusal,
        },
      ],
    };
    await apply({ ...admission, kind: 'ValidatingAdmissionPolicy', spec });
    await apply({
      ...admission,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: 'no-v3', validationActions: ['Deny'] },
    });
    // It takes the API server a moment to enforce it.
    const dry = { spec: { template: { metadata: { labels: { 'app.kubernetes.io/version': 'v3.0.0' } } } } };
    const words = ['patch', 'deployment', service, '-n', 'production-green', '--dry-run=server'];
    await until('it is enforced', patienceMs, () =>
      kubectl(...words, '-p', JSON.stringify(dry)).then(
        () => false,
        (error: Error) => error.message.includes(refusal),
      ),
    );

    const ended = await pipeline.settled(await pipeline.begin('v3.0.0'));
    await kubectl('delete', 'validatingadmissionpolicybindings,validatingadmissionpolicies', 'no-v3');

    expect(ended.outcome).toBe('failed');
    expect(ended.reason).toContain(refusal);
    expect(await pipeline.split(100)).toEqual({ blue: 100, green: 0, failed: 0 });
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
    await apply({ kind, apiVersion, roleRef, subjects, metadata: { name: metadata.name, namespace: 'production' } });

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
