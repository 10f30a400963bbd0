import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { foreignPageRefusal, isForeignPage } from './foreign-page.ts';

/** A request with its body read, as a stand-in sees it. `path` is still percent-encoded. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export type ServiceHandler = (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>;

/** A stand-in that is listening. `close` drops open connections and resolves once the port is free. */
export interface StandIn {
  readonly endpoint: string;
  close(): Promise<void>;
}

const loopbackNames = /^(?:localhost|[a-z0-9.-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Whether a `Host` header names this machine only; any other name may be a page that rebinds its DNS to us. */
export const isLoopbackHost = (host: string | undefined): boolean => host !== undefined && loopbackNames.test(host);

/**
 * Answers a request that nobody here may see: by another host name than loopback's, or from a page of another origin. Every listener of the
 * sandbox asks. @returns whether it was answered.
 */
export function refuseOutsiders(request: IncomingMessage, response: ServerResponse): boolean {
  if (!isLoopbackHost(request.headers.host)) refuse(response, 421, 'This sandbox answers only to loopback host names.');
  else if (isForeignPage(request.method, request.headers)) refuse(response, 403, foreignPageRefusal);
  else return false;
  return true;
}

/** Makes a server that somebody else wrote refuse outsiders, and whomever `refuses` answers. */
export function guardServer(server: Server, refuses: typeof refuseOutsiders = () => false): void {
  // The 'request' event's listeners all have this signature (node:http).
  const inner = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (refuseOutsiders(request, response) || refuses(request, response)) return;
    for (const listener of inner) listener(request, response);
  });
}

/** The URL of a server that listens on 127.0.0.1. */
export function endpointOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server is not listening on a TCP port');
  return `http://127.0.0.1:${address.port}`;
}

/** Listens on 127.0.0.1, by HTTP or TLS; rejects when the port is taken. */
export function listenOnLoopback(server: Server | TlsServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      knownHere(server);
      resolve();
    });
  });
}

const here = new Map<number, Server | TlsServer>();

/** Notes that a server which listens is one of this process. */
export function knownHere(server: Server | TlsServer): void {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server is not listening on a TCP port');
  here.set(address.port, server);
  server.once('close', () => here.delete(address.port));
}

/**
 * The server of this process at an address on loopback, whatever comes to it by the network or not; null when there is none. What stands in
 * front of it can hand a request on as it is, without a connection of its own.
 */
export function serverHere(endpoint: string): Server | TlsServer | null {
  const { hostname, port } = new URL(endpoint);
  return hostname === '127.0.0.1' ? (here.get(Number(port)) ?? null) : null;
}

/** Stops listening and drops every connection; harmless when that has happened already. */
export function closeServer(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}

/** Starts an HTTP listener for `handle`. A fault of `handle` is answered with 500 and its message. */
export async function startListener(options: {
  port: number;
  handle: ServiceHandler;
  /** Larger bodies are answered with 413. */
  maxBodyBytes?: number;
}): Promise<StandIn> {
  const limit = options.maxBodyBytes ?? 32 * 1024 * 1024;
  const server = createServer((request, response) => {
    if (refuseOutsiders(request, response)) return;
    serve(request, response, options.handle, limit).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const message = error instanceof Error ? error.message : String(error);
      send(response, { status: 500, body: JSON.stringify({ __type: 'InternalFailure', message }) });
    });
  });
  await listenOnLoopback(server, options.port);
  return { endpoint: endpointOf(server), close: () => closeServer(server) };
}

async function serve(request: IncomingMessage, response: ServerResponse, handle: ServiceHandler, limit: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
    }
  } catch {
    return; // The client went away before its request was complete: there is nobody to answer.
  }
  if (size > limit) return send(response, { status: 413, body: JSON.stringify({ message: 'Request too large' }) });
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const answer = await handle({
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks),
  });
  send(response, answer);
}

function send(response: ServerResponse, answer: ServiceAnswer): void {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  const bodiless = answer.status === 204 || answer.status === 304;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(bodiless ? {} : { 'content-length': String(body?.byteLength ?? 0) }),
  });
  response.end(bodiless ? undefined : body);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
  response.end(`${why}\n`);
}
