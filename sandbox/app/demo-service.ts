import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Histogram, Registry } from 'prom-client';
import { isForeignPage } from '../aws/foreign-page.ts';
import { probeHeader } from '../router/router.ts';
import { classify } from './classify.ts';
import type { Faults } from './faults.ts';
import { createLogBuffer, type LogBuffer } from './log-buffer.ts';

/** What the pods of a service answer. */
export interface Face {
  readonly service: string;
  /** Whether it is the chest X-ray classifier; anything else answers every path. */
  readonly isClassifier: boolean;
  /** Requests that are answered with another status than 200, as the service's own checks expect it. */
  readonly answers: readonly { readonly method: string; readonly path: string; readonly status: number }[];
}

/** The chest X-ray classifier of the sandbox's own configuration. */
export const classifierFace: Face = { service: 'chest-xray-mlops', isClassifier: true, answers: [] };

/** What one instance of the demo service is started with. */
export interface DemoServiceOptions {
  version: string;
  /** The classifier's unless given. */
  face?: Face;
  /** Paths by which a kubelet and Sluice ask whether it is healthy, besides `/health`. */
  probes?: readonly string[];
  faults: Faults;
  /** A port to have again after a restart; 0, or one that is taken, gives a free one. */
  port: number;
}

/** One running instance: a real listener on 127.0.0.1. */
export interface DemoService {
  port: number;
  version: string;
  log: LogBuffer;
  /** Requests being answered at this moment. */
  inFlight(): number;
  /**
   * Ends without breaking a request: keeps serving until no client holds a connection, or until `graceMs` is over,
   * then closes. Whoever sends requests here is told first (an EndpointSlice without this instance).
   */
  drain(graceMs: number): Promise<void>;
  /** Ends at once, as `kill -9` does. */
  close(): Promise<void>;
}

const largestBody = 20 * 1024 * 1024;

/** Starts an instance: `/health`, `/metrics`, and what its face answers. */
export async function startDemoService(options: DemoServiceOptions): Promise<DemoService> {
  const { version, face = classifierFace, faults, port } = options;
  const probes = new Set(options.probes);
  const log = createLogBuffer();
  const metrics = createMetrics();
  let inFlight = 0;
  let draining = false;
  const idle = new Set<() => void>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path === '/health' || (probes.has(path) && isProbe(request))) {
      const { unhealthy } = faults.of(version, face.service);
      const status = unhealthy ? 503 : statusOf(face, request, path);
      if (unhealthy) log.write(`GET ${path} 503 the service is unhealthy`);
      return send(response, status, { status: unhealthy ? 'unhealthy' : 'ok', version });
    }
    if (path === '/metrics') {
      response.writeHead(200, { 'content-type': metrics.registry.contentType });
      response.end(await metrics.registry.metrics());
      return;
    }
    const started = performance.now();
    const body = await readBody(request);
    const { latencyMs } = faults.of(version, face.service);
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    const [status, content] = respond(request, path, body, options);
    send(response, status, content);
    const seconds = (performance.now() - started) / 1000;
    metrics.observe(request.method ?? 'GET', path === '/predict' ? path : 'other', status, seconds);
    log.write(`${request.method} ${path} ${status} ${(seconds * 1000).toFixed(1)}ms`);
  };

  const server = createServer((request, response) => {
    if (isForeignPage(request.method, request.headers)) return void response.writeHead(403).end();
    inFlight += 1;
    if (draining) response.setHeader('connection', 'close');
    response.once('close', () => {
      inFlight -= 1;
    });
    answer(request, response).catch((error: unknown) => {
      log.write(`${request.method} ${request.url} failed: ${error instanceof Error ? error.message : String(error)}`);
      if (response.headersSent) response.destroy();
      else send(response, error instanceof BodyTooLarge ? 413 : 500, { error: 'the request could not be answered' });
    });
  });
  // An idle connection is closed by the client or at the end of draining, never under a request on its way.
  server.keepAliveTimeout = 0;
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
      if (connections === 0) for (const wake of idle) wake();
    });
  });
  const taken = await listen(server, port);
  log.write(`${face.service} ${version} is listening on port ${taken}`);

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    port: taken,
    version,
    log,
    inFlight: () => inFlight,
    close,
    async drain(graceMs) {
      draining = true;
      log.write('SIGTERM received: finishing the requests in flight');
      if (connections > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, graceMs);
          idle.add(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
      await close();
    },
  };
}

/** Whether it comes from a kubelet, or is one of Sluice's checks: a path may be asked by users, too. */
const isProbe = ({ headers }: IncomingMessage): boolean =>
  headers['user-agent']?.startsWith('kube-probe/') === true || probeHeader in headers;

const statusOf = ({ answers }: Face, { method }: IncomingMessage, path: string): number =>
  answers.find((answer) => answer.method === method && answer.path === path)?.status ?? 200;

function respond(
  request: IncomingMessage,
  path: string,
  body: Buffer,
  { version, face = classifierFace, faults }: DemoServiceOptions,
): [status: number, content: unknown] {
  const { service, isClassifier } = face;
  if (faults.nextRequestFails(version, service)) return [500, { error: 'the request could not be answered', version }];
  if (!isClassifier) return [statusOf(face, request, path), { service, version }];
  if (path === '/' && request.method === 'GET') return [200, { service, version }];
  if (path !== '/predict') return [404, { error: `there is nothing at ${path}` }];
  if (request.method !== 'POST') return [405, { error: 'POST an image, or JSON that holds one' }];
  if (body.length === 0) return [400, { error: 'the body is empty: send an image, or JSON that holds one' }];
  if (request.headers['content-type']?.includes('json') && !isJson(body)) {
    return [400, { error: 'the body is not JSON' }];
  }
  return [200, { ...classify(body), version }];
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new BodyTooLarge(`a body has at most ${largestBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, content: unknown): void {
  const body = JSON.stringify(content);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Listens on the port, or on a free one where it is taken. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('error', onError);
      if (error.code === 'EADDRINUSE' && port !== 0) listen(server, 0).then(resolve, reject);
      else reject(error);
    };
    server.on('error', onError);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', onError);
      // A server that listens on a host and port has an AddressInfo; only pipes have a string.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function createMetrics() {
  const registry = new Registry();
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'path', 'status'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Seconds until the answer was sent.',
    labelNames: ['method', 'path'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5],
    registers: [registry],
  });
  return {
    registry,
    observe(method: string, path: string, status: number, seconds: number): void {
      requests.inc({ method, path, status });
      duration.observe({ method, path }, seconds);
    },
  };
}
