import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterAccess } from '../../../adapters/cluster/cluster-access.ts';
import { type ApiWarning, createKubernetesClient } from '../../../adapters/cluster/kubernetes-client.ts';
import { createWorkloads } from '../../../adapters/cluster/workloads.ts';
import { milliseconds } from '../../../contracts/duration.ts';
import { instant } from '../../../contracts/instant.ts';
import { json, type ScriptedServer, type SeenRequest, startScriptedServer } from './scripted-server.ts';

/** What the API server says in its own words; the stand-in's tests are beside (cluster.test.ts). */
const status = (code: number, message: string) =>
  json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }, code);

let server: ScriptedServer;
let tokens: string[];
let access: ClusterAccess;
beforeAll(async () => {
  server = await startScriptedServer();
});
beforeEach(() => {
  server.seen.length = 0;
  tokens = ['first', 'second'];
  access = {
    name: 'production',
    address: async () => ({ endpoint: server.url, ca: null }),
    token: async () => tokens[0] ?? '',
    forgetToken: () => tokens.shift(),
    doubtAddress: () => {},
  };
});
afterAll(() => server.close());

describe('createKubernetesClient', () => {
  it('gets an object with the bearer token, over one connection', async () => {
    const ports = new Set<number | undefined>();
    server.answer((request, response) => {
      ports.add(response.socket?.remotePort);
      json({ kind: 'Pod' })(request, response);
    });
    const kubernetes = createKubernetesClient(access);

    expect(await kubernetes.get('/api/v1/namespaces/a/pods/b')).toEqual({ kind: 'Pod' });
    await kubernetes.get('/api/v1/namespaces/a/pods/b');

    expect(server.seen[0]).toMatchObject({ method: 'GET', path: '/api/v1/namespaces/a/pods/b' });
    expect(server.seen[0]?.headers.authorization).toBe('Bearer first');
    expect(ports.size).toBe(1);
    await kubernetes.close();
  });

  it('gets a new token when the old one is not taken any more, also for a write', async () => {
    server.answer((request, response) =>
      request.headers.authorization === 'Bearer second'
        ? json({ metadata: { resourceVersion: '2' } })(request, response)
        : status(401, 'Unauthorized')(request, response),
    );
    const kubernetes = createKubernetesClient(access);

    expect(await kubernetes.mergePatch('/x', { a: 1 })).toMatchObject({ kind: 'patched' });
    expect(server.seen).toHaveLength(2);
    await kubernetes.close();
  });

  it('is refused when the new token is not taken either', async () => {
    server.answer(status(401, 'Unauthorized'));
    const kubernetes = createKubernetesClient(access);

    await expect(kubernetes.get('/x')).rejects.toMatchObject({
      name: 'DependencyRefused',
      status: 401,
      message: 'Kubernetes production: GET /x: 401 Unauthorized',
    });
    await kubernetes.close();
  });

  it('turns what is not there and what was there before into values', async () => {
    const kubernetes = createKubernetesClient(access);

    server.answer(status(404, 'pods "b" not found'));
    expect(await kubernetes.get('/x')).toBeNull();
    expect(await kubernetes.getText('/x/log')).toBeNull();
    expect(await kubernetes.list('/x')).toEqual([]);
    expect(await kubernetes.delete('/x')).toBe('absent');
    await expect(kubernetes.mergePatch('/x', {})).rejects.toMatchObject({ name: 'DependencyRefused', status: 404 });
    server.answer(status(409, 'the object has been modified'));
    expect(await kubernetes.mergePatch('/x', {})).toEqual({
      kind: 'conflict',
      message: 'the object has been modified',
    });
    expect(await kubernetes.jsonPatch('/x', [])).toMatchObject({ kind: 'conflict' });
    expect(await kubernetes.create('/x', {})).toEqual({ kind: 'already-exists' });
    await kubernetes.close();
  });

  it('lists page by page', async () => {
    const pages: Record<string, unknown> = {
      '': { metadata: { continue: 'more' }, items: [1, 2] },
      more: { metadata: { continue: '' }, items: [3] },
    };
    const query = (request: SeenRequest) => new URL(request.path, server.url).searchParams;
    server.answer((request, response) => json(pages[query(request).get('continue') ?? ''])(request, response));
    const kubernetes = createKubernetesClient(access);

    expect(await kubernetes.list('/api/v1/pods', { labelSelector: 'app=x' })).toEqual([1, 2, 3]);
    expect(server.seen.map((request) => query(request).get('labelSelector'))).toEqual(['app=x', 'app=x']);
    await kubernetes.close();
  });

  it('repeats a read that met a passing failure, and no write', async () => {
    server.answer(status(503, 'apiserver is shutting down'));
    const kubernetes = createKubernetesClient(access);

    await expect(kubernetes.get('/x')).rejects.toMatchObject({ name: 'DependencyUnavailable' });
    expect(server.seen).toHaveLength(3);
    await expect(kubernetes.mergePatch('/x', {})).rejects.toMatchObject({
      name: 'DependencyUnavailable',
      message: 'Kubernetes production: PATCH /x?fieldValidation=Strict: 503 apiserver is shutting down',
    });
    expect(server.seen).toHaveLength(4);
    await kubernetes.close();
  });

  it('keeps to the budget that a call names, whatever its own is (I11)', async () => {
    server.answer(() => {});
    const kubernetes = createKubernetesClient(access);

    await expect(kubernetes.get('/x', { within: milliseconds(30) })).rejects.toThrow('no answer within 30 ms');
    await kubernetes.close();
  });

  it("does not believe a proxy's page", async () => {
    server.answer((_, response) => response.end('<html>Please log in</html>'));
    const kubernetes = createKubernetesClient(access);

    await expect(kubernetes.get('/x')).rejects.toMatchObject({
      name: 'DependencyUnavailable',
      message: expect.stringContaining('Please log in'),
    });
    await kubernetes.close();
  });
});

