import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { helmBinary } from '../../../sandbox/kubernetes/controllers/application/render-chart.ts';
import type { KubeObject } from '../../../sandbox/kubernetes/controllers/objects.ts';

const run = promisify(execFile);
const chart = 'charts/service';
const release = [
  '--set',
  'version=v2.1.0,image.repository=registry.example.com/xray,image.digest=sha256:0123456789abcdef',
];
const filesOf = (environment: string): string[] =>
  ['values-production.yaml', `values-${environment}.yaml`].flatMap((file) => ['-f', `${chart}/${file}`]);

describe('the chart of a deployed service', () => {
  let helm: string;
  const render = async (environment: string, ...set: string[]): Promise<Map<string, Rendered>> => {
    const args = ['template', 'chest-xray-mlops', chart, '-n', `production-${environment}`, ...filesOf(environment)];
    const { stdout } = await run(helm, [...args, ...release, ...set.flatMap((value) => ['--set', value])]);
    // What Helm renders are Kubernetes objects; the fields that are read below are checked by the test itself.
    const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Rendered);
    // Those of the release's own name by kind, others by their names.
    return new Map(
      objects.map((object) => {
        const { name } = object.metadata;
        return [name === 'chest-xray-mlops' ? object.kind : `${object.kind} ${name}`, object];
      }),
    );
  };

  beforeAll(async () => {
    helm = await helmBinary();
  });

  it.each(['blue', 'green'])('lints strictly for %s, and with its defaults alone', async (environment) => {
    const strict = await run(helm, ['lint', '--strict', chart, ...filesOf(environment), ...release]);
    const plain = await run(helm, ['lint', chart]);

    expect([strict.stdout, plain.stdout]).toEqual(Array(2).fill(expect.stringContaining('0 chart(s) failed')));
  });

  it('names Deployment, Service and autoscaler like the release, and leaves capacity to Sluice', async () => {
    const objects = await render('blue');

    const named = ['Deployment', 'Service', 'HorizontalPodAutoscaler'].map((kind) => objects.get(kind)?.metadata.name);
    expect(named).toEqual(Array(3).fill('chest-xray-mlops'));
    expect(objects.get('Deployment')?.spec).not.toHaveProperty('replicas');
    expect(objects.get('HorizontalPodAutoscaler')?.spec).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
    expect(objects.get('Service')?.spec?.ports).toMatchObject([{ port: 80, targetPort: 'http' }]);
    expect([...objects.keys()]).not.toContain('VirtualService');
  });

  it('grants an HTTPRoute of another namespace the reference to its Service, and nothing where there is none', async () => {
    const without = await render('blue');
    const grant = (await render('blue', 'gatewayApi.routeNamespace=production')).get('ReferenceGrant');

    expect([...without.keys()]).not.toContain('ReferenceGrant');
    expect(grant?.metadata.name).toBe('chest-xray-mlops');
    expect(grant?.spec).toEqual({
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'production' }],
      to: [{ group: '', kind: 'Service', name: 'chest-xray-mlops' }],
    });
  });

  it.each([
    ['ScaledObject', { scaleTargetRef: { name: 'chest-xray-mlops' }, minReplicaCount: 3, maxReplicaCount: 10 }],
    ['none', undefined],
  ])('scales by %s where the values say so, and by nothing else', async (kind, spec) => {
    const objects = await render('blue', `autoscaling.kind=${kind}`);

    expect([...objects.keys()]).not.toContain('HorizontalPodAutoscaler');
    if (spec === undefined) expect([...objects.keys()]).not.toContain('ScaledObject');
    else expect(objects.get('ScaledObject')?.spec).toMatchObject(spec);
    expect(objects.get('Deployment')?.spec).not.toHaveProperty('replicas');
  });

  it('runs the image by digest, never loses a pod in a rollout, and proves health before traffic', async () => {
    const { spec } = (await render('blue')).get('Deployment') ?? {};

    expect(spec?.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } });
    expect(spec?.template?.spec.containers).toMatchObject([
      {
        image: 'registry.example.com/xray@sha256:0123456789abcdef',
        readinessProbe: { httpGet: { path: '/health', port: 'http' } },
        livenessProbe: { httpGet: { path: '/health', port: 'http' } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      },
    ]);
  });

  it('the environments differ in nothing but their name and their database', async () => {
    const [blue, green] = await Promise.all([render('blue'), render('green')]);

    expect(blue.get('ConfigMap')?.data).toMatchObject({ DATABASE_HOST: 'prod-postgres-blue.internal' });
    const renamed = JSON.stringify([...green]).replaceAll('green', 'blue');
    const hash = /[0-9a-f]{64}/g;
    expect(renamed.replaceAll(hash, '')).toBe(JSON.stringify([...blue]).replaceAll(hash, ''));
  });

  it('runs as nobody special, within bounds, and its pods are found by the names that people type', async () => {
    const { spec } = (await render('blue')).get('Deployment') ?? {};
    const template = spec?.template;

    expect(template?.metadata.labels).toMatchObject({ app: 'chest-xray-mlops', version: 'v2.1.0' });
    expect(template?.spec).toMatchObject({
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { cpu: '2', memory: '4Gi' } },
          securityContext: { capabilities: { drop: ['ALL'] } },
        },
      ],
    });
    // A Deployment's selector cannot be changed: it must not depend on a release, and older ones have to keep theirs.
    expect(spec?.selector).toEqual({
      matchLabels: { 'app.kubernetes.io/name': 'chest-xray-mlops', 'app.kubernetes.io/instance': 'chest-xray-mlops' },
    });
  });

  it('lets nothing in and out but the gateway, DNS, the mesh, the database, Prometheus and what the values name', async () => {
    const objects = await render(
      'blue',
      'networkPolicy.egress[0].to[0].ipBlock.cidr=10.1.0.0/16',
      'networkPolicy.egress[0].ports[0].port=443',
    );
    const own = objects.get('NetworkPolicy')?.spec as unknown as Record<'ingress' | 'egress', Flow[]>;
    const who = ({ namespaceSelector, ipBlock }: Peer) =>
      ipBlock?.cidr ?? namespaceSelector?.matchLabels['kubernetes.io/metadata.name'];
    const told = ({ from, to, ports }: Flow) => [(from ?? to)?.map(who), ports.map(({ port }) => port)];

    expect(objects.get('NetworkPolicy chest-xray-mlops-default-deny')?.spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
    expect(own).toMatchObject({ podSelector: { matchLabels: objects.get('Service')?.spec?.selector } });
    expect(own.ingress.map(told)).toEqual([
      [['istio-system'], [8080]],
      [['monitoring'], [8080, 15090, 15020]],
    ]);
    expect(own.egress.map(told)).toEqual([
      [['kube-system'], [53, 53]],
      [['istio-system'], [15012]],
      [['10.0.0.0/8'], [5432]],
      [['10.1.0.0/16'], [443]],
    ]);
  });

  it('takes mutual TLS only, has bad pods passed over, and is scraped every 30 s by way of the sidecar', async () => {
    const objects = await render('blue');

    expect(objects.get('PeerAuthentication')?.spec).toMatchObject({ mtls: { mode: 'STRICT' } });
    const rule = objects.get('DestinationRule')?.spec;
    expect(rule).toMatchObject({
      host: 'chest-xray-mlops.production-blue.svc.cluster.local',
      trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' }, outlierDetection: { maxEjectionPercent: 50 } },
    });
    expect(rule).not.toHaveProperty('subsets');
    expect(objects.get('ServiceMonitor')?.spec?.endpoints).toEqual([
      { port: 'http-metrics', path: '/stats/prometheus', interval: '30s' },
    ]);
    expect(objects.get('Service chest-xray-mlops-metrics')?.spec).toMatchObject({
      clusterIP: 'None',
      selector: objects.get('Service')?.spec?.selector,
      ports: [{ name: 'http-metrics', port: 15020, targetPort: 15020 }],
    });
    // Routes need not name the port of a Service that has one.
    expect(objects.get('Service')?.spec?.ports).toHaveLength(1);
  });

  it('has none of that where the cluster has no mesh, no operator and no policies', async () => {
    const off = ['istio.enabled=false', 'networkPolicy.enabled=false', 'metrics.serviceMonitor=false'];
    const bare = await render('blue', ...off);
    const { spec } = (await render('blue', 'istio.enabled=false')).get('ServiceMonitor') ?? {};

    expect([...bare.keys()].sort()).toEqual([
      'ConfigMap',
      'Deployment',
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ]);
    expect(spec?.endpoints).toEqual([{ port: 'http', path: '/metrics', interval: '30s' }]);
  });

  it('refuses to render without a digest', async () => {
    const args = ['template', 'x', chart, ...filesOf('blue'), '--set', 'version=v1,image.repository=r'];

    await expect(run(helm, args)).rejects.toMatchObject({ stderr: expect.stringContaining('image.digest') });
  });
});

interface Peer {
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly ipBlock?: { readonly cidr: string };
}

/** A rule of a NetworkPolicy. */
interface Flow {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports: readonly { readonly port: number }[];
}

interface Rendered extends KubeObject {
  spec?: Record<string, unknown> & { template?: { metadata: { labels: object }; spec: { containers: unknown[] } } };
  data?: Record<string, string>;
}
