import type { z } from 'zod';
import { type ApiError, apiErrorSchema } from '../../contracts/api/errors.ts';
import { type Milliseconds, milliseconds, seconds } from '../../contracts/duration.ts';
import { CliError, exitCodes, refusedBy, unreachable } from '../exit.ts';
import type { World } from '../world.ts';
import type { Connection } from './connection.ts';

export interface GetOptions {
  /** Budget of one attempt; 15 s without it. */
  readonly within?: Milliseconds;
}

export interface PostOptions extends GetOptions {
  /** Makes a repetition of this request harmless, so that it is repeated when no answer came (`Idempotency-Key`). */
  readonly key?: string;
}

/** The API of Sluice. Every failure is a `CliError` with its exit code. */
export interface Api {
  readonly connection: Connection;
  get<Schema extends z.ZodType>(path: string, schema: Schema, options?: GetOptions): Promise<z.output<Schema>>;
  post<Schema extends z.ZodType>(
    path: string,
    body: object,
    schema: Schema,
    options?: PostOptions,
  ): Promise<z.output<Schema>>;
}

const usualBudget = seconds(15);
const pausesBetweenAttempts = [milliseconds(300), milliseconds(1_000)];

export function createApi(world: World, connection: Connection): Api {
  const ask = async <Schema extends z.ZodType>(
    method: 'GET' | 'POST',
    path: string,
    schema: Schema,
    { body, key, within = usualBudget }: PostOptions & { body?: object } = {},
  ): Promise<z.output<Schema>> => {
    const url = new URL(`${connection.url}${connection.proof.entryPoint}${path}`);
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = await connection.proof.prove({
      method,
      url,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: text,
    });
    const { status, answer } = await send(world, connection, url, {
      method,
      headers: { ...headers },
      redirect: 'error',
      signal: AbortSignal.timeout(within),
      ...(body === undefined ? {} : { body: text }),
    });
    const document = parseJson(answer);
    if (status >= 200 && status < 300) {
      const parsed = schema.safeParse(document);
      if (parsed.success) return parsed.data;
      const problem = parsed.error.issues[0];
      throw new CliError(
        'UnexpectedAnswer',
        exitCodes.failed,
        `${method} ${path} got an answer that this sluice does not understand (${problem?.path.join('.')}: ${problem?.message}).`,
        'The command and the server may have different versions.',
      );
    }
    throw refusalOf(connection, `${method} ${path}`, status, apiErrorSchema.safeParse(document).data);
  };

  return {
    connection,
    get: (path, schema, options) => ask('GET', path, schema, options),
    async post(path, body, schema, options = {}) {
      for (const pause of options.key === undefined ? [] : pausesBetweenAttempts) {
        try {
          return await ask('POST', path, schema, { body, ...options });
        } catch (error) {
          if (!(error instanceof CliError) || error.exitCode !== exitCodes.unreachable) throw error;
          await world.pause(pause, new AbortController().signal);
        }
      }
      return ask('POST', path, schema, { body, ...options });
    },
  };
}

async function send(world: World, { url, source }: Connection, address: URL, init: RequestInit) {
  try {
    const answer = await world.fetch(address, init);
    return { status: answer.status, answer: await answer.text() };
  } catch (error) {
    throw unreachable(
      `Sluice at ${url} (${source}) did not answer: ${whyOf(error)}.`,
      'Check that it runs and that the address is right. For the sandbox: npm start',
      error,
    );
  }
}

/** What fetch alone has a code for. */
const codes: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer broke off',
};

/** fetch says "fetch failed" and keeps the reason in a cause, sometimes of several. */
function whyOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'for no reason that is known';
  if ('name' in error && error.name === 'TimeoutError') return 'no answer in time';
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return codes[error.code] ?? error.code;
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) return whyOf(error.errors[0]);
  if ('cause' in error && error.cause !== undefined) return whyOf(error.cause);
  return 'message' in error ? String(error.message) : 'for no reason that is known';
}

function refusalOf(
  { url, source, proof }: Connection,
  asked: string,
  status: number,
  answer: ApiError | undefined,
): CliError {
  if (answer === undefined) {
    // API Gateway speaks for its authorisers and its throttles.
    if (status === 401 || status === 403) {
      return refusedBy('NotAllowed', `${url} (${source}) did not let ${asked} in (${status}).`, proof.advice);
    }
    if (status === 429) return unreachable(`${url} is asked too often at the moment.`, 'Try again in a moment.');
    const what = `${url} (${source}) answered ${asked} with ${status} and nothing that Sluice says`;
    return unreachable(`${what}.`, 'Is this the address of Sluice?');
  }
  const { name, message, problems = [] } = answer.error;
  const listed = problems.map((problem) => `${problem.path || 'the request'}: ${problem.message}`).join('\n');
  if (status === 400 || status === 404) {
    // A mistyped id, or one of another installation: the list is the next place to look.
    const list =
      status === 404 && asked.includes(' /api/operations/') ? 'To list all operations: sluice operations' : null;
    return new CliError(name, exitCodes.usage, message, listed || list);
  }
  if (status === 401) return refusedBy(name, message, proof.advice);
  // Known, and still not allowed: other keys or tokens would not help.
  if (status === 403) return refusedBy(name, message);
  if (status >= 500) {
    const bug = name === 'InternalError';
    return new CliError(
      name,
      bug ? exitCodes.failed : exitCodes.unreachable,
      message,
      bug ? null : 'Try again in a moment.',
    );
  }
  return refusedBy(name, message, listed || null);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
