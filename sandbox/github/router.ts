import { STATUS_CODES } from 'node:http';
import type { z } from 'zod';
import type { ServiceAnswer, ServiceRequest } from '../aws/listener.ts';

/** An error in GitHub's own words and shape. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;

  constructor(status: number, message: string, errors?: readonly unknown[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export const notFound = (): GitHubError => new GitHubError(404, 'Not Found');

/** A request that matched a route, with its decoded path parameters. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly path: string;
  readonly body: unknown;
  /** Login of whoever holds the token. */
  readonly login: string;
}

/** An answer of 200 unless it says otherwise; `json` undefined is an empty body. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

export type RouteHandler = (call: Call) => Reply | Promise<Reply>;

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: RouteHandler;
}

/** `{name}` matches one path segment and `{name+}` several; a slash may also come encoded, as octokit sends it. */
export function route(method: string, template: string, handle: RouteHandler): Route {
  const source = template
    .replace(/[.]/g, '\\.')
    .replace(/\{(\w+)(\+?)\}/g, (_, name: string, many: string) => `(?<${name}>${many ? '.+' : '[^/]+'})`);
  return { method, pattern: new RegExp(`^${source}$`), handle };
}

/** Finds and runs the first route that matches; `GitHubError` becomes GitHub's error document. */
export async function dispatch(
  routes: readonly Route[],
  request: ServiceRequest,
  login: string,
): Promise<ServiceAnswer> {
  try {
    for (const { method, pattern, handle } of routes) {
      const match = method === request.method ? pattern.exec(request.path) : null;
      if (match === null) continue;
      const params = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]),
      );
      return toAnswer(
        await handle({ params, query: request.query, path: request.path, body: parseJson(request.body), login }),
      );
    }
    throw notFound();
  } catch (error) {
    if (error instanceof GitHubError) return errorAnswer(error);
    if (error instanceof URIError) return errorAnswer(notFound());
    throw error;
  }
}

export const jsonHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'x-github-media-type': 'github.v3; format=json',
};

function toAnswer(reply: Reply): ServiceAnswer {
  const status = reply.status ?? 200;
  if (reply.json === undefined) return { status, headers: { ...reply.headers } };
  return { status, headers: { ...jsonHeaders, ...reply.headers }, body: JSON.stringify(reply.json) };
}

export function errorAnswer(error: GitHubError): ServiceAnswer {
  const json = {
    message: error.message || STATUS_CODES[error.status],
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    documentation_url: 'https://docs.github.com/rest',
    status: String(error.status),
  };
  return { status: error.status, headers: jsonHeaders, body: JSON.stringify(json) };
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new GitHubError(400, 'Problems parsing JSON');
  }
}

/** Reads a body by its schema. @throws GitHubError 422 naming each field, as GitHub does. */
export function parseInput<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => ({
    field: issue.path.join('.'),
    code: issue.code === 'invalid_type' && issue.message.includes('undefined') ? 'missing_field' : 'invalid',
    message: issue.message,
  }));
  const words = errors.map((one) => `"${one.field}": ${one.message}`).join(', ');
  throw new GitHubError(422, `Invalid request.\n\n${words}`, errors);
}

/** One page of `items` by `per_page` (1 to 100, 30 by default) and `page`, with the `Link` header of the others. */
export function page<T>(
  items: readonly T[],
  call: Call,
  endpoint: string,
): { items: readonly T[]; headers: Record<string, string> } {
  const perPage = Math.min(100, Math.max(1, Math.trunc(Number(call.query.get('per_page') ?? 30)) || 30));
  const number = Math.max(1, Math.trunc(Number(call.query.get('page') ?? 1)) || 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams(call.query);
    query.set('per_page', String(perPage));
    query.set('page', String(to));
    return `<${endpoint}${call.path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
    ...(number > 1 ? [link(1, 'first')] : []),
  ];
  const headers: Record<string, string> = links.length > 0 ? { link: links.join(', ') } : {};
  return { items: items.slice((number - 1) * perPage, number * perPage), headers };
}
