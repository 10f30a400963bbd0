import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type AccessKeys, authenticateSigV4 } from './authenticate-sigv4.ts';
import { AwsError, awsJsonError } from './aws-error.ts';
import { closeServer, endpointOf, guardServer, listenOnLoopback, type StandIn } from './listener.ts';
import { refusedByGrants, type TableGrants } from './table-grants.ts';

/** What is used of dynalite, which has no types of its own. */
type Dynalite = (options: {
  path?: string;
  createTableMs: number;
  updateTableMs: number;
  deleteTableMs: number;
}) => Server;

/**
 * Starts DynamoDB: dynalite over LevelDB in `dataDir/dynamodb`. Tables are ACTIVE a moment after they were created. A write that was answered
 * survives `kill -9`. One process at a time may open the directory. With `keys` only who has one of them is answered, and with `grants` only what
 * the policy of the function allows that it belongs to (I13).
 */
export async function startDynamoDb(options: {
  port: number;
  dataDir: string;
  keys?: AccessKeys | undefined;
  grants?: TableGrants | undefined;
  /** Keeps nothing on the disk. */
  inMemory?: boolean;
}): Promise<StandIn> {
  const path = join(options.dataDir, 'dynamodb');
  await mkdir(path, { recursive: true });
  // @ts-expect-error: dynalite has no declarations.
  const module: { default: unknown } = await import('dynalite');
  const dynalite = module.default as Dynalite; // The package's documented default export and options.
  const server = dynalite({
    ...(options.inMemory ? {} : { path }),
    createTableMs: 0,
    updateTableMs: 0,
    deleteTableMs: 0,
  });
  server.prependListener('request', tolerateAbortedRequests);
  const work = watchWork();
  guardServer(
    server,
    (request, response) => work.refuses(request, response) || refuseStrangers(request, response, options),
  );
  await listenOnLoopback(server, options.port);
  return {
    endpoint: endpointOf(server),
    async close() {
      await work.end();
      await closeServer(server);
    },
  };
}

/** dynalite goes on with what it has begun when its database closes, and then ends the whole process: it has to be done before. */
function watchWork() {
  const begun = new Set<ServerResponse>();
  let ended: (() => void) | null = null;
  return {
    refuses(request: IncomingMessage, response: ServerResponse): boolean {
      if (ended !== null) {
        request.destroy();
        return true;
      }
      const { end } = response;
      // It ends every response, also one that nobody waits for any more.
      response.end = function (this: ServerResponse, ...args: unknown[]) {
        begun.delete(response);
        if (begun.size === 0) ended?.();
        return Reflect.apply(end, this, args);
      };
      // A request that never becomes complete is never worked on.
      request.once('end', () => begun.add(response));
      return false;
    },
    /** Resolves once nothing is at work; what comes later is cut off. */
    end: () =>
      new Promise<void>((resolve) => {
        ended = resolve;
        if (begun.size === 0) resolve();
      }),
  };
}

interface Guard {
  readonly keys?: AccessKeys | undefined;
  readonly grants?: TableGrants | undefined;
}

/** dynalite asks for a signature, and not whose it is. */
function refuseStrangers(request: IncomingMessage, response: ServerResponse, { keys, grants }: Guard): boolean {
  if (keys === undefined) return false;
  try {
    const { roleName } = authenticateSigV4(request.headers, keys);
    if (grants !== undefined) holdTo(grants, roleName, request, response);
    return false;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    refuse(response, error);
    return true;
  }
}

function refuse(response: ServerResponse, error: AwsError): void {
  const { status, headers, body } = awsJsonError(error, 'application/x-amz-json-1.0');
  response.writeHead(status, { ...headers, connection: 'close' }).end(body);
}

/** Reads along what dynalite reads, and answers in its place once the whole request is known and not granted. */
function holdTo(grants: TableGrants, role: string, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  const on = request.on.bind(request);
  const held = (event: string, listener: (...args: unknown[]) => void): IncomingMessage => {
    if (event === 'data') {
      return on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        listener(chunk);
      });
    }
    if (event !== 'end') return on(event, listener);
    return on('end', () => {
      const action = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
      const refused = refusedByGrants(grants, role, action, Buffer.concat(chunks).toString('utf8'));
      if (refused === null) listener();
      else refuse(response, refused);
    });
  };
  Object.defineProperty(request, 'on', { value: held, configurable: true });
}

/** dynalite throws from a request's 'error' listener, which would end the whole process when a client goes away mid-request. */
function tolerateAbortedRequests(request: IncomingMessage): void {
  const on = request.on.bind(request);
  const tolerant = (event: string, listener: (...args: unknown[]) => void): IncomingMessage =>
    on(event, event === 'error' ? () => undefined : listener);
  Object.defineProperty(request, 'on', { value: tolerant });
}
