import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ScriptedServer {
  readonly url: string;
  /** What came in, oldest first. */
  readonly seen: SeenRequest[];
  /** How the next requests are answered. */
  answer(respond: (request: SeenRequest, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

/** A server that answers as a test says: for what no stand-in does on demand, as being slow or breaking off. @param port any that is free without it */
export async function startScriptedServer(port = 0): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  let respond: (request: SeenRequest, response: ServerResponse) => void = (_, response) => response.end();
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    seen.push(request);
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: taken } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${taken}`,
    seen,
    answer: (next) => {
      respond = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers JSON. */
export const json =
  (value: unknown, status = 200) =>
  (_: SeenRequest, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
