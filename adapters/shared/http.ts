import * as plain from 'node:http';
import * as secure from 'node:https';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface HttpQuestion {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The connections; Node's own kept ones without it, `false` for a new one that is ended after the answer. */
  readonly agent?: plain.Agent | false;
  readonly signal: AbortSignal;
  /** Longest body that is read, in bytes; a longer one is a `BodyTooLarge`. 8 MiB without it. */
  readonly maxBytes?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: plain.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The answer was longer than what the caller is prepared to read. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** For a connection, TLS included; in ms. A packet that is lost then would otherwise cost the whole budget of a call. */
const connectWithin = 2_000;

/** One HTTP request, without following redirects. Any status is an answer; only the network throws. */
export async function askHttp({ maxBytes = 8 * 1024 * 1024, ...question }: HttpQuestion): Promise<HttpAnswer> {
  const answer = await headOf(question);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > maxBytes) {
      answer.destroy();
      throw new BodyTooLarge(`the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  // A connection is given back a turn after the body's end. Without waiting for that, a write that follows a read would open one of
  // its own: a TLS handshake in the middle of a rescue.
  await nextTurn();
  // Every answer to a request has a status.
  return { status: answer.statusCode as number, headers: answer.headers, body: Buffer.concat(chunks) };
}

/** Sends the question; resolves with the answer's head, its body unread. */
function headOf({ url, method, headers, body, signal, agent }: HttpQuestion): Promise<plain.IncomingMessage> {
  const to = new URL(url);
  const { request } = to.protocol === 'https:' ? secure : plain;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const asking = request(to, {
      method,
      signal,
      headers: { 'user-agent': 'sluice', ...headers, ...length },
      ...(agent === undefined ? {} : { agent }),
    });
    asking.once('response', resolve);
    asking.on('error', reject);
    asking.once('socket', (socket) => {
      if (!socket.connecting) return;
      const late = () => asking.destroy(new Error(`no connection to ${to.host} within ${connectWithin} ms`));
      const timer = setTimeout(late, connectWithin);
      socket.once(to.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
      asking.once('close', () => clearTimeout(timer));
    });
    asking.end(body);
  });
}
