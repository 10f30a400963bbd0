import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { milliseconds } from '../../../../contracts/duration.ts';
import { instant } from '../../../../contracts/instant.ts';
import { createClusterClients } from '../../../../functions/runtime/cluster-clients.ts';
import { createServiceClusters } from '../../../../functions/runtime/service-cluster.ts';
import { json, type ScriptedServer, startScriptedServer } from '../../../contract/adapters/scripted-server.ts';
import { readFixture } from '../../pipeline/support/world.ts';

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.close());

it.each([
  ['its own, where it says one', 'eu-west-1', 'eu-west-1'],
  ['Sluice’s, where it says none', undefined, 'us-east-1'],
])('a cluster is looked for, and entered, in the region that is %s', async (_, said, expected) => {
  const [service] = (await readFixture()).services;
  if (service === undefined) throw new Error('the fixture has no service');
  const token = `k8s-aws-v1.`;
  server.answer((request, response) =>
    request.path.startsWith('/clusters/')
      ? json({ cluster: { endpoint: server.url, status: 'ACTIVE' } })(request, response)
      : json({ spec: { http: [] } })(request, response),
  );
  const now = () => instant(Date.parse('2026-11-23T09:00:00Z'));
  const clientOf = createClusterClients({
    region: 'us-east-1',
    endpoint: server.url,
    clusters: [{ name: service.cluster, ...(said === undefined ? {} : { region: said }) }],
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 's' },
    now,
    within: milliseconds(2_000),
  });
  const clusterOf = createServiceClusters({ clientOf, now, argocdNamespace: 'argocd' });

  await clusterOf(service)
    .router.read()
    .catch(() => undefined);

  const [described, entered] = server.seen;
  expect(described?.headers.authorization).toContain(`/${expected}/eks/`);
  const signed = Buffer.from(String(entered?.headers.authorization).split(token)[1] ?? '', 'base64url').toString();
  expect(new URL(signed).host).toBe(`sts.${expected}.amazonaws.com`);
});
