import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStaticClusterAccess } from '../../../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient } from '../../../../adapters/cluster/kubernetes-client.ts';
import { overviewSchema } from '../../../../contracts/api/overview.ts';
import { serviceListSchema, serviceSchema } from '../../../../contracts/api/service.ts';
import { milliseconds, seconds } from '../../../../contracts/duration.ts';
import { DependencyRefused } from '../../../../contracts/errors.ts';
import { createServiceClusters } from '../../../../functions/runtime/service-cluster.ts';
import { json, type ScriptedServer, startScriptedServer } from '../../../contract/adapters/scripted-server.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, type World } from '../support/world.ts';

const name = 'chest-xray-mlops';
const weights = { blue: 75, green: 25 };
const unread = { version: null, digest: null, ready: null, health: 'unknown' };

describe('what is shown of a service of which the cluster does not have everything', () => {
  let world: World;
  let server: ScriptedServer;
  beforeEach(async () => {
    [world, server] = await Promise.all([createWorld(), startScriptedServer()]);
    await world.store.releases.freeze(name, { reason: 'unverified', operation: null, by: 'sluice', at: 'now' });
  });
  afterEach(() => server.close());

  /** As the functions ask it, but of a server that answers what the test says. */
  const realClusters = (within = seconds(60)) => {
    const access = createStaticClusterAccess({ name: 'production', endpoint: server.url, ca: null, token: 't' });
    const client = createKubernetesClient(access, { within });
    return createServiceClusters({ clientOf: () => client, now: world.now, argocdNamespace: 'argocd' });
  };
  /** The answer of `GET /api/services/:name`. */
  const viewIn = async (cluster: Parameters<typeof operatorApi>[1]) => {
    const answer = await operatorApi(world, cluster).get(`/api/services/${name}`);
    expect(answer.status).toBe(200);
    return serviceSchema.parse(await answer.json());
  };

  it('without its route: both environments, the freeze, and which object to put back', async () => {
    server.answer(json({ message: 'virtualservices "chest-xray-mlops" not found' }, 404));
    const { router } = realClusters()(world.service);

    const shown = await viewIn({ cluster: () => ({ ...fakeCluster(weights), router }) });

    expect(shown).toMatchObject({
      active: null,
      environments: {
        blue: { version: 'v2.0.0', weight: null, ready: 3, health: 'healthy' },
        green: { version: 'v2.1.0', weight: null, ready: 1, health: 'progressing' },
      },
      frozen: { reason: 'unverified' },
      problem: expect.stringMatching(/^VirtualService production\/chest-xray-mlops does not exist.* apply it with all/),
    });
  });

  it('with a route by which requests pass the weights: where the traffic is, and what keeps deployments away', async () => {
    const whole = fakeCluster(weights);
    const problem = 'http[0] mirrors requests to green';
    const read = async () => ({ ...(await whole.router.read()), problem });

    const shown = await viewIn({ cluster: () => ({ ...whole, router: { ...whole.router, read } }) });

    expect(shown).toMatchObject({
      active: 'blue',
      environments: { blue: { weight: 75 }, green: { weight: 25 } },
      problem: expect.stringMatching(
        /VirtualService production\/chest-xray-mlops: http\[0\] mirrors.* a return is still possible/,
      ),
    });
  });

  it('with an environment that may not be read: the traffic, the other one, and whose Roles are missing', async () => {
    const whole = fakeCluster(weights);
    const readDeployment: typeof whole.workloads.readDeployment = async (namespace, deployment) => {
      if (namespace === 'production-green') throw new DependencyRefused('Kubernetes', '403 forbidden', { status: 403 });
      return whole.workloads.readDeployment(namespace, deployment);
    };

    const shown = await viewIn({ cluster: () => ({ ...whole, workloads: { ...whole.workloads, readDeployment } }) });

    expect(shown).toMatchObject({
      active: 'blue',
      environments: {
        blue: { version: 'v2.0.0', weight: 75, ready: 3, health: 'healthy' },
        green: { ...unread, weight: 25, reason: expect.stringMatching(/403 forbidden .*cluster-roles/) },
      },
      problem: null,
    });
  });

  it('in a cluster that never answers: everything else, within the deadline of one call (I11)', async () => {
    server.answer(() => undefined);
    const api = operatorApi(world, { cluster: realClusters(milliseconds(200)) });

    const overview = overviewSchema.parse(await (await api.get('/api/overview')).json());

    expect(overview.service).toMatchObject({
      environments: { blue: unread, green: unread },
      frozen: { reason: 'unverified' },
      problem: expect.stringMatching(/no answer within 200 ms.*break-glass/),
    });
  });

  it('what one service’s objects do to Sluice itself is logged, and spoils no other service’s view', async () => {
    const [service] = world.configuration.services;
    if (service === undefined) throw new Error('the fixture has no service');
    const services = [service, { ...service, name: 'other' }];
    const api = operatorApi(
      { ...world, configuration: { ...world.configuration, services } },
      {
        cluster: (asked) => {
          if (asked.name === name) throw new TypeError('spec is not iterable');
          return fakeCluster(weights);
        },
      },
    );

    const shown = serviceListSchema.parse(await (await api.get('/api/services')).json()).services;

    expect(shown).toMatchObject([
      { name, environments: { blue: unread }, problem: expect.stringContaining('the log of its API says how') },
      { name: 'other', environments: { blue: { weight: 75 } }, problem: null },
    ]);
    expect(world.logged).toContainEqual(
      expect.objectContaining({ message: `${name}: TypeError: spec is not iterable` }),
    );
  });
});
