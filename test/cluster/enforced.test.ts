import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createStaticClusterAccess } from '../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient, type KubernetesClient } from '../../adapters/cluster/kubernetes-client.ts';
import type { KubernetesServer } from '../../sandbox/kubernetes/start-kubernetes.ts';
import { collectionOf, inProduction, type RenderedObject, renderChart } from '../support/rendered-chart.ts';
import { createNamespace, startKubernetes } from '../support/start-kubernetes.ts';
import { patienceMs, until } from '../support/until.ts';

const namespace = 'enforced-blue';
const pods = `/api/v1/namespaces/${namespace}/pods`;

interface Pod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly object[]; readonly securityContext: object };
}

/** What a real API server enforces of the charts and of the namespace's labels: the stand-in has none of these plugins. */
describe('in a namespace that is labelled as argocd/ labels it', () => {
  let dataDir: string;
  let server: KubernetesServer;
  let admin: KubernetesClient;
  let objects: readonly RenderedObject[];
  let policies: readonly RenderedObject[] = [];
  /** As the chart's Deployment makes them. */
  let pod: Pod;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-enforced-'));
    server = await startKubernetes({ port: 0, dataDir });
    const { endpoint, caPem: ca, adminToken: token } = server;
    admin = createKubernetesClient(createStaticClusterAccess({ name: 'test', endpoint, ca, token }));
    await createNamespace(admin, namespace);
    const { spec } = parse(await readFile('argocd/applications/production-blue.yaml', 'utf8'));
    const { labels } = spec.syncPolicy.managedNamespaceMetadata;
    await admin.mergePatch(`/api/v1/namespaces/${namespace}`, { metadata: { labels } });
    objects = await renderChart('service', namespace, ...inProduction);
    for (const object of objects.filter(({ kind }) =>
      ['ServiceAccount', 'ConfigMap', 'NetworkPolicy'].includes(kind),
    )) {
      await admin.create(collectionOf(object, namespace), object);
    }
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    // A Deployment's template is a pod without a name.
    const { template } = (deployment as { spec: { template: Pod } }).spec;
    pod = { ...template, metadata: { ...template.metadata, name: 'as-the-chart-makes-it' } };
  });
  afterAll(async () => {
    for (const policy of policies) await admin.delete(`${collectionOf(policy)}/${policy.metadata.name}`);
    await admin.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const create = (name: string, change: Partial<Pod['spec']> = {}) =>
    admin.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      ...pod,
      metadata: { ...pod.metadata, name },
      spec: { ...pod.spec, ...change },
    });
  const containersWith = (change: object) => [{ ...pod.spec.containers[0], ...change }];

  it('a pod of the chart is admitted', async () => {
    expect(await create('as-the-chart-makes-it')).toMatchObject({ kind: 'created' });
  });

  it('one that runs as root, may raise its rights, or has no seccomp profile is refused', async () => {
    await expect(create('root', { securityContext: { ...pod.spec.securityContext, runAsUser: 0 } })).rejects.toThrow(
      /PodSecurity "restricted.*runAsUser/,
    );
    const raised = containersWith({ securityContext: { allowPrivilegeEscalation: true } });
    await expect(create('raised', { containers: raised })).rejects.toThrow(/PodSecurity.*allowPrivilegeEscalation/);
    await expect(create('bare', { securityContext: { runAsNonRoot: true } })).rejects.toThrow(/PodSecurity.*seccomp/);
  });

  it('the network policies select what they should: one the pods of the service, the other every pod', async () => {
    await create('another', {});
    await admin.mergePatch(`${pods}/another`, { metadata: { labels: { 'app.kubernetes.io/name': 'another' } } });
    const selected = async (policy: string) => {
      const found = await admin.get<{ spec: { podSelector: { matchLabels?: Record<string, string> } } }>(
        `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/${policy}`,
      );
      const labels = Object.entries(found?.spec.podSelector.matchLabels ?? {}).map((pair) => pair.join('='));
      const list = await admin.list<Pod>(pods, labels.length === 0 ? {} : { labelSelector: labels.join(',') });
      return list.map(({ metadata }) => metadata.name).sort();
    };

    expect(await selected('xray')).toEqual(['as-the-chart-makes-it']);
    expect(await selected('xray-default-deny')).toEqual(['another', 'as-the-chart-makes-it']);
  });

  it('images are admitted by digest from the allowed repositories, and no others', async () => {
    const flags = [`repositories={registry.example.com/xray}`, `namespaces={${namespace}}`];
    policies = await renderChart('admission', namespace, ...flags.flatMap((flag) => ['--set', flag]));
    for (const policy of policies) await admin.create(collectionOf(policy), policy);
    const imaged = (image: string) => ({ containers: containersWith({ image }) });

    // It takes a moment until the server evaluates a new policy.
    await until('a tag is refused', patienceMs, () =>
      create(`tagged-${Date.now()}`, imaged('registry.example.com/xray:v2.1.0')).then(
        () => false,
        (error: Error) => /not admitted: registry\.example\.com\/xray:v2\.1\.0/.test(error.message),
      ),
    );
    const digest = `sha256:${'f'.repeat(64)}`;
    await expect(create('elsewhere', imaged(`evil.example.com/xray@${digest}`))).rejects.toThrow(/not admitted/);
    expect(await create('allowed', imaged(`registry.example.com/xray@${digest}`))).toMatchObject({ kind: 'created' });
  });
});
