import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreignField } from '../../../core/workload/foreign-fields.ts';
import type { AppliedBy } from '../../../core/workload/synced-containers.ts';
import { fieldAt } from '../../../sandbox/kubernetes/kube-object.ts';
import { patienceMs, until } from '../../support/until.ts';
import { deployment, startWorld, type World } from './support.ts';

/**
 * What a real API server does and the stand-in did not, until somebody asked both. `npm run test:cluster` asks the real one the same.
 */
const namespace = 'sluice-test';
const core = `/api/v1/namespaces/${namespace}`;
const pods = `${core}/pods`;
const configMaps = `${core}/configmaps`;
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
const applications = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`;
const routes = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`;
const merge = 'application/merge-patch+json';

let world: World;
beforeAll(async () => {
  world = await startWorld({ authenticate: (token) => (token === 'ana' ? { user: 'ana', groups: ['people'] } : null) });
  await create('/api/v1/namespaces', { metadata: { name: namespace } });
  await until('pods can be created', patienceMs, async () => {
    return (await world.call('GET', `${core}/serviceaccounts/default`)).status === 200;
  });
});
afterAll(() => world.close());

const create = (path: string, body: object) => world.call('POST', path, { body });
const patch = (path: string, body: object, type = merge) => world.call('PATCH', path, { body, type });
const application = (name: string, rest: object = {}) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name },
  spec: { project: 'production', destination: { namespace }, source: { repoURL: 'https://example.com/x' } },
  ...rest,
});
const routeOf = (name: string, entry: object = {}) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name },
  spec: { hosts: ['x.example.com'], http: [{ route: [{ destination: { host: 'a' }, weight: 100 }], ...entry }] },
});
const podOf = (name: string, spec: object = {}, containers: object[] = [{ name: 'app', image: 'x' }]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers, ...spec },
});

/** What kubectl prints of fields that it does not send: `creationTimestamp: null`, `status: {}`. */
function withoutNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNull);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, inner]) => inner !== null && name !== 'status');
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutNull(inner)]));
}

describe('who asks', () => {
  it('is nobody without a token, and may look at the version; a wrong token is no way in', async () => {
    const [version, list, path, wrong] = await Promise.all([
      world.call('GET', '/version', { token: null }),
      world.call('GET', pods, { token: null }),
      world.call('GET', '/api', { token: null }),
      world.call('GET', pods, { token: 'bert' }),
    ]);

    expect([version.status, list.status, path.status, wrong.status]).toEqual([200, 403, 403, 401]);
    expect(list.body.message).toBe(
      `pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "${namespace}"`,
    );
    expect(path.body.message).toBe('forbidden: User "system:anonymous" cannot get path "/api"');
  });

  it('is in the group of all who are somebody', async () => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };

    const { body } = await world.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      token: 'ana',
      body: review,
    });

    expect(body.status).toMatchObject({ userInfo: { username: 'ana', groups: ['people', 'system:authenticated'] } });
  });
});

