import type { RequestListener, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { foreignPageRefusal, isForeignPage } from '../aws/foreign-page.ts';
import { isLoopbackHost } from '../aws/listener.ts';
import type { RoutingTable } from './routing-table.ts';
import type { TrafficStatistics } from './traffic-statistics.ts';

export interface AdminOptions {
  table: RoutingTable;
  statistics: TrafficStatistics;
  registry: Registry;
}

/**
 * The router's second port: `/metrics` for Prometheus, `/routes` for people, `/statistics` for the `web` metrics source.
 *
 * `GET /statistics?service=NAME&environment=blue&window=30s` sums up the last 30 s, `&since=ISO` leaves out what was
 * before; without an environment it gives the requests ever, by service and environment.
 */
export function createAdmin({ table, statistics, registry }: AdminOptions): RequestListener {
  return (request, response) => {
    // A page elsewhere must not read these by a host name of its own.
    if (!isLoopbackHost(request.headers.host))
      return json(response, 403, { error: 'only loopback host names are answered' });
    if (isForeignPage(request.method, request.headers)) return json(response, 403, { error: foreignPageRefusal });
    const url = new URL(request.url ?? '/', 'http://router');
    if (request.method !== 'GET') return json(response, 405, { error: 'only GET is answered here' });
    switch (url.pathname) {
      case '/metrics':
        void registry.metrics().then((text) => {
          response.writeHead(200, { 'content-type': registry.contentType });
          response.end(text);
        });
        return;
      case '/routes':
        return json(response, 200, table.routes());
      case '/healthz':
        return json(response, 200, { status: 'ok' });
      case '/statistics':
        return json(response, ...summary(url.searchParams, statistics));
      default:
        return json(response, 404, { error: `there is nothing at ${url.pathname}` });
    }
  };
}

function summary(query: URLSearchParams, statistics: TrafficStatistics): [status: number, body: unknown] {
  const service = query.get('service');
  const environment = query.get('environment');
  if (environment === null) {
    const totals = statistics.totals();
    return [200, { totals: service === null ? totals : { [service]: totals[service] ?? {} } }];
  }
  if (service === null) return [400, { error: 'service is missing' }];
  const window = query.get('window');
  const since = query.get('since');
  const seconds = Number(window?.replace(/s$/, '') ?? (since === null ? 30 : Number.POSITIVE_INFINITY));
  if (!(seconds > 0)) return [400, { error: 'window is a number of seconds above 0' }];
  const sinceMs = since === null ? 0 : Date.parse(since);
  if (Number.isNaN(sinceMs)) return [400, { error: 'since is a time such as 2026-11-23T09:00:00Z' }];
  return [200, statistics.summary(service, environment, Math.max(Date.now() - seconds * 1000, sinceMs))];
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
