import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import { foreignPageRefusal, isForeignPage } from '../aws/foreign-page.ts';
import type { Backend, Choice, Endpoint } from './routing-table.ts';
import type { Upstreams } from './upstreams.ts';

/** How a request ended, for the statistics. */
export interface Outcome {
  backend: Backend;
  version: string;
  status: number;
  flags: string;
  milliseconds: number;
  headers: IncomingHttpHeaders;
}

export interface ProxyOptions {
  /** Where a request goes, and by which path where that is another one than it came with. */
  choose(host: string, path: string): (Choice & { readonly path?: string }) | undefined;
  upstreams: Upstreams;
  onOutcome(outcome: Outcome): void;
}

const largestBody = 20 * 1024 * 1024;
const timeoutMs = 60_000;
const mostAttempts = 4;
const disconnected = 'upstream connect error or disconnect/reset before headers';
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
const notConnected = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

/**
 * Passes requests on. A pod that cannot be reached is replaced by the next one (Envoy: `connect-failure`,
 * `refused-stream`), and so is one that breaks off before answering a request that may be repeated.
 */
export function createProxy({ choose, upstreams, onOutcome }: ProxyOptions): RequestListener {
  return (incoming, outgoing) => {
    if (isForeignPage(incoming.method, incoming.headers)) {
      incoming.resume();
      return answer(outgoing, 403, foreignPageRefusal);
    }
    const started = performance.now();
    const choice = choose(incoming.headers.host ?? '', incoming.url ?? '/');
    if (choice === undefined) {
      incoming.resume();
      return answer(outgoing, 404, `no route for host ${incoming.headers.host ?? ''}`);
    }
    const { backend } = choice;
    const done = (status: number, version: string, flags: string): void =>
      onOutcome({
        backend,
        version,
        status,
        flags,
        milliseconds: performance.now() - started,
        headers: incoming.headers,
      });
    const refuse = (status: number, message: string, flags: string): void => {
      outgoing.setHeader('x-environment', backend.environment);
      answer(outgoing, status, message);
      done(status, '', flags);
    };

    let gone = false;
    const attempt = (body: Buffer, number: number): void => {
      if (gone) return;
      const endpoint = number > mostAttempts ? undefined : choice.next();
      if (endpoint !== undefined) {
        const path = choice.path ?? incoming.url ?? '/';
        forward({ incoming, path }, outgoing, body, endpoint, backend, upstreams, {
          done: (status, flags) => done(status, endpoint.version, flags),
          again: () => attempt(body, number + 1),
          gone: () => gone,
        });
      } else if (number === 1) refuse(503, 'no healthy upstream', 'UH');
      else refuse(503, disconnected, 'UF');
    };
    outgoing.once('close', () => {
      gone = !outgoing.writableFinished;
    });
    readBody(incoming).then(
      (body) => (body === undefined ? refuse(413, 'the request is too large', '-') : attempt(body, 1)),
      () => outgoing.destroy(),
    );
  };
}

interface Progress {
  done(status: number, flags: string): void;
  again(): void;
  gone(): boolean;
}

function forward(
  { incoming, path }: { readonly incoming: IncomingMessage; readonly path: string },
  outgoing: ServerResponse,
  body: Buffer,
  endpoint: Endpoint,
  backend: Backend,
  upstreams: Upstreams,
  progress: Progress,
): void {
  const { address, port } = endpoint;
  const method = incoming.method ?? 'GET';
  const upstream = request({
    agent: upstreams.agent(endpoint),
    host: address,
    port,
    method,
    path,
    headers: requestHeaders(incoming, body),
    timeout: timeoutMs,
  });
  const abandon = (): void => {
    if (progress.gone()) upstream.destroy();
  };
  outgoing.once('close', abandon);
  upstream.once('timeout', () => upstream.destroy(new Error(`no answer within ${timeoutMs} ms`)));
  upstream.once('response', (response) => {
    const headers = withoutHopByHop(response.headers);
    headers['x-environment'] = backend.environment;
    headers['x-version'] = endpoint.version;
    const status = response.statusCode ?? 502;
    outgoing.writeHead(status, headers);
    pipeline(response, outgoing, (error) => {
      // A client that left early says nothing about the pod.
      if (error === undefined || error === null) progress.done(status, '-');
      else if (!progress.gone()) progress.done(502, 'UC');
    });
  });
  upstream.once('error', (error: NodeJS.ErrnoException) => {
    outgoing.off('close', abandon);
    if (progress.gone() || outgoing.headersSent) return;
    if (notConnected.has(error.code ?? '') || idempotent.has(method)) return progress.again();
    answer(outgoing, 503, disconnected);
    progress.done(503, 'UC');
  });
  upstream.end(body);
}

function requestHeaders(incoming: IncomingMessage, body: Buffer): IncomingHttpHeaders {
  const headers = withoutHopByHop(incoming.headers);
  const client = incoming.socket.remoteAddress ?? '';
  const before = incoming.headers['x-forwarded-for'];
  headers['x-forwarded-for'] = before === undefined ? client : `${String(before)}, ${client}`;
  headers['x-forwarded-proto'] = 'http';
  headers['x-request-id'] ??= crypto.randomUUID();
  if (body.length > 0 || headers['content-length'] !== undefined) headers['content-length'] = String(body.length);
  return headers;
}

function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !named.has(name)));
}

function answer(outgoing: ServerResponse, status: number, message: string): void {
  if (outgoing.headersSent) return void outgoing.destroy();
  outgoing.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(message) });
  outgoing.end(message);
}

/** The whole body, kept so that a request can be sent again; undefined when it is too large. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
  }
  return size > largestBody ? undefined : Buffer.concat(chunks);
}
