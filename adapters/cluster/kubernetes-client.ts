import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { type CallOptions, callDependency } from '../shared/call-dependency.ts';
import { refused, unavailable } from '../shared/dependency-errors.ts';
import { askHttp, type HttpAnswer, type HttpQuestion } from '../shared/http.ts';
import type { ClusterAccess } from './cluster-access.ts';
import type { ClusterAddress } from './describe-cluster.ts';

/** A patch either took effect or met a newer object: the caller reads again and decides again, never blindly. */
export type PatchOutcome<T> = { kind: 'patched'; object: T } | { kind: 'conflict'; message: string };
export type CreateOutcome<T> = { kind: 'created'; object: T } | { kind: 'already-exists' };

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

export interface ListOptions extends CallOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/**
 * The few verbs of the Kubernetes API that Sluice needs, by path: no discovery, no 2 MB client (DESIGN §8). `T` is the
 * caller's knowledge of the kind behind the path; answers of the API server are believed.
 *
 * Errors: DependencyUnavailable (network, deadline, 429, 5xx), DependencyRefused (any other 4xx, with the API's message).
 */
export interface KubernetesClient {
  /** The object, or null when there is none. */
  get<T>(path: string, options?: CallOptions): Promise<T | null>;
  /** Every item, page by page. A namespace that does not exist has none. */
  list<T>(path: string, options?: ListOptions): Promise<T[]>;
  /** RFC 7386. Put `metadata.resourceVersion` into the patch to make it conditional. */
  mergePatch<T>(path: string, patch: object, options?: CallOptions): Promise<PatchOutcome<T>>;
  /** RFC 6902. A failed `test` is DependencyRefused with status 422. */
  jsonPatch<T>(path: string, patch: readonly JsonPatchOperation[], options?: CallOptions): Promise<PatchOutcome<T>>;
  create<T>(path: string, object: object, options?: CallOptions): Promise<CreateOutcome<T>>;
  delete(path: string, options?: CallOptions): Promise<'deleted' | 'absent'>;
  /** Plain text: the logs of a pod. Null when there is no such pod. */
  getText(path: string, options?: CallOptions): Promise<string | null>;
  /** Ends the kept connections. */
  close(): Promise<void>;
}

const pageSize = 500;

/** What a client may be told. */
export interface KubernetesClientOptions {
  /** Budget of one call when the caller names none: 5 s without it. */
  readonly within?: Milliseconds;
  /** Told of each `Warning` that the API server sends along: a field that was left out, an API that will be removed. Each text once. */
  readonly onWarning?: (warning: ApiWarning) => void;
}

/** What the API server has to say about a request that it took. */
export interface ApiWarning {
  readonly cluster: string;
  /** `PATCH /apis/…` */
  readonly attempted: string;
  readonly text: string;
}

