import {
  createServer as createHttpServer,
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { listenOnLoopback, refuseOutsiders, serverHere } from '../aws/listener.ts';
import type { DependencyName, FaultBook, FaultName } from './faults.ts';
import { spoiltAnswer } from './spoilt-answer.ts';

/** Certificate and key of a TLS server, and the authority that signed it, as PEM. */
export interface ProxyTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface FaultProxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  readonly dependency: DependencyName;
  /** Address of the stand-in. */
  readonly target: string;
  readonly book: FaultBook;
  /** For a stand-in that speaks TLS; the proxy then does too, with the same certificate. */
  readonly tls?: ProxyTls;
}

/** Node's own default for idle connections, 5 s, would have clients open new ones all the time. */
const keepAliveMs = 120_000;
/** Faults that a watch, which has no end, can have. */
const endsWatches: ReadonlySet<FaultName> = new Set(['status', 'unreachable', 'hang', 'lost']);
/** Reads that `stale` has seen; beyond that the oldest is forgotten. */
const mostRemembered = 500;

/**
 * Stands in front of a stand-in on a free loopback port and passes everything on, unless the book has a fault for it. A stand-in of this
 * process gets the request itself; to others, as a real control plane, it goes by HTTP.
 */
export async function startFaultProxy({ dependency, target, book, tls }: FaultProxyOptions): Promise<FaultProxy> {
  const upstream = createUpstream(target, tls);
  const remembered = new Map<string, Answer>();
  const sockets = new Set<Socket>();
  /** Requests that hang until their fault is taken back. */
  const hanging = new Set<ServerResponse>();

  const neverAnswer = (response: ServerResponse) => {
    hanging.add(response);
    response.once('close', () => hanging.delete(response));
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/', headers } = request;
    const operation = headers['x-amz-target']?.toString();
    const fault = book.take(dependency, { method, path, target: operation });
    const passes = fault === null || (path.includes('watch=true') && !endsWatches.has(fault.fault));
    const server = passes ? serverHere(target) : null;
    if (server !== null) {
      server.emit('request', request, response);
      return;
    }
    const asked = { method, path, headers, body: await buffer(request) };
    if (passes) return upstream.pass(asked, response);
    switch (fault.fault) {
      case 'unreachable':
        response.destroy();
        return;
      case 'hang':
        return neverAnswer(response);
      case 'silent':
        await upstream.ask(asked);
        return neverAnswer(response);
      case 'status': {
        const { status, headers: own, body: text } = spoiltAnswer(dependency, fault);
        response.writeHead(status, own).end(text);
        return;
      }
      case 'lost':
        response.writeHead(method === 'POST' && dependency === 'eventbridge' ? 202 : 200).end();
        return;
      case 'slow':
        await pause(fault.delayMs);
        // Nobody may wait any more; what was asked for is done all the same, as late as it is.
        send(response, await upstream.ask(asked));
        return;
      case 'reset':
        await upstream.ask(asked);
        response.destroy();
        return;
      case 'truncate': {
        const { status, headers: own, body: whole } = await upstream.ask(asked);
        response.writeHead(status, { ...own, 'content-length': String(whole.length) });
        response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => response.destroy());
        return;
      }
      case 'stale': {
        const key = `${method} ${path} ${operation ?? ''} ${asked.body.toString('base64')}`;
        const isRead = method === 'GET' || /\.(GetItem|Query|Describe\w+)$/.test(operation ?? '');
        const known = isRead ? remembered.get(key) : undefined;
        const answer = known ?? (await upstream.ask(asked));
        if (isRead) remember(remembered, key, answer);
        return send(response, answer);
      }
    }
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (refuseOutsiders(request, response)) return;
    serve(request, response).catch(() => response.destroy());
  };
  const server: Server = tls
    ? createHttpsServer({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }, onRequest)
    : createHttpServer(onRequest);
  server.keepAliveTimeout = keepAliveMs;
  server.requestTimeout = 0;
  server.on('connection', (socket: Socket) => {
    if (book.isCut(dependency, 'new')) return socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  book.onChange((changed) => {
    if (changed !== dependency) return;
    remembered.clear();
    for (const response of hanging) response.destroy();
    if (book.isCut(dependency, 'open')) cut();
  });
  await listenOnLoopback(server, 0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`The proxy of ${dependency} has no port.`);
  return {
    endpoint: `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      upstream.close();
      await closed;
    },
  };
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The stand-in behind a proxy. `ask` waits for the whole answer; `pass` hands it on as it comes, a watch's as well. */
function createUpstream(target: string, tls: ProxyTls | undefined) {
  const agent = tls ? new HttpsAgent({ keepAlive: true, ca: tls.ca }) : new HttpAgent({ keepAlive: true });
  const send = tls ? requestHttps : requestHttp;

  const open = ({ method, path, headers, body }: Question, onOpen: (close: () => void) => void) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const attempt = (first: boolean) => {
        const request = send(new URL(path, target), { method, headers: endToEnd(headers), agent }, resolve);
        onOpen(() => request.destroy());
        request.once('error', (error) => {
          // The stand-in closed an idle connection in the moment it was taken again: it has not read this request.
          if (first && request.reusedSocket) attempt(false);
          else reject(error);
        });
        request.end(body);
      };
      attempt(true);
    });
  return {
    async ask(question: Question): Promise<Answer> {
      const answer = await open(question, () => undefined);
      return { status: answer.statusCode ?? 502, headers: endToEnd(answer.headers), body: await buffer(answer) };
    },
    async pass(question: Question, response: ServerResponse): Promise<void> {
      const answer = await open(question, (close) => response.once('close', close));
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      response.flushHeaders();
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    },
    close: () => agent.destroy(),
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': String(body.length) }).end(body);
}

function remember(remembered: Map<string, Answer>, key: string, answer: Answer): void {
  const [oldest] = remembered.keys();
  if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest);
  if (!remembered.has(key)) remembered.set(key, answer);
}

/** Headers that are about one connection are not passed on. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection: _c, 'keep-alive': _k, 'transfer-encoding': _t, ...rest } = headers;
  return rest;
}
