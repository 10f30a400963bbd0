import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStaticClusterAccess } from '../../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient, type KubernetesClient } from '../../../adapters/cluster/kubernetes-client.ts';
import { previewOperation } from '../../../contracts/configuration/istio-queries.ts';
import type { KubernetesServer } from '../../../sandbox/kubernetes/start-kubernetes.ts';
import { collectionOf, inProduction, type RenderedObject, renderChart } from '../../support/rendered-chart.ts';
import { createNamespace, startKubernetes } from '../../support/start-kubernetes.ts';

describe('what the charts make, as an API server takes it', () => {
  const namespace = 'charts-blue';
  let dataDir: string;
  let server: KubernetesServer;
  let admin: KubernetesClient;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-charts-'));
    server = await startKubernetes({ port: 0, dataDir });
    const { endpoint, caPem: ca, adminToken: token } = server;
    admin = createKubernetesClient(createStaticClusterAccess({ name: 'test', endpoint, ca, token }));
    await createNamespace(admin, namespace);
  });
  afterAll(async () => {
    await admin.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it.each([
    ['service', [...inProduction, '--set', 'gatewayApi.routeNamespace=production']],
    ['gateway', []],
  ] as const)('%s: every object, with no field that its kind has not', async (chart, flags) => {
    const objects = await renderChart(chart, namespace, ...flags);

    expect(objects.length).toBeGreaterThan(2);
    for (const object of objects) {
      // The kind of an operator is there where the operator is.
      const isThere = await admin.get(`/apis/${object.apiVersion}`);
      if (['ServiceMonitor', 'Telemetry'].includes(object.kind) && isThere === null) continue;
      // Writes are strict: an unknown field is refused, by name.
      const made = await admin.create<RenderedObject>(collectionOf(object, namespace), object);
      expect([object.kind, object.metadata.name, made.kind]).toEqual([object.kind, object.metadata.name, 'created']);
    }
  });

  it('gateway: TLS for the services’ names and for one name of each environment alone, which goes to nowhere else', async () => {
    const objects = await renderChart('gateway', 'istio-system');
    const [gateway, ...previews] = objects.filter(({ kind }) => kind !== 'Telemetry');

    expect(gateway?.spec).toMatchObject({
      servers: [
        {
          port: { number: 443, protocol: 'HTTPS' },
          tls: { mode: 'SIMPLE', minProtocolVersion: 'TLSV1_2', credentialName: 'production-tls' },
          hosts: ['api.production.example.com', 'api-blue.production.example.com', 'api-green.production.example.com'],
        },
        { port: { number: 80, protocol: 'HTTP' }, tls: { httpsRedirect: true } },
      ],
    });
    expect(previews.map(({ spec }) => spec)).toEqual(
      ['blue', 'green'].map((side) => ({
        hosts: [`api-${side}.production.example.com`],
        gateways: ['istio-system/production'],
        http: [
          {
            route: [
              {
                destination: { host: `chest-xray-mlops.production-${side}.svc.cluster.local`, port: { number: 80 } },
              },
            ],
          },
        ],
      })),
    );
  });

  it('gateway: Istio’s metrics tell requests to previews from those of users, as the built-in objectives leave them out', async () => {
    const found = (await renderChart('gateway', 'istio-system')).find(({ kind }) => kind === 'Telemetry');

    expect(found?.spec).toMatchObject({
      selector: { matchLabels: { istio: 'ingressgateway' } },
      metrics: [
        {
          overrides: [
            {
              tagOverrides: {
                request_operation: {
                  value: `request.host in ['api-blue.production.example.com', 'api-green.production.example.com'] ? '${previewOperation}' : 'unknown'`,
                },
              },
            },
          ],
        },
      ],
    });
  });

  it('gateway: is not rendered without a certificate', async () => {
    await expect(renderChart('gateway', namespace, '--set', 'certificate=')).rejects.toThrow(
      /certificate: the name of/,
    );
  });
});