describe('what an object has to be', () => {
  it('a custom object says its kind itself; of a built-in one the path does', async () => {
    const { kind: _, ...nameless } = application('nameless');

    const custom = await create(applications, nameless);
    const builtIn = await create(configMaps, { metadata: { name: 'nameless' } });

    expect([custom.status, builtIn.status]).toEqual([400, 201]);
    expect(custom.body.message).toContain("Object 'Kind' is missing");
  });

  it.each<[string, string, object, string]>([
    [
      'an Application without a destination',
      applications,
      application('a', { spec: { project: 'production' } }),
      'spec.destination: Required value',
    ],
    [
      'an operation state without its operation and its start',
      applications,
      application('b', { status: { operationState: { phase: 'Running' } } }),
      'status.operationState.operation: Required value',
    ],
    [
      'a time that is none',
      applications,
      application('c', { status: { reconciledAt: 'yesterday' } }),
      'status.reconciledAt: Invalid value: "yesterday": status.reconciledAt in body must be of type date-time: "yesterday"',
    ],
    [
      'a weight that is a text',
      routes,
      routeOf('d', { route: [{ destination: { host: 'a' }, weight: '5' }] }),
      'spec.http[0].route[0].weight: Invalid value: "string": spec.http[0].route[0].weight in body must be of type integer: "string"',
    ],
    [
      'a kind of field that is not among those that there are',
      `/apis/networking.istio.io/v1/namespaces/${namespace}/destinationrules`,
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'e' },
        spec: { host: 'a', trafficPolicy: { loadBalancer: { simple: 'FASTEST' } } },
      },
      'Unsupported value: "FASTEST": supported values: "UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"',
    ],
  ])('%s is refused', async (_what, path, body, message) => {
    const { status, body: answer } = await create(path, body);

    expect([status, answer.reason]).toEqual([422, 'Invalid']);
    expect(answer.message).toContain(message);
  });

  it('a definition of a kind says what its objects look like', async () => {
    const names = { plural: 'things', kind: 'Thing' };
    const versions = [{ name: 'v1', served: true, storage: true }];

    const { status, body } = await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'things.example.com' },
      spec: { group: 'example.com', scope: 'Namespaced', names, versions },
    });

    expect(status).toBe(422);
    expect(body.message).toContain('spec.versions[0].schema.openAPIV3Schema: Required value');
  });

  it('what the schema gives by itself is there after the creation', async () => {
    const { body } = await create(`/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'defaults' },
      spec: { rules: [{ backendRefs: [{ name: 'blue', port: 80 }] }] },
    });

    expect(body.spec).toEqual({
      rules: [
        {
          backendRefs: [{ group: '', kind: 'Service', name: 'blue', port: 80, weight: 1 }],
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        },
      ],
    });
  });

  it.each([
    ['configmap', ['--from-literal=key=a value', '--from-literal=empty=']],
    ['secret generic', ['--from-literal=key=a value', '--type=example.com/x']],
    ['deployment', ['--image=registry.example.com/web', '--replicas=0', '--port=8080']],
    ['job', ['--image=registry.example.com/web', '--', 'sh', '-c', 'true']],
    ['cronjob', ['--image=registry.example.com/web', '--schedule=*/5 * * * *']],
    ['service clusterip', ['--tcp=5678:8080', '--tcp=5679:named']],
    ['ingress', ['--rule=x.example.com/path*=svc:8080,tls=cert']],
    ['role', ['--verb=get,list', '--resource=pods', '--resource-name=one']],
    ['rolebinding', ['--role=admin', '--user=ana', '--group=people', '--serviceaccount=argocd:default']],
    ['quota', ['--hard=requests.storage=1536Mi,count/jobs.batch=1k']],
    ['poddisruptionbudget', ['--selector=app=x', '--min-available=50%']],
    ['serviceaccount', []],
  ])('an object that kubectl sends in protobuf is the one that it prints as JSON: create %s', async (kind, flags) => {
    const at = flags.indexOf('--');
    const [options, command] = at < 0 ? [flags, []] : [flags.slice(0, at), flags.slice(at)];
    const words = ['create', ...kind.split(' '), 'sent', '-n', namespace, ...options];

    const printed = await world.kubectl(...words, '--dry-run=client', '-o', 'json', ...command);
    const made = await world.kubectl(...words, '-o', 'json', ...command);

    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(JSON.parse(made.stdout)).toMatchObject(withoutNull(JSON.parse(printed.stdout)) as object);
  });

  it('kubectl deletes a built-in kind, and asks what may be done and who asks', async () => {
    await create(configMaps, { metadata: { name: 'deleted' } });

    const answers = await Promise.all([
      world.kubectl('delete', 'configmap', 'deleted', '-n', namespace, '--cascade=foreground'),
      world.kubectl('auth', 'can-i', 'create', 'deployments.apps', '-n', namespace),
      world.kubectl('auth', 'can-i', '--list', '-n', namespace),
      world.kubectl('auth', 'whoami'),
    ]);

    expect(answers.map(({ code, stderr }) => [code, stderr])).toEqual(answers.map(() => [0, '']));
    expect(answers[1]?.stdout.trim()).toBe('yes');
  });

  it('a pod gets what its spec leaves out, in a Deployment as by itself', async () => {
    const { apiVersion, kind, spec: bare } = deployment('bare');
    const made = await Promise.all([
      create(pods, podOf('bare')),
      create(deployments, { apiVersion, kind, metadata: { name: 'bare' }, spec: bare }),
    ]);

    const specs = [fieldAt(made[0].body, 'spec'), fieldAt(made[1].body, 'spec', 'template', 'spec')];
    for (const spec of specs) {
      expect(spec).toMatchObject({
        ...{ dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', schedulerName: 'default-scheduler' },
        ...{ securityContext: {}, terminationGracePeriodSeconds: 30 },
      });
    }
  });

  it('helm installs a chart, upgrades it, goes back and takes it away', async () => {
    const chart = join(world.dataDir, 'chart');
    await mkdir(join(chart, 'templates'), { recursive: true });
    const { metadata, ...rest } = deployment('helm');
    const object = { ...rest, metadata: { ...metadata, name: '{{ .Release.Name }}', namespace } };
    const template = JSON.stringify(object).replace('"spec":{', '"spec":{"replicas":{{ .Values.replicas }},');
    await Promise.all([
      writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: chart\nversion: 1.0.0\n'),
      writeFile(join(chart, 'values.yaml'), 'replicas: 0\n'),
      writeFile(join(chart, 'templates', 'all.yaml'), template),
    ]);
    const replicasNow = async () =>
      fieldAt((await world.call('GET', `${deployments}/release`)).body, 'spec', 'replicas');
    const at = ['-n', namespace];

    const seen = [];
    for (const words of [
      ['install', 'release', chart],
      ['upgrade', 'release', chart, '--set', 'replicas=2'],
      ['rollback', 'release', '1'],
      ['list'],
      ['uninstall', 'release'],
    ]) {
      const { code, stdout, stderr } = await world.helm(...words, ...at);
      expect([words[0], code, stderr]).toEqual([words[0], 0, expect.not.stringMatching(/error/i)]);
      seen.push(words[0] === 'list' ? stdout.match(/release\s+\S+\s+(\d+)/)?.[1] : await replicasNow());
    }

    expect(seen).toEqual([0, 2, 0, '3', undefined]);
  });

  it('a body in protobuf that is none is a bad request', async () => {
    const type = 'application/vnd.kubernetes.protobuf';

    const answers = await Promise.all(
      ['k8s\0', 'nonsense'].map((body) => world.call('POST', configMaps, { body, type })),
    );

    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
  });
});

describe('a field that the kind does not have', () => {
  const odd = (name: string) => routeOf(name, { retires: { attempts: 3 } });

  it('is left out, and the answer warns of it', async () => {
    const created = await create(routes, odd('warned'));
    const changed = await patch(`${routes}/warned`, { spec: { hots: ['y'] } });

    expect([created.status, changed.status]).toEqual([201, 200]);
    expect(created.warnings).toEqual(['299 - "unknown field \\"spec.http[0].retires\\""']);
    expect(changed.warnings).toEqual(['299 - "unknown field \\"spec.hots\\""']);
    expect(changed.body.spec).toEqual(routeOf('warned').spec);
  });

  it('is left out without a word where nobody wants to know', async () => {
    const { status, warnings } = await create(`${routes}?fieldValidation=Ignore`, odd('ignored'));

    expect([status, warnings]).toEqual([201, []]);
  });

  it('is refused where the request is strict, and nothing is written', async () => {
    await create(routes, routeOf('strict'));

    const created = await create(`${routes}?fieldValidation=Strict`, odd('never'));
    const changed = await patch(`${routes}/strict?fieldValidation=Strict`, { spec: { hots: ['y'] } });

    expect([created.status, changed.status]).toEqual([400, 422]);
    expect(created.body.message).toContain('strict decoding error: unknown field "spec.http[0].retires"');
    expect(changed.body.message).toContain('strict decoding error: unknown field "spec.hots"');
    expect((await world.call('GET', `${routes}/never`)).status).toBe(404);
  });
});

describe('whose a field of a Deployment is', () => {
  it('is his who created it, defaults included, and then his who set it, whatever he applies by', async () => {
    const path = `${deployments}/owned`;
    const { apiVersion, kind, spec } = deployment('owned');
    const made = { apiVersion, kind, metadata: { name: 'owned' }, spec: { ...spec, replicas: 0 } };
    expect((await create(`${deployments}?fieldManager=argocd-controller`, made)).status).toBe(201);
    const hosts = { hostAliases: [{ ip: '203.0.113.66', hostnames: ['db'] }] };
    await patch(`${path}?fieldManager=kubectl-patch`, { spec: { template: { spec: hosts } } });
    const { body } = await patch(`${path}?fieldManager=argocd-controller`, { metadata: { labels: { team: 'ml' } } });

    const { managedFields = [] } = body.metadata as AppliedBy;
    expect(foreignField({ managedFields }, [])).toMatch(/^spec\.hostAliases.* by kubectl-patch$/);
    expect(foreignField({ managedFields }, ['kubectl-patch'])).toBeNull();
  });
});

describe('server-side apply', () => {
  const apply = (path: string, manager: string, body: object) =>
    patch(`${path}?fieldManager=${manager}`, body, 'application/apply-patch+yaml');

  it('removes what its manager applied before and does not apply any more, and nothing else', async () => {
    const path = `${configMaps}/applied`;
    const of = (data: object, labels: object = {}) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'applied', labels },
      data,
    });
    await apply(path, 'argo', of({ a: '1', b: '2', c: '3' }, { team: 'ml' }));
    await patch(path, { data: { b: 'edited', d: '4' } });
    await apply(path, 'other', of({ c: '3' }));

    const { body } = await apply(path, 'argo', of({ e: '5' }));

    // `b` became somebody else's by their change, `c` is applied by another as well, `d` was never applied.
    expect(body.data).toEqual({ b: 'edited', c: '3', d: '4', e: '5' });
    expect((body.metadata as { labels?: object }).labels).toBeUndefined();
  });

  it('removes a container, an argument and a port by what names it in its list', async () => {
    const path = `${deployments}/applied`;
    const of = (containers: object[]) => {
      const { apiVersion, kind, spec } = deployment('applied');
      const template = { ...spec.template, spec: { containers } };
      return { apiVersion, kind, metadata: { name: 'applied' }, spec: { ...spec, replicas: 0, template } };
    };
    const web = {
      name: 'web',
      image: 'x',
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    };
    await apply(
      path,
      'argo',
      of([
        { ...web, args: ['--x'] },
        { name: 'helper', image: 'y' },
      ]),
    );

    const { body } = await apply(path, 'argo', of([{ ...web, env: [{ name: 'B', value: '2' }] }]));

    const { containers } = (body.spec as { template: { spec: { containers: object[] } } }).template.spec;
    expect(containers).toHaveLength(1);
    expect(containers[0]).toMatchObject({ name: 'web', image: 'x', env: [{ name: 'B', value: '2' }] });
    expect(containers[0]).not.toHaveProperty('args');
  });

  it('refuses to take over another manager’s value, unless it is forced', async () => {
    const path = `${configMaps}/contested`;
    const of = (a: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'contested' }, data: { a } });
    await apply(path, 'argo', of('1'));

    const refused = await apply(path, 'other', of('2'));
    const forced = await apply(`${path}`, 'other&force=true', of('2'));

    expect([refused.status, refused.body.reason, forced.status]).toEqual([409, 'Conflict', 200]);
    expect(refused.body.message).toContain('conflict with "argo": .data.a');
    expect(forced.body.data).toEqual({ a: '2' });
  });
});

describe('a version that is still to come', () => {
  it('is waited for by a watch, and is a timeout for a list', async () => {
    const future = Number(await versionNow()) + 1_000_000;

    const list = await world.call('GET', `${configMaps}?resourceVersion=${future}`);
    const watch = await world.watch(`${configMaps}?watch=true&resourceVersion=${future}&timeoutSeconds=2`);
    await create(configMaps, { metadata: { name: 'meanwhile' } });

    expect([list.status, list.body.reason]).toEqual([504, 'Timeout']);
    expect(list.body.details).toMatchObject({ causes: [{ reason: 'ResourceVersionTooLarge' }] });
    await watch.ended;
    await expect(watch.next()).rejects.toThrow('the watch ended');
  });

  const versionNow = async () =>
    ((await world.call('GET', configMaps)).body.metadata as { resourceVersion: string }).resourceVersion;
});

describe('pods', () => {
  it('start as a ServiceAccount that is there: the namespace’s own unless told', async () => {
    const own = await create(pods, podOf('own'));
    const nobody = await create(pods, podOf('nobody', { serviceAccountName: 'nobody' }));

    expect([own.status, nobody.status]).toEqual([201, 403]);
    expect(own.body.spec).toMatchObject({ serviceAccountName: 'default' });
    expect(nobody.body.message).toBe(
      `pods "nobody" is forbidden: error looking up service account ${namespace}/nobody: serviceaccount "nobody" not found`,
    );
  });

  it.each([
    ['BestEffort', {}],
    ['Burstable', { requests: { cpu: '1' } }],
    ['Guaranteed', { limits: { cpu: '1', memory: '1Gi' } }],
  ])('keep the quality of service that follows from their resources: %s', async (quality, resources) => {
    const name = quality.toLowerCase();
    const created = await create(pods, podOf(name, {}, [{ name: 'app', image: 'x', resources }]));
    const other = quality === 'Burstable' ? 'BestEffort' : 'Burstable';

    const changed = await patch(`${pods}/${name}/status`, { status: { qosClass: other } });

    expect(created.body.status).toMatchObject({ phase: 'Pending', qosClass: quality });
    expect(changed.status).toBe(422);
    expect(changed.body.message).toContain('field is immutable');
  });

  it('get a node by their binding, once, and by nothing else', async () => {
    await create(pods, podOf('bound'));
    const node = (name: string) => ({ metadata: { name: 'bound' }, target: { kind: 'Node', name } });
    const edited = await patch(`${pods}/bound`, { spec: { nodeName: 'b' } });
    const first = await create(`${pods}/bound/binding`, node('a'));
    const second = await create(`${pods}/bound/binding`, node('b'));
    const { body } = await world.call('GET', `${pods}/bound`);

    expect([edited.status, first.status, second.status]).toEqual([422, 201, 409]);
    expect(edited.body.message).toContain('pod updates may not change fields other than');
    expect(first.body).toMatchObject({ kind: 'Status', status: 'Success' });
    expect(second.body.message).toContain('pod bound is already assigned to node "a"');
    expect(body.spec).toMatchObject({ nodeName: 'a' });
  });

  it('with two containers have no log of their own: the request names one', async () => {
    await create(
      pods,
      podOf(
        'two',
        {},
        ['app', 'proxy'].map((name) => ({ name, image: 'x' })),
      ),
    );

    const { status, body } = await world.call('GET', `${pods}/two/log`);

    expect(status).toBe(400);
    expect(body.message).toBe('a container name must be specified for pod two, choose one of: [app proxy]');
  });
});

describe('the status of what was just created', () => {
  const named = (name: string, rest: object) => ({ metadata: { name }, ...rest });
  const spec = deployment('x').spec;
  it.each<[string, string, object, object | undefined]>([
    ['Deployment', deployments, named('fresh', { spec: { ...spec, replicas: 0 } }), {}],
    [
      'ReplicaSet',
      `/apis/apps/v1/namespaces/${namespace}/replicasets`,
      named('fresh', { spec: { ...spec, replicas: 0 } }),
      { replicas: 0 },
    ],
    [
      'HorizontalPodAutoscaler',
      `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
      named('fresh', {
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' }, maxReplicas: 3 },
      }),
      { desiredReplicas: 0, currentMetrics: null },
    ],
    ['Service', `${core}/services`, named('fresh', { spec: { ports: [{ port: 80 }] } }), { loadBalancer: {} }],
    [
      'Job',
      `/apis/batch/v1/namespaces/${namespace}/jobs`,
      named('fresh', {
        spec: {
          suspend: true,
          template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'x' }] } },
        },
      }),
      {},
    ],
    [
      'Ingress',
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
      named('fresh', { spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } } }),
      { loadBalancer: {} },
    ],
    ['VirtualService', routes, routeOf('fresh'), undefined],
  ])('of a %s', async (_kind, path, body, expected) => {
    const answer = await create(path, body);

    expect([answer.status, answer.body.message]).toEqual([201, undefined]);
    expect(answer.body.status).toEqual(expected);
  });
});
