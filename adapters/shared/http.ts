import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dispatcher } from 'undici';

export interface HttpQuestion {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The connection pool; undici's own one without it. */
  readonly dispatcher?: Dispatcher;
  readonly signal: AbortSignal;
  /** Longest body that is read, in bytes; a longer one is a `BodyTooLarge`. 8 MiB without it. */
  readonly maxBytes?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The answer was longer than what the caller is prepared to read. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** One HTTP request over undici, without following redirects. Any status is an answer; only the network throws. */
export async function askHttp(question: HttpQuestion): Promise<HttpAnswer> {
  const { url, method, headers, body, signal, dispatcher, maxBytes = 8 * 1024 * 1024 } = question;
  // Loaded when somebody is asked: on a cold start most functions ask the database first.
  const { request } = await import('undici');
  const answer = await request(url, {
    method,
    signal,
    headers: { 'user-agent': 'sluice', ...headers },
    ...(body === undefined ? {} : { body }),
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > maxBytes) {
      answer.body.destroy();
      throw new BodyTooLarge(`the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  // undici gives a connection back one turn after the body's end. Without waiting for that, a write that follows a read
  // would open a connection of its own: a TLS handshake in the middle of a rescue.
  await nextTurn();
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) };
}
