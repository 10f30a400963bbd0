import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { run } from '../../../cli/run.ts';
import type { World } from '../../../cli/world.ts';
import type { ApiOperation } from '../../../contracts/api/operation.ts';
import type { ApiService } from '../../../contracts/api/service.ts';
import { instant, parseInstant } from '../../../contracts/instant.ts';

/** What the fake server was asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** An answer, or one for each time that it is asked (the last one from then on). */
type Answer = { readonly status?: number; readonly body: unknown } | readonly { status?: number; body: unknown }[];

export interface FakeSluice {
  readonly url: string;
  readonly asked: Asked[];
  /** By `METHOD /path`. */
  readonly answers: Map<string, Answer>;
  close(): Promise<void>;
}

/** A server that answers what it is told, and 404 in the API's own form else. */
export async function startFakeSluice(): Promise<FakeSluice> {
  const asked: Asked[] = [];
  const answers = new Map<string, Answer>();
  const times = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    asked.push({ method, path: url, headers, body: text === '' ? null : JSON.parse(text) });
    const key = `${method} ${url.replace(/\?.*$/, '')}`;
    const known = answers.get(key);
    const time = times.get(key) ?? 0;
    times.set(key, time + 1);
    const answer = isList(known) ? known[Math.min(time, known.length - 1)] : known;
    const { status = 200, body } = answer ?? refusal(404, 'NotFound', `There is no ${key}.`);
    // A file is sent as it is.
    if (Buffer.isBuffer(body)) response.writeHead(status, { 'content-type': 'application/gzip' }).end(body);
    else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const isList = (answer: Answer | undefined): answer is Extract<Answer, readonly unknown[]> => Array.isArray(answer);

export const refusal = (status: number, name: string, message: string, problems?: object[]) => ({
  status,
  body: { error: { name, message, ...(problems ? { problems } : {}) } },
});

/** What a test may change about the world. */
export interface TestWorld extends Partial<World> {
  /** Files by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Runs one command line in a world of its own; a pause passes at once and moves the clock. */
export async function runSluice(words: readonly string[], { files = {}, ...changes }: TestWorld = {}) {
  const printed = { out: '', err: '' };
  let now: number = parseInstant('2026-11-23T09:00:00Z');
  const exitCode = await run(words, {
    env: {},
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    clearLines: (count) => {
      printed.out += `<clear ${count}>`;
    },
    terminal: null,
    now: () => instant(now),
    pause: async (duration) => {
      now += duration;
    },
    onInterrupt: () => () => undefined,
    fetch,
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return text;
    },
    writeFile: async () => undefined,
    appendFile: async () => undefined,
    runProgram: async () => {
      throw Object.assign(new Error('spawn kubectl ENOENT'), { code: 'ENOENT' });
    },
    newId: () => 'new-id',
    ...changes,
  });
  if (exitCode === 0) await expectDocumented(words, printed.out);
  return { exitCode, ...printed };
}

/** What is printed as JSON is of the form that is published for the command, and has nothing in it that is not. @throws {Error} otherwise. */
async function expectDocumented(words: readonly string[], out: string): Promise<void> {
  const { jsonDocuments } = await import('../../../cli/json-documents.ts');
  const at = words.findIndex((word) => word === '--output' || word === '-o');
  if (at < 0 || words[at + 1] !== 'json') return;
  const command = [2, 1].map((count) => words.slice(0, count).join(' ')).find((name) => name in jsonDocuments);
  if (command === undefined) throw new Error(`sluice ${words.join(' ')} prints JSON of no published form.`);
  const printed: unknown = JSON.parse(out);
  const read = jsonDocuments[command]?.safeParse(printed);
  if (!read?.success) throw new Error(`sluice ${command}: ${read?.error.message}`);
  if (!isDeepStrictEqual(read.data, printed))
    throw new Error(`sluice ${command} prints what its schema does not have.`);
}

/** A deployment as the API shows it. */
export const operationOf = (changes: Partial<ApiOperation> = {}): ApiOperation => ({
  id: 'op1',
  kind: 'deployment',
  service: 'shop',
  actor: 'ana@example.com',
  release: { version: 'v2.1.0', commit: 'c0ffee', digest: 'sha256:ab' },
  state: 'shifting-traffic',
  outcome: null,
  reason: null,
  startedAt: '2026-11-23T09:00:00.000Z',
  endedAt: null,
  origin: 'blue',
  target: 'green',
  weights: null,
  checks: [],
  desired: null,
  related: null,
  pausedBecause: null,
  abort: null,
  waiting: null,
  next: null,
  diagnosis: [],
  timeline: [],
  approvals: null,
  ...changes,
});

export const serviceOf = (changes: Partial<ApiService> = {}): ApiService => ({
  name: 'shop',
  repository: 'example/shop',
  host: 'shop.example.com',
  active: 'blue',
  environments: {
    blue: { version: 'v2.0.5', digest: 'sha256:cd', weight: 100, ready: 3, health: 'healthy', reason: null },
    green: { version: null, digest: null, weight: 0, ready: 0, health: 'absent', reason: 'Nothing is deployed.' },
  },
  lock: { holder: null, kind: null, epoch: 4, acquiredAt: null, deadline: null },
  candidate: null,
  inProgress: [],
  holds: [],
  frozen: null,
  windows: null,
  contacts: [],
  links: [],
  problem: null,
  ...changes,
});
