import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { HealthCheck } from '../../contracts/configuration/health.ts';
import { type Milliseconds, milliseconds } from '../../contracts/duration.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { callDependency } from '../shared/call-dependency.ts';
import { askHttp } from '../shared/http.ts';

/** One request that a healthy release answers as expected. A redirect is not followed. */
export type ProbeCheck = Pick<
  HealthCheck,
  'name' | 'method' | 'path' | 'headers' | 'body' | 'bodyFile' | 'status' | 'within'
>;

export type ProbeOutcome =
  | { ok: true; status: number; duration: Milliseconds }
  | { ok: false; reason: string; duration: Milliseconds };

export interface ProbeOptions {
  /** The operation that asks; it is in the header `x-sluice-probe`, by which services tell probes from customers. */
  readonly operation: string;
  /** More headers, as `host` where one address serves several. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Asks a running release how it is. Never throws: not answering is an answer. */
export interface Prober {
  probe(baseUrl: string, check: ProbeCheck, options: ProbeOptions): Promise<ProbeOutcome>;
}

export const probeHeader = 'x-sluice-probe';

export interface ProberOptions {
  /** Folder that a check's `bodyFile` is in. A check with one fails without it: a probe without its body proves nothing. */
  readonly bodyFolder?: string;
}

/** A prober that opens a connection per probe, as a new customer would: a kept one would always meet the same pod. */
export function createProber(options: ProberOptions = {}): Prober {
  return {
    async probe(baseUrl, check, { operation, headers, signal }) {
      const started = performance.now();
      const elapsed = () => milliseconds(Math.round(performance.now() - started));
      const { method, path, status: wanted, within } = check;
      try {
        const body = await bodyOf(check, options.bodyFolder);
        const url = new URL(path.replace(/^\//, ''), baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
        const call = {
          dependency: check.name,
          attempted: `${method} ${url.href}`,
          within,
          ...(signal ? { signal } : {}),
        };
        const status = await callDependency({ ...call, retry: 'never' }, async (ending) => {
          // The answer counts once it is here completely: a release that stalls in the middle is not healthy.
          const answer = await askHttp({
            url,
            agent: false,
            method,
            signal: ending,
            headers: {
              ...(body === null
                ? {}
                : { 'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream' }),
              ...check.headers,
              ...headers,
              [probeHeader]: operation,
            },
            ...(body === null ? {} : { body }),
          });
          return answer.status;
        });
        if (status === wanted) return { ok: true, status, duration: elapsed() };
        return { ok: false, reason: `${call.attempted} answered ${status}, not ${wanted}`, duration: elapsed() };
      } catch (error) {
        return { ok: false, reason: error instanceof Error ? error.message : String(error), duration: elapsed() };
      }
    },
  };
}

/** Text as it is, other JSON as JSON, a file as its bytes; those of a `.json` file as text. */
async function bodyOf({ body, bodyFile }: ProbeCheck, folder: string | undefined): Promise<string | Buffer | null> {
  if (typeof body === 'string') return body;
  if (body !== undefined) return JSON.stringify(body);
  if (bodyFile === undefined) return null;
  if (folder === undefined)
    throw new InvalidInput(`the check's bodyFile ${bodyFile} was not deployed with the function`);
  const bytes = await readFile(join(folder, bodyFile));
  return bodyFile.endsWith('.json') ? bytes.toString('utf8') : bytes;
}
