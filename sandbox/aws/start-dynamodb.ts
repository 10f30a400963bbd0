import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type AccessKeys, authenticateSigV4 } from './authenticate-sigv4.ts';
import { AwsError, awsJsonError } from './aws-error.ts';
import { closeServer, endpointOf, guardServer, listenOnLoopback, type StandIn } from './listener.ts';

/** What is used of dynalite, which has no types of its own. */
type Dynalite = (options: {
  path: string;
  createTableMs: number;
  updateTableMs: number;
  deleteTableMs: number;
}) => Server;

/**
 * Starts DynamoDB: dynalite over LevelDB in `dataDir/dynamodb`. Tables are ACTIVE a moment after they were created. A write that was answered
 * survives `kill -9`. One process at a time may open the directory. With `keys` only who has one of them is answered.
 */
export async function startDynamoDb(options: {
  port: number;
  dataDir: string;
  keys?: AccessKeys | undefined;
}): Promise<StandIn> {
  const path = join(options.dataDir, 'dynamodb');
  await mkdir(path, { recursive: true });
  // @ts-expect-error: dynalite has no declarations.
  const module: { default: unknown } = await import('dynalite');
  const dynalite = module.default as Dynalite; // The package's documented default export and options.
  const server = dynalite({ path, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  server.prependListener('request', tolerateAbortedRequests);
  guardServer(server, (request, response) => refuseStrangers(request, response, options.keys));
  await listenOnLoopback(server, options.port);
  return { endpoint: endpointOf(server), close: () => closeServer(server) };
}

/** dynalite asks for a signature, and not whose it is. */
function refuseStrangers(request: IncomingMessage, response: ServerResponse, keys: AccessKeys | undefined): boolean {
  if (keys === undefined) return false;
  try {
    authenticateSigV4(request.headers, keys);
    return false;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, headers, body } = awsJsonError(error, 'application/x-amz-json-1.0');
    response.writeHead(status, { ...headers, connection: 'close' }).end(body);
    return true;
  }
}

/** dynalite throws from a request's 'error' listener, which would end the whole process when a client goes away mid-request. */
function tolerateAbortedRequests(request: IncomingMessage): void {
  const on = request.on.bind(request);
  const tolerant = (event: string, listener: (...args: unknown[]) => void): IncomingMessage =>
    on(event, event === 'error' ? () => undefined : listener);
  Object.defineProperty(request, 'on', { value: tolerant });
}
