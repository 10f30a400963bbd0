import { AsyncLocalStorage } from 'node:async_hooks';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { replace } from './replace.ts';

/** One request as it comes to its server. */
export interface Arrival {
  readonly port: number;
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  /** Lets the server have it. */
  readonly pass: () => void;
}

/** The invocation of a function that is at work: what it sends out is sent in its name. */
export interface Invocation {
  /** Counts what it asks of others; tells whether this question is still sent and its answer still heard. */
  asks(question: { method: string; host: string; path: string }): 'both' | 'sent' | 'neither';
}

export interface MemoryNetwork {
  /** Told of every request, before its server is. */
  onArrival: (arrival: Arrival) => void;
  /** Runs what serves an invocation. */
  as(invocation: Invocation, work: () => void): void;
  /** Nobody listens any more. */
  reset(): void;
  /** This process has its own network again. */
  giveBack(): void;
}

const firstPort = 20_000;

/**
 * Takes the network of this process: servers listen in memory, and clients get one end of a pair of streams, of which the server gets the
 * other. Node's HTTP is at work on both ends (both ways in are documented: `http.Server` takes any Duplex by its event 'connection', an
 * `http.Agent` by `createConnection`). TLS is left out, as there is nobody to read along. To be called before anything is imported that might take a copy.
 */
export function takeNetwork(): MemoryNetwork {
  const servers = new Map<number, net.Server>();
  const invocations = new AsyncLocalStorage<Invocation>();
  let nextPort = firstPort;

  const connect = (port: number): Duplex => {
    const server = servers.get(port);
    const [near, far] = duplexPair();
    asSocket(near, port);
    asSocket(far, port);
    if (server === undefined) {
      process.nextTick(() => near.destroy(refused(port)));
      return near;
    }
    // One end that goes away takes the other with it.
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
    far.on('error', () => undefined);
    server.emit(server instanceof https.Server ? 'secureConnection' : 'connection', far);
    return near;
  };

  const given: (() => void)[] = [];
  const network: MemoryNetwork = {
    onArrival: ({ pass }) => pass(),
    as: (invocation, work) => invocations.run(invocation, work),
    reset() {
      servers.clear();
      nextPort = firstPort;
    },
    giveBack() {
      for (const giveBack of given) giveBack();
    },
  };

  const listen = function (this: net.Server, ...args: unknown[]) {
    const [first] = args;
    const callback = args.find((arg) => typeof arg === 'function');
    const asked = typeof first === 'object' && first !== null && 'port' in first ? first.port : first;
    const port = Number(asked ?? 0) || nextPort++;
    servers.set(port, this);
    const emit = this.emit.bind(this);
    Object.defineProperties(this, {
      listening: { configurable: true, get: () => servers.get(port) === this },
      address: { configurable: true, value: () => ({ address: '127.0.0.1', family: 'IPv4', port }) },
      emit: {
        configurable: true,
        value: (event: string, ...told: unknown[]) => {
          if (event !== 'request') return emit(event, ...told);
          // The two that node:http gives to the listeners of this event.
          const [request, response] = told as [http.IncomingMessage, http.ServerResponse];
          // Node's own header tells the machine's time, and AWS's clients correct theirs by it.
          response.setHeader('date', new Date().toUTCString());
          network.onArrival({ port, request, response, pass: () => emit(event, ...told) });
          return true;
        },
      },
    });
    if (callback) this.once('listening', callback as () => void);
    process.nextTick(() => this.emit('listening'));
    return this;
  };
  const close = function (this: net.Server, done?: (error?: Error) => void) {
    for (const [port, server] of servers) if (server === this) servers.delete(port);
    if (done) this.once('close', () => done());
    process.nextTick(() => this.emit('close'));
    return this;
  };
  const createConnection = ({ port }: { port?: number | string }) => connect(Number(port));
  const { addRequest } = http.Agent.prototype as unknown as { addRequest: AddRequest };
  const countedRequest: AddRequest = function (this: http.Agent, request, options, ...rest) {
    const invocation = invocations.getStore();
    const { method, path, host } = request;
    const fate = invocation?.asks({ method, host: `${host}:${String(options.port)}`, path }) ?? 'both';
    if (fate === 'neither') return;
    if (fate === 'sent') unheard(request);
    addRequest.call(this, request, options, ...rest);
  };
  given.push(
    replace(net.Server.prototype, { listen, close }),
    replace(http.Agent.prototype, { createConnection, addRequest: countedRequest }),
    replace(https.Agent.prototype, { createConnection }),
    replace(globalThis, { fetch: fetchInMemory }),
  );
  return network;
}

type AddRequest = (
  this: http.Agent,
  request: http.ClientRequest,
  options: { port?: number | string },
  ...rest: unknown[]
) => void;

/** The caller is dead: no answer reaches it. */
function unheard(request: http.ClientRequest): void {
  const emit = request.emit.bind(request);
  request.emit = (event: string | symbol, ...told: unknown[]) => {
    if (event === 'response') {
      // The one that node:http gives to the listeners of this event.
      (told[0] as http.IncomingMessage).resume();
      return true;
    }
    return event === 'error' ? true : emit(event, ...told);
  };
}

/** What HTTP asks of a socket besides a stream's methods. */
function asSocket(stream: Duplex, port: number): void {
  const self = () => stream;
  Object.assign(stream, {
    setKeepAlive: self,
    setNoDelay: self,
    setTimeout: self,
    ref: self,
    unref: self,
    connecting: false,
    remoteAddress: '127.0.0.1',
    remotePort: port,
    localAddress: '127.0.0.1',
    localPort: port,
    address: () => ({ address: '127.0.0.1', family: 'IPv4', port }),
  });
}

const refused = (port: number): Error =>
  Object.assign(new Error(`connect ECONNREFUSED 127.0.0.1:${port}`), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '127.0.0.1',
    port,
  });

/** `fetch` over `http.request`, since undici brings its own sockets. */
async function fetchInMemory(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const question = new Request(input, init);
  const to = new URL(question.url);
  const body = question.body === null ? undefined : Buffer.from(await question.arrayBuffer());
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.byteLength) };
    const asking = http.request(to, {
      method: question.method,
      headers: { ...Object.fromEntries(question.headers), ...length },
      signal: question.signal,
    });
    asking.once('response', resolve);
    asking.on('error', reject);
    asking.end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const status = answer.statusCode ?? 0;
  const headers = new Headers();
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    headers.append(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '');
  }
  const location = headers.get('location');
  if (status >= 301 && status <= 308 && location !== null && question.redirect === 'follow') {
    return fetchInMemory(new URL(location, to), { headers: question.headers });
  }
  const bodiless = [204, 205, 304].includes(status);
  return new Response(bodiless ? null : Buffer.concat(chunks), { status, headers });
}
