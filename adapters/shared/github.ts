import { Octokit } from '@octokit/core';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { InvalidInput, SluiceError } from '../../contracts/errors.ts';
import { type CallOptions, callDependency, describeCause } from './call-dependency.ts';
import { refused, unavailable } from './dependency-errors.ts';

export interface GitHubOptions {
  /** Base of the REST API; GitHub's own, `https://api.github.com`, without it. */
  readonly baseUrl?: string;
  /** Gives the token for each request; its own caching is its affair (adapters/secrets keeps one for 5 minutes). */
  readonly token: () => Promise<string>;
  /** Budget of one call, retries of reads included. 10 s without it. */
  readonly within?: Milliseconds;
}

interface Asked extends CallOptions {
  /** What is attempted, in words for a person. */
  readonly attempted: string;
  readonly retry: 'safe' | 'never';
}

/** GitHub's REST API: octokit inside a deadline, with its errors turned into ours. */
export interface GitHub {
  readonly baseUrl: string;
  readonly token: () => Promise<string>;
  /** `request` has to be passed on to each octokit request: it carries the deadline. */
  call<T>(asked: Asked, work: (octokit: Octokit, request: { signal: AbortSignal }) => Promise<T>): Promise<T>;
}

export function createGitHub(options: GitHubOptions): GitHub {
  const { token, baseUrl = 'https://api.github.com', within = seconds(10) } = options;
  const octokit = new Octokit({ baseUrl, userAgent: 'sluice', log: silent });
  octokit.hook.before('request', async (request) => {
    request.headers.authorization = `Bearer ${await token()}`;
    request.headers['x-github-api-version'] = '2022-11-28';
  });
  octokit.hook.after('request', (response, { method, url }) => {
    // Octokit hands on as text what is no whole JSON; read as an object, every field of it would be undefined.
    const isJson = /\bjson\b/.test(response.headers['content-type'] ?? '');
    if (!isJson || typeof response.data !== 'string') return;
    throw unavailable({
      dependency: 'GitHub',
      attempted: `${method} ${url}`,
      reason: 'its answer ended in the middle',
    });
  });
  return {
    baseUrl,
    token,
    call: (asked, work) =>
      callDependency({ dependency: 'GitHub', within, ...asked }, async (signal) => {
        try {
          return await work(octokit, { signal });
        } catch (error) {
          throw translateGitHubError(error, asked.attempted);
        }
      }),
  };
}

/** Octokit says nothing by itself: what is told of a request is in its error. */
export const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The HTTP status of octokit's error, null for anything else. Octokit gives network failures the status 500. */
export function gitHubStatus(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
}

/** What a request answered, or null when GitHub knows no such thing: 404, or what else it says to that request then. */
export async function orNull<T>(request: Promise<T>, unknown: readonly number[] = [404]): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    const status = gitHubStatus(error);
    if (status !== null && unknown.includes(status)) return null;
    throw error;
  }
}

/** Octokit's error as ours: refused, or unavailable where another time may do. */
export function translateGitHubError(error: unknown, attempted: string): Error {
  if (error instanceof SluiceError) return error;
  const status = gitHubStatus(error);
  const reason = describeCause(error);
  // GitHub's rate limits answer 403 as well as 429.
  const passing = status === null || status >= 500 || status === 429 || (status === 403 && /rate limit/i.test(reason));
  const failure = { dependency: 'GitHub', attempted, reason: status === null ? reason : `${status} ${reason}` };
  return passing ? unavailable({ ...failure, cause: error }) : refused({ ...failure, status });
}

/** Splits `example/chest-xray-mlops`. */
export function ownerAndName(repository: string): { owner: string; repo: string } {
  const [owner, repo, more] = repository.split('/');
  if (!owner || !repo || more !== undefined) throw new InvalidInput(`not a repository like owner/name: ${repository}`);
  return { owner, repo };
}

/** Most pages of 100 rows of a list that are read. */
const mostPages = 10;

/** All rows of a list. @throws {DependencyRefused} when there are more than can be looked at: what was not seen may be red. */
export async function everyPage<Row>(
  what: string,
  read: (page: { per_page: number; page: number }) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const found = await read({ per_page: 100, page });
    rows.push(...found);
    if (found.length < 100) return rows;
  }
  const reason = `there are more than ${mostPages * 100}, and what is not read may have failed`;
  throw refused({ dependency: 'GitHub', attempted: `list ${what}`, reason });
}
