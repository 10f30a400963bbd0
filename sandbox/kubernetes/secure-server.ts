import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { listenOnLoopback } from '../aws/listener.ts';
import type { ServerCertificate } from './credentials.ts';
import { StatusError } from './status-error.ts';

/** An HTTPS server on loopback. */
export interface SecureServer {
  readonly port: number;
  readonly endpoint: string;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/** Listens as an API server does: connections are kept for two minutes, and a request may take as long as it wants, since a watch does. */
export async function listenSecurely(options: {
  readonly port: number;
  readonly certificate: Pick<ServerCertificate, 'certificatePem' | 'keyPem'>;
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
}): Promise<SecureServer> {
  const { certificatePem: cert, keyPem: key } = options.certificate;
  const server = createServer({ cert, key, minVersion: 'TLSv1.2' }, options.listener);
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  // `closeAllConnections` does not know those that are still in their TLS handshake.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listenOnLoopback(server, options.port);
  // A listening TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    endpoint: `https://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Answers by a Status, as Kubernetes says no; what is not one of its errors is an `InternalError`. */
export function refuse(response: ServerResponse, error: unknown): void {
  const known = error instanceof StatusError ? error : new StatusError(500, 'InternalError', String(error));
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const json = JSON.stringify(known.toStatus());
  response.writeHead(known.code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
