import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The functions that the machines of the test call, behind Lambda's API, and the place where ends of executions are told. */
export interface Functions {
  readonly url: string;
  /** By execution and call, the number of each answer that was given; without calls that wait for a token. */
  readonly answers: ReadonlyMap<string, number[]>;
  /** Tokens that wait for an answer, and what the answer is. */
  readonly asked: Map<string, string>;
  /** By execution's ARN, every end that was told. */
  readonly ends: ReadonlyMap<string, string[]>;
  close(): void;
}

/** What an answer of this number can be known by in a history. */
export const answerMark = (number: number): string => `answer ${number}.`;

/** Starts them. `double` fails when it is first called for an execution; `silent` never answers; `one` fails for the index 2. */
export async function startFunctions(): Promise<Functions> {
  const answers = new Map<string, number[]>();
  const asked = new Map<string, string>();
  const ends = new Map<string, string[]>();
  let number = 0;
  const note = <T>(map: Map<string, T[]>, key: string, value: T) => map.set(key, [...(map.get(key) ?? []), value]);

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // Buffers: no encoding is set
    const body = JSON.parse(Buffer.concat(chunks).toString());
    if (request.url === '/status') {
      if (body.status !== 'RUNNING') note(ends, body.executionArn, body.status);
      response.end();
    } else call(decodeURIComponent(String(request.url)), body, response);
  });
  const call = (
    path: string,
    body: { id: string; n: number; index?: number; token?: string },
    response: ServerResponse,
  ) => {
    if (path.includes('silent')) return;
    const isFirst = !answers.has(body.id);
    number++;
    if (body.token === undefined) note(answers, body.id, number);
    if (body.token !== undefined) asked.set(body.token, JSON.stringify(`said ${body.n}`));
    const error =
      path.includes('double') && isFirst ? 'Flaky' : path.includes('/one') && body.index === 2 ? 'Second' : '';
    if (error) {
      response.setHeader('x-amz-function-error', 'Unhandled');
      response.end(JSON.stringify({ errorType: error, errorMessage: answerMark(number) }));
    } else response.end(JSON.stringify({ value: body.n * 2, mark: answerMark(number) }));
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    answers,
    asked,
    ends,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
