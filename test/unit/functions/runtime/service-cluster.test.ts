import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStaticClusterAccess } from '../../../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient } from '../../../../adapters/cluster/kubernetes-client.ts';
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

it('a write follows a read in one request, also by somebody who asks for the cluster again: a rescue waits for each', async () => {
  const [service] = (await readFixture()).services;
  if (service === undefined) throw new Error('the fixture has no service');
  const weights = { blue: 75, green: 25 };
  const route = (['blue', 'green'] as const).map((side) => ({
    destination: { host: `chest-xray-mlops.production-${side}.svc.cluster.local` },
    weight: weights[side],
  }));
  server.answer(json({ metadata: { resourceVersion: '1' }, spec: { http: [{ route }] } }));
  const now = () => instant(Date.parse('2026-11-23T09:00:00Z'));
  const access = createStaticClusterAccess({ name: 'production', endpoint: server.url, ca: null, token: 't' });
  const client = createKubernetesClient(access);
  const clusterOf = createServiceClusters({ clientOf: () => client, now, argocdNamespace: 'argocd' });

  const { resourceVersion } = await clusterOf(service).router.read();
  const fence = { epoch: 1, seq: 1, operation: 'op', origin: 'blue', weights: { blue: 100, green: 0 } } as const;
  await clusterOf(service).router.write({ weights: fence.weights, fence, resourceVersion });

  expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
  await client.close();
});

it('nothing is sent that would write where a service is only observed, whoever asks for it', async () => {
  const [deployed] = (await readFixture()).services;
  if (deployed === undefined) throw new Error('the fixture has no service');
  const service = { ...deployed, mode: 'observe' as const };
  const now = () => instant(Date.parse('2026-11-23T09:00:00Z'));
  const client = createKubernetesClient(
    createStaticClusterAccess({ name: 'kind', endpoint: server.url, ca: null, token: 't' }),
  );
  const cluster = createServiceClusters({ clientOf: () => client, now, argocdNamespace: 'argocd' })(service);
  const fence = { epoch: 1, seq: 1, operation: 'op', origin: 'blue' as const, weights: { blue: 50, green: 50 } };
  const sync = { revision: 'c0ffee', operation: 'op', epoch: 1 } as never; // refused before anything of it is read

  const writes = [
    cluster.router.write({ weights: fence.weights, fence, resourceVersion: '1' }),
    cluster.workloads.setMinimumReplicas('production-green', service.name, 3, { epoch: 1, operation: 'op' } as never),
    cluster.applications.startSync('app', sync),
    cluster.applications.replaceSync('app', sync, { patience: milliseconds(1) }),
    cluster.applications.terminate('app'),
    cluster.applications.refresh('app'),
  ];

  for (const write of writes) await expect(write).rejects.toMatchObject({ name: 'OnlyObserved' });
  expect(server.seen).toEqual([]);
  await client.close();
});

it('Applications are read and capacity is fenced where Argo CD is, and everything else in the service’s own cluster', async () => {
  const [given] = (await readFixture()).services;
  if (given === undefined) throw new Error('the fixture has no service');
  const service: typeof given = {
    ...given,
    argocd: { cluster: 'hub', destination: 'production' },
    autoscaler: { kind: 'none', name: given.name },
  };
  server.answer((request, response) =>
    (request.path.includes('selfsubjectaccessreviews')
      ? json({ status: { allowed: true } })
      : json({ metadata: { resourceVersion: '1' }, spec: {} }))(request, response),
  );
  const now = () => instant(Date.parse('2026-11-23T09:00:00Z'));
  const clients = new Map(
    ['hub', service.cluster].map((name) => {
      const access = createStaticClusterAccess({ name, endpoint: server.url, ca: null, token: name });
      return [name, createKubernetesClient(access)] as const;
    }),
  );
  const clientOf = (name: string) => {
    const client = clients.get(name);
    if (client === undefined) throw new Error(`nobody should ask ${name}`);
    return client;
  };
  const cluster = createServiceClusters({ clientOf, now, argocdNamespace: 'argocd' })(service);
  const { application, namespace } = service.environments.green;

  await cluster.applications.read(application);
  await cluster.workloads.readCapacity(namespace, service.name);
  const right = { verb: 'get', subresource: '', namespace: 'argocd', name: application };
  const rights = [
    { ...right, group: 'argoproj.io', resource: 'applications' },
    { ...right, group: 'apps', resource: 'deployments' },
  ];
  expect(await cluster.accessReviews.missing(rights)).toEqual([]);

  const asked = server.seen.map(({ path, headers, body }) => {
    const about = path.includes('applications') || String(body).includes('argoproj.io') ? 'Application' : 'the rest';
    return `${about}: ${String(headers.authorization).replace('Bearer ', '')}`;
  });
  expect(asked.toSorted()).toEqual([
    ...['Application: hub', 'Application: hub', 'Application: hub'],
    ...['the rest: production', 'the rest: production'],
  ]);
  for (const client of clients.values()) await client.close();
});

it('EKS is never asked for a cluster of another account: it would answer for one of the same name in Sluice’s own', async () => {
  const [service] = (await readFixture()).services;
  if (service === undefined) throw new Error('the fixture has no service');
  const now = () => instant(Date.parse('2026-11-23T09:00:00Z'));
  const elsewhere = await startScriptedServer();
  elsewhere.answer(json({ cluster: { endpoint: server.url, status: 'ACTIVE' } }));
  server.answer(json({}));
  const address = { endpoint: 'https://127.0.0.1:9', certificateAuthority: Buffer.from('nobody').toString('base64') };
  const clientOf = createClusterClients({
    ...{ region: 'us-east-1', endpoint: elsewhere.url, now, within: milliseconds(2_000) },
    clusters: [{ name: service.cluster, account: '222222222222', address }],
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 's' },
  });
  const { router } = createServiceClusters({ clientOf, now, argocdNamespace: 'argocd' })(service);

  for (let time = 0; time < 3; time += 1) await expect(router.read()).rejects.toThrow();

  expect([elsewhere.seen, server.seen]).toEqual([[], []]);
  await elsewhere.close();
});