/** Writes are strict: a field that the kind does not have is refused (400, 422) instead of left out. */
export function createKubernetesClient(access: ClusterAccess, options: KubernetesClientOptions = {}): KubernetesClient {
  const defaultWithin = options.within ?? seconds(5);
  const warned = new Set<string>();
  let pool: { readonly agent: PlainAgent; readonly ca: string | null } | null = null;

  const poolFor = ({ endpoint, ca }: ClusterAddress): PlainAgent => {
    if (pool !== null && pool.ca === ca) return pool.agent;
    // A connection that nobody used for a minute is given up: whoever is between may have forgotten it.
    const kept = { keepAlive: true, timeout: 60_000, maxSockets: 8 };
    const tls = ca === null ? kept : { ...kept, ca };
    pool = { ca, agent: endpoint.startsWith('https:') ? new Agent(tls) : new PlainAgent(kept) };
    return pool.agent;
  };

  const send = async (method: HttpQuestion['method'], path: string, asked: Ask): Promise<HttpAnswer> => {
    const attempted = `${method} ${path}`;
    const call = {
      dependency: `Kubernetes ${access.name}`,
      attempted,
      within: asked.within ?? defaultWithin,
      ...(asked.signal ? { signal: asked.signal } : {}),
    };
    return callDependency({ ...call, retry: method === 'GET' ? 'safe' : 'never' }, async (signal) => {
      let answer = await sendOnce(method, path, asked, signal);
      if (answer.status === 401) {
        // An outdated token changed nothing yet, so that even a write may be sent again.
        access.forgetToken();
        answer = await sendOnce(method, path, asked, signal);
      }
      const { status } = answer;
      for (const text of warningsOf(answer)) {
        if (warned.has(text)) continue;
        warned.add(text);
        options.onWarning?.({ cluster: access.name, attempted, text });
      }
      if (status < 400 || status === 404 || (status === 409 && method !== 'GET')) return answer;
      const reason = `${status} ${statusMessage(answer)}`;
      throw status === 429 || status >= 500 ? unavailable({ ...call, reason }) : refused({ ...call, status, reason });
    });
  };

  const sendOnce = async (method: HttpQuestion['method'], path: string, asked: Ask, signal: AbortSignal) => {
    const [address, token] = await Promise.all([access.address(), access.token()]);
    const asking = askHttp({
      method,
      url: address.endpoint.replace(/\/$/, '') + path,
      agent: poolFor(address),
      signal,
      maxBytes: 64 * 1024 * 1024,
      headers: {
        authorization: `Bearer ${token}`,
        accept: asked.accept ?? 'application/json',
        ...(asked.contentType === undefined ? {} : { 'content-type': asked.contentType }),
      },
      ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
    });
    // Any HTTP status proves that the address is right.
    asking.catch(access.doubtAddress);
    return asking;
  };

  const patch = async <T>(path: string, contentType: string, body: object, asked: CallOptions = {}) => {
    const answer = await send('PATCH', strict(path), { ...asked, contentType, body });
    if (answer.status === 404) throw missing(`PATCH ${path}`, answer);
    if (answer.status === 409) return { kind: 'conflict', message: statusMessage(answer) } as const;
    return { kind: 'patched', object: parse<T>(answer) } as const;
  };

  const missing = (attempted: string, answer: HttpAnswer) =>
    refused({
      dependency: `Kubernetes ${access.name}`,
      attempted,
      status: answer.status,
      reason: statusMessage(answer),
    });

  return {
    async get<T>(path: string, asked: CallOptions = {}) {
      const answer = await send('GET', path, asked);
      return answer.status === 404 ? null : parse<T>(answer);
    },
    async list<T>(path: string, asked: ListOptions = {}) {
      const items: T[] = [];
      let continueToken: string | undefined;
      do {
        const page = await send('GET', withQuery(path, asked, continueToken), asked);
        if (page.status === 404) return items;
        const list = parse<{ items: T[]; metadata?: { continue?: string } }>(page);
        items.push(...list.items);
        continueToken = list.metadata?.continue;
      } while (continueToken);
      return items;
    },
    mergePatch: <T>(path: string, body: object, asked?: CallOptions) =>
      patch<T>(path, 'application/merge-patch+json', body, asked),
    jsonPatch: <T>(path: string, operations: readonly JsonPatchOperation[], asked?: CallOptions) =>
      patch<T>(path, 'application/json-patch+json', operations, asked),
    async create<T>(path: string, object: object, asked: CallOptions = {}) {
      const answer = await send('POST', strict(path), { ...asked, contentType: 'application/json', body: object });
      if (answer.status === 404) throw missing(`POST ${path}`, answer);
      return answer.status === 409 ? { kind: 'already-exists' } : { kind: 'created', object: parse<T>(answer) };
    },
    async delete(path, asked = {}) {
      const answer = await send('DELETE', path, asked);
      if (answer.status === 409) throw missing(`DELETE ${path}`, answer);
      return answer.status === 404 ? 'absent' : 'deleted';
    },
    async getText(path, asked = {}) {
      const answer = await send('GET', path, { ...asked, accept: 'text/plain, */*' });
      return answer.status === 404 ? null : answer.body.toString('utf8');
    },
    async close() {
      pool?.agent.destroy();
      pool = null;
    },
  };
}

interface Ask extends CallOptions {
  readonly contentType?: string;
  readonly accept?: string;
  readonly body?: object;
}

const strict = (path: string): string => `${path}${path.includes('?') ? '&' : '?'}fieldValidation=Strict`;

/** The texts of `Warning` headers (RFC 7234: code, agent, quoted text), which Node joins with commas. */
function warningsOf({ headers }: HttpAnswer): string[] {
  const { warning = '' } = headers;
  return [...String(warning).matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  );
}

function withQuery(path: string, asked: ListOptions, continueToken: string | undefined): string {
  const query = new URLSearchParams({ limit: String(pageSize) });
  if (asked.labelSelector !== undefined) query.set('labelSelector', asked.labelSelector);
  if (asked.fieldSelector !== undefined) query.set('fieldSelector', asked.fieldSelector);
  if (continueToken) query.set('continue', continueToken);
  return `${path}?${query}`;
}

function parse<T>(answer: HttpAnswer): T {
  try {
    // The API server answers what its schemas say; T is the caller's knowledge of the kind behind the path.
    return JSON.parse(answer.body.toString('utf8')) as T;
  } catch (cause) {
    const reason = `not JSON: ${answer.body.toString('utf8').slice(0, 100)}`;
    throw unavailable({ dependency: 'Kubernetes', attempted: 'reading its answer', reason, cause });
  }
}

/** The message of a `Status` object, or the beginning of whatever came. */
function statusMessage(answer: HttpAnswer): string {
  const text = answer.body.toString('utf8');
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status === 'object' && status !== null && 'message' in status) return String(status.message);
  } catch {
    // not JSON: a proxy's page
  }
  return text.slice(0, 200);
}