describe('what the API server says beside its answer', () => {
  it('is told once, whatever request it came with', async () => {
    const warnings: ApiWarning[] = [];
    const kubernetes = createKubernetesClient(access, { onWarning: (warning) => warnings.push(warning) });
    const said = ['299 - "unknown field \\"spec.hots\\", left out"', '299 - "policy/v1beta1 is deprecated"'];
    server.answer((_, response) => response.setHeader('warning', said).end('{}'));

    await kubernetes.mergePatch('/x', {});
    await kubernetes.create('/y', {});

    const about = { cluster: 'production', attempted: 'PATCH /x?fieldValidation=Strict' };
    expect(warnings).toEqual([
      { ...about, text: 'unknown field "spec.hots", left out' },
      { ...about, text: 'policy/v1beta1 is deprecated' },
    ]);
    await kubernetes.close();
  });
});

describe('createWorkloads', () => {
  it('asks for logs and events as kubectl does', async () => {
    const kubernetes = createKubernetesClient(access);
    const workloads = createWorkloads(kubernetes);
    const event = (name: string, lastTimestamp: string) => ({
      metadata: { name },
      involvedObject: { kind: 'Pod', name },
      lastTimestamp,
    });

    server.answer((_, response) => response.end('line 1\nline 2\n'));
    const log = await workloads.tailLogs('production-green', 'pod-1', 50, { container: 'app', instance: 'previous' });
    server.answer(
      json({
        items: [
          event('a', '2026-11-23T08:00:00Z'),
          event('b', '2026-11-23T08:02:00Z'),
          event('c', '2026-11-23T08:01:00Z'),
        ],
      }),
    );
    const events = await workloads.listEvents('production-green', instant(Date.parse('2026-11-23T08:01:00Z')));

    expect(log).toBe('line 1\nline 2\n');
    expect(server.seen[0]?.path).toBe(
      '/api/v1/namespaces/production-green/pods/pod-1/log?tailLines=50&limitBytes=65536&container=app&previous=true',
    );
    expect(events.map(({ object }) => object)).toEqual(['Pod/b', 'Pod/c']);
    await kubernetes.close();
  });
});

/** What a HorizontalPodAutoscaler of Kubernetes 1.35 says where there is no metrics-server. */
const blind = {
  type: 'ScalingActive',
  status: 'False',
  lastTransitionTime: '2026-11-23T08:00:00Z',
  reason: 'FailedGetResourceMetric',
  message:
    'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
};
const zero = {
  ...blind,
  reason: 'ScalingDisabled',
  message: 'scaling is disabled since the replica count of the target is zero',
};

describe('what an autoscaler says of itself', () => {
  it.each([
    ['that it gets no readings', 'HPA', blind, expect.stringMatching(/FailedGetResourceMetric: the HPA was unable/)],
    ['nothing of a Deployment of 0 replicas', 'HPA', zero, undefined],
    ['nothing when it is well', 'HPA', { ...blind, status: 'True', reason: 'ValidMetricFound' }, undefined],
    [
      'that KEDA cannot follow it',
      'ScaledObject',
      { ...blind, type: 'Ready', reason: 'TriggerError', message: 'no such scaler' },
      'ScaledObject a/web: TriggerError: no such scaler',
    ],
  ] as const)('is told: %s', async (_, kind, condition, message) => {
    const kubernetes = createKubernetesClient(access);
    server.answer(json({ metadata: { name: 'web' }, spec: {}, status: { conditions: [condition] } }));

    const seen = await createWorkloads(kubernetes, { autoscaler: { kind, name: 'web' } }).readCapacity('a', 'web');

    expect(seen?.unwell).toEqual(
      message === undefined ? undefined : { message, since: Date.parse('2026-11-23T08:00:00Z') },
    );
    await kubernetes.close();
  });
});
