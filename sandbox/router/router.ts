import { createServer, type RequestListener } from 'node:http';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { closeServer, endpointOf, isLoopbackHost, listenOnLoopback, type StandIn } from '../aws/listener.ts';
import { createAdmin } from './admin.ts';
import { createIstioMetrics, type RequestSource } from './istio-metrics.ts';
import { createProxy, type Outcome, type ProxyOptions } from './proxy.ts';
import { createRoutingTable, type Routes } from './routing-table.ts';
import { createTrafficStatistics, type TrafficStatistics, type TrafficTotals } from './traffic-statistics.ts';
import { createUpstreams } from './upstreams.ts';

/** Requests that carry this header are checks, not users: they do not count as production traffic. */
export const probeHeader = 'x-sluice-probe';

export interface RouterOptions {
  /** Production traffic, routed by `Host`. 0 gives a free port. */
  port: number;
  /** `/metrics`, `/statistics`, `/routes`. */
  adminPort: number;
  /** One port for each environment, standing for its preview host name. */
  previewPorts: Record<EnvironmentName, number>;
}

export interface Router {
  endpoint: string;
  adminEndpoint: string;
  previewEndpoints: Record<EnvironmentName, string>;
  /** Replaces all routes; the next request already follows them. */
  setRoutes(routes: Routes): void;
  /** As they were set last. */
  routes(): Routes;
  /** Production requests ever, by service and environment. */
  totals(): TrafficTotals;
  readonly summary: TrafficStatistics['summary'];
  close(): Promise<void>;
}

/** Starts the gateway of the sandbox: a weighted HTTP router with Istio's metrics. */
export async function startRouter({ port, adminPort, previewPorts }: RouterOptions): Promise<Router> {
  const table = createRoutingTable();
  const upstreams = createUpstreams();
  const statistics = createTrafficStatistics();
  const metrics = createIstioMetrics();

  const observe = (outcome: Outcome, source: RequestSource): void => {
    const { backend, version, status, flags, milliseconds } = outcome;
    const { service, namespace, environment } = backend;
    metrics.observe({ source, service, namespace, version, code: status, flags, milliseconds });
    if (source === 'istio-ingressgateway') statistics.record({ service, environment, status, milliseconds });
  };
  const proxyFor = (choose: ProxyOptions['choose'], source?: RequestSource): RequestListener =>
    createProxy({
      choose,
      upstreams,
      onOutcome: (outcome) =>
        observe(outcome, source ?? (probeHeader in outcome.headers ? 'sluice-probe' : 'istio-ingressgateway')),
    });
  const previewOf = (environment: EnvironmentName): RequestListener =>
    proxyFor((host, path) => {
      if (!isLoopbackHost(host)) return table.hasHost(host) ? table.chooseEnvironment(environment, host) : undefined;
      // `/shop/health` is `/health` of shop: there is one address for all services.
      const [, service = '', rest = ''] = /^\/([^/?]*)(.*)$/s.exec(path) ?? [];
      const named = table.chooseEnvironment(environment, host, service);
      if (named !== undefined) return { ...named, path: rest.startsWith('/') ? rest : `/${rest}` };
      return table.chooseEnvironment(environment, host);
    }, 'preview-gateway');

  const [traffic, admin, blue, green] = await Promise.all([
    listen(proxyFor(table.choose), port),
    listen(createAdmin({ table, statistics, registry: metrics.registry }), adminPort),
    ...environmentNames.map((environment) => listen(previewOf(environment), previewPorts[environment])),
  ]);
  if (traffic === undefined || admin === undefined || blue === undefined || green === undefined) {
    throw new Error('the router could not listen');
  }
  return {
    endpoint: traffic.endpoint,
    adminEndpoint: admin.endpoint,
    previewEndpoints: { blue: blue.endpoint, green: green.endpoint },
    routes: () => table.routes(),
    setRoutes(routes) {
      table.set(routes);
      upstreams.retain(routes.backends.flatMap(({ endpoints }) => endpoints));
    },
    totals: statistics.totals,
    summary: statistics.summary,
    async close() {
      await Promise.all([traffic, admin, blue, green].map(({ close }) => close()));
      upstreams.close();
    },
  };
}

async function listen(listener: RequestListener, port: number): Promise<StandIn> {
  const server = createServer(listener);
  // Clients that keep connections alive decide when to close them: no request meets a closing connection.
  server.keepAliveTimeout = 0;
  await listenOnLoopback(server, port);
  return { endpoint: endpointOf(server), close: () => closeServer(server) };
}
