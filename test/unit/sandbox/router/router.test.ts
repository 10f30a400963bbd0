import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DemoService, startDemoService } from '../../../../sandbox/app/demo-service.ts';
import { createFaults, type Faults } from '../../../../sandbox/app/faults.ts';
import { startLoad } from '../../../../sandbox/app/load.ts';
import { type Router, startRouter } from '../../../../sandbox/router/router.ts';
import type { Endpoint, Routes } from '../../../../sandbox/router/routing-table.ts';
import { istioSamples } from '../../../contract/adapters/istio-samples.ts';
import { patienceMs } from '../../../support/until.ts';
import { request } from './request.ts';

const host = 'xray.example.com';
const versions = { blue: 'v1', green: 'v2' } as const;
type Environment = keyof typeof versions;

describe('the router over real listeners', () => {
  let router: Router;
  let faults: Faults;
  let pods: Record<Environment, DemoService[]>;
  let weights: Record<Environment, number>;

  const publish = (): void => router.setRoutes(routesOf(pods, weights));
  const addPod = async (environment: Environment): Promise<DemoService> => {
    const pod = await startDemoService({ version: versions[environment], faults, port: 0 });
    pods[environment].push(pod);
    publish();
    return pod;
  };
  const removePod = async (environment: Environment): Promise<void> => {
    const pod = pods[environment].shift();
    publish();
    // As long as a busy machine needs: a pod that is cut off breaks requests.
    await pod?.drain(patienceMs);
  };
  const predict = (endpoint = router.endpoint, headers: Record<string, string> = {}) =>
    request(`${endpoint}/predict`, { method: 'POST', headers: { host, ...headers }, body: 'an image' });
  const statistics = async (query: string): Promise<Record<string, unknown>> =>
    JSON.parse((await request(`${router.adminEndpoint}/statistics?${query}`)).body);

  beforeEach(async () => {
    router = await startRouter({ port: 0, adminPort: 0, previewPorts: { blue: 0, green: 0 } });
    faults = createFaults();
    pods = { blue: [], green: [] };
    weights = { blue: 100, green: 0 };
    await addPod('blue');
    await addPod('blue');
    await addPod('green');
  });

  afterEach(async () => {
    await router.close();
    await Promise.all([...pods.blue, ...pods.green].map((pod) => pod.close()));
  });

  it('splits 1000 requests exactly by weight and says who answered', async () => {
    weights = { blue: 75, green: 25 };
    publish();
    const seen: Record<string, number> = {};

    for (let i = 0; i < 1000; i += 1) {
      const { status, headers } = await predict();
      const answer = `${status} ${headers['x-environment']} ${headers['x-version']}`;
      seen[answer] = (seen[answer] ?? 0) + 1;
    }

    expect(seen).toEqual({ '200 blue v1': 750, '200 green v2': 250 });
  });

  it('loses no request while pods come and go and weights change under load', async () => {
    const load = startLoad({ trafficEndpoint: router.endpoint, host, ratePerSecond: 300 });

    for (let round = 0; round < 12 || load.stats().sent <= 100; round += 1) {
      const joined = await addPod('blue');
      weights = round % 2 === 0 ? { blue: 50, green: 50 } : { blue: 95, green: 5 };
      publish();
      await once(() => joined.log.lines().length > 2);
      await removePod('blue');
    }
    await load.close();

    const { sent, failed, lastFailures } = load.stats();
    expect(lastFailures).toEqual([]);
    expect(failed).toBe(0);
    expect(sent).toBeGreaterThan(100);
  });

  it('lets a slow request finish on a pod that was taken out', async () => {
    weights = { blue: 0, green: 100 };
    publish();
    faults.set({ version: 'v2', latencyMs: 100 });
    const slow = predict();
    await once(() => pods.green[0]?.inFlight() === 1);

    await removePod('green');

    expect((await slow).status).toBe(200);
  });

  it('takes another pod when one cannot be reached, also for a POST', async () => {
    await pods.blue[0]?.close();

    const answers = await Promise.all(Array.from({ length: 10 }, () => predict()));

    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  });

  it('answers 503 as Envoy does when no pod is ready, and counts that as an error of the environment', async () => {
    weights = { blue: 0, green: 100 };
    await removePod('green');

    const answer = await predict();

    expect(answer).toMatchObject({ status: 503, body: 'no healthy upstream' });
    expect(await statistics('service=xray&environment=green')).toMatchObject({ requests: 1, errors: 1, errorRate: 1 });
    // As Istio tells it: no pod has seen it, and the gateway knows no workload.
    const { body } = await request(`${router.adminEndpoint}/metrics`);
    const series = body.split('\n').filter((line) => line.startsWith('istio_requests_total{'));
    expect(series).toEqual([
      expect.stringMatching(
        /^\S*reporter="source"\S*destination_workload="unknown"\S*destination_service_namespace="production-green"\S*response_code="503"\S*response_flags="UH"\S* 1$/,
      ),
    ]);
  });

  it('knows no other host', async () => {
    const evil = { headers: { host: 'evil.example.com' } };

    const answers = await Promise.all(
      [router.endpoint, router.previewEndpoints.blue, router.adminEndpoint].map((endpoint) =>
        request(`${endpoint}/statistics`, evil),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 403]);
  });

  it('previews and probes reach their environment without counting as production traffic', async () => {
    const preview = await predict(router.previewEndpoints.green);
    await predict(router.endpoint, { 'x-sluice-probe': 'health-check' });
    await predict();

    expect(preview.headers['x-environment']).toBe('green');
    expect(await statistics('')).toEqual({ totals: { xray: { blue: 1 } } });
    expect(router.totals()).toEqual({ xray: { blue: 1 } });
  });

  it('a preview of one of several services is named by the first part of its path, which the pod does not see', async () => {
    const { virtualHosts, backends } = routesOf(pods, weights);
    const [pod] = pods.blue;
    const shop = { pod: 'shop-1', address: '127.0.0.1', port: pod?.port ?? 0, version: 'v1' };
    router.setRoutes({
      virtualHosts,
      backends: [{ namespace: 'a', service: 'a', environment: 'blue', endpoints: [] }, ...backends].concat([
        { namespace: 'shop-blue', service: 'shop', environment: 'blue', endpoints: [shop] },
      ]),
    });

    const [named, unknown] = await Promise.all(
      ['shop/health?deep=1', 'health'].map((path) => request(`${router.previewEndpoints.blue}/${path}`)),
    );

    expect([named?.status, JSON.parse(named?.body ?? '')]).toEqual([200, { status: 'ok', version: 'v1' }]);
    // Without a name it is the first that there is, which has no pod here.
    expect(unknown?.status).toBe(503);
  });

  it('since leaves out what was before', async () => {
    faults.set({ version: 'v1', errorRate: 1 });
    await predict();
    const before = await statistics('service=xray&environment=blue&window=60s');

    const after = await statistics(`service=xray&environment=blue&since=${new Date(Date.now() + 1000).toISOString()}`);

    expect(before).toMatchObject({ requests: 1, errors: 1 });
    expect(after).toMatchObject({ requests: 0, latencyP95: null });
  });

  it('exports the metrics that Istio exports', async () => {
    await predict();

    const { body } = await request(`${router.adminEndpoint}/metrics`);

    expect(body).toMatch(
      /istio_requests_total\{.*source_workload="istio-ingressgateway".*destination_service_name="xray",destination_service_namespace="production-blue",destination_version="v1".*response_code="200".*\} 1/,
    );
    expect(body).toContain('istio_request_duration_milliseconds_bucket{le="25"');
    const reporters = [...body.matchAll(/istio_requests_total\{reporter="(\w+)"/g)].map(([, reporter]) => reporter);
    expect(reporters).toEqual(['source', 'destination']);
    // No label more or less than those of the samples by which the queries are tried on a real Prometheus, but for what a scrape adds.
    const scraped = ['job', 'namespace', 'pod'];
    const labelsIn = (text: string) => {
      const [, labels = ''] = /istio_requests_total\{([^}]*)\}/.exec(text) ?? [];
      return [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label).sort();
    };
    const flow = { namespace: 'production-blue', perSecond: { 40: 1 }, code: 200, flags: '-' } as const;
    expect(labelsIn(body)).toEqual(
      labelsIn(istioSamples('xray', [flow], Date.now())).filter((label) => !scraped.includes(label)),
    );
  });
});

function routesOf(pods: Record<Environment, DemoService[]>, weights: Record<Environment, number>): Routes {
  const environments = ['blue', 'green'] as const;
  const endpoints = (environment: Environment): Endpoint[] =>
    pods[environment].map(({ port, version }) => ({
      pod: `${environment}-${port}`,
      address: '127.0.0.1',
      port,
      version,
    }));
  return {
    virtualHosts: [
      {
        hosts: [host],
        destinations: environments.map((environment) => ({
          namespace: `production-${environment}`,
          service: 'xray',
          weight: weights[environment],
        })),
      },
    ],
    backends: environments.map((environment) => ({
      namespace: `production-${environment}`,
      service: 'xray',
      environment,
      endpoints: endpoints(environment),
    })),
  };
}

/** Waits for something that is bound to come, looking again with each turn of the event loop. */
async function once(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
