import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import { join } from 'node:path';
import { closeServer, endpointOf, guardHost, listenOnLoopback, type StandIn } from './listener.ts';

/** What is used of dynalite, which has no types of its own. */
type Dynalite = (options: {
  path: string;
  createTableMs: number;
  updateTableMs: number;
  deleteTableMs: number;
}) => Server;

/**
 * Starts DynamoDB: dynalite over LevelDB in `dataDir/dynamodb`. Tables are ACTIVE a moment after they were created. A write that was answered
 * survives `kill -9`. One process at a time may open the directory.
 */
export async function startDynamoDb(options: { port: number; dataDir: string }): Promise<StandIn> {
  const path = join(options.dataDir, 'dynamodb');
  await mkdir(path, { recursive: true });
  // @ts-expect-error: dynalite has no declarations.
  const module: { default: unknown } = await import('dynalite');
  const dynalite = module.default as Dynalite; // The package's documented default export and options.
  const server = dynalite({ path, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  server.prependListener('request', tolerateAbortedRequests);
  guardHost(server);
  await listenOnLoopback(server, options.port);
  return { endpoint: endpointOf(server), close: () => closeServer(server) };
}

/** dynalite throws from a request's 'error' listener, which would end the whole process when a client goes away mid-request. */
function tolerateAbortedRequests(request: IncomingMessage): void {
  const on = request.on.bind(request);
  const tolerant = (event: string, listener: (...args: unknown[]) => void): IncomingMessage =>
    on(event, event === 'error' ? () => undefined : listener);
  Object.defineProperty(request, 'on', { value: tolerant });
}
