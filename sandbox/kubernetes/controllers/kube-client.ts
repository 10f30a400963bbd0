import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { KubeObject } from './objects.ts';
import { pathOf, type ResourceType, resources } from './resources.ts';

/** Where an API server is and how to be let in. */
export interface Cluster {
  /** `https://127.0.0.1:4443` */
  endpoint: string;
  /** PEM of the authority that the server's certificate comes from. */
  ca?: string;
  token?: string;
  /** PEM of a client certificate and its key, where that is the way in. */
  clientCertificate?: { certificate: string; key: string };
}

/** An answer of the API server that is no success. `status` is HTTP's, `reason` Kubernetes' (`NotFound`, `Conflict`). */
export class KubeError extends Error {
  override name = 'KubeError';
  readonly status: number;
  readonly reason: string;

  constructor(method: string, path: string, status: number, body: string) {
    const { reason = '', message = body } = parseStatus(body);
    super(`${method} ${path} was answered with ${status} ${reason}: ${message.slice(0, 500)}`);
    this.status = status;
    this.reason = reason;
  }
}

/** Whether the error says that the object, or the whole kind, is not there. */
export const isNotFound = (error: unknown): boolean => error instanceof KubeError && error.status === 404;
/** Whether the error says that somebody else wrote in between, or created it first. */
export const isConflict = (error: unknown): boolean => error instanceof KubeError && error.status === 409;

/** Milliseconds after which a watch counts as dead: servers send a bookmark about once a minute. */
const longestSilence = 150_000;

interface Place {
  namespace?: string | undefined;
  name: string;
  subresource?: 'status' | 'scale';
}

/** A small client of the Kubernetes API over plain HTTPS. Every method throws KubeError for an answer of 400 and above. */
export interface KubeClient {
  get<T>(type: ResourceType, place: Place): Promise<T>;
  list<T>(type: ResourceType, namespace?: string): Promise<{ items: T[]; resourceVersion: string }>;
  create<T extends KubeObject>(type: ResourceType, object: T, manager?: string): Promise<T>;
  /** JSON merge patch (RFC 7396). With `metadata.resourceVersion` in the patch it is refused after another's write. */
  patch<T>(type: ResourceType, place: Place, patch: object, manager?: string): Promise<T>;
  remove(type: ResourceType, place: Place, options?: object): Promise<void>;
  /** Has a pod run on a node, as a scheduler does. Errors: 409 when it has one already. */
  bind(pod: Omit<Place, 'subresource'>, node: string): Promise<void>;
  /** The raw answer to a GET, for discovery. */
  read<T>(path: string): Promise<T>;
  /** Opens a stream of lines; `onLine` gets each. Resolves when the server ends it. */
  stream(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Connects to nothing yet: connections are made with the requests and kept alive. */
export function createKubeClient({ endpoint, ca, token, clientCertificate }: Cluster): KubeClient {
  const secure = endpoint.startsWith('https:');
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const options: RequestOptions & { ca?: string; cert?: string; key?: string } = {
    agent,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate.certificate, key: clientCertificate.key }),
  };

  const open = (method: string, path: string, body?: object, contentType = 'application/json', signal?: AbortSignal) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        accept: 'application/json',
        'user-agent': 'sluice-sandbox-controllers',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
      };
      const send = secure ? httpsRequest : httpRequest;
      const outgoing = send(
        `${endpoint}${path}`,
        { ...options, method, headers, ...(signal ? { signal } : {}) },
        resolve,
      );
      outgoing.once('error', reject);
      outgoing.end(text);
    });

  const call = async <T>(method: string, path: string, body?: object, contentType?: string): Promise<T> => {
    const answer = await open(method, path, body, contentType);
    const text = await textOf(answer);
    const status = answer.statusCode ?? 0;
    if (status >= 400) throw new KubeError(method, path, status, text);
    // The server validates what it stores: an object of this kind has this shape.
    return JSON.parse(text) as T;
  };

  return {
    read: (path) => call('GET', path),
    get: (type, place) => call('GET', pathOf(type, place)),
    async list<T>(type: ResourceType, namespace?: string) {
      type List = { items: Partial<KubeObject>[]; metadata: { resourceVersion: string } };
      const { items, metadata } = await call<List>('GET', pathOf(type, { namespace }));
      const kind = { apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`, kind: type.kind };
      // Items of a list do not name their kind, but they are whole objects of it.
      return { items: items.map((item) => ({ ...kind, ...item }) as T), resourceVersion: metadata.resourceVersion };
    },
    create: (type, object, manager) =>
      call('POST', by(manager, pathOf(type, { namespace: object.metadata.namespace })), object),
    patch: (type, place, patch, manager) =>
      call('PATCH', by(manager, pathOf(type, place)), patch, 'application/merge-patch+json'),
    async bind({ namespace, name }, node) {
      const target = { apiVersion: 'v1', kind: 'Node', name: node };
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target };
      await call('POST', pathOf(resources.pods, { namespace, name, subresource: 'binding' }), binding);
    },
    async remove(type, place, body) {
      await call('DELETE', pathOf(type, place), body);
    },
    async stream(path, onLine, signal) {
      const answer = await open('GET', path, undefined, undefined, signal);
      const status = answer.statusCode ?? 0;
      if (status >= 400) throw new KubeError('GET', path, status, await textOf(answer));
      answer.setEncoding('utf8');
      answer.setTimeout(longestSilence, () => answer.destroy(new Error('the watch has fallen silent')));
      let rest = '';
      for await (const chunk of answer as AsyncIterable<string>) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') onLine(line);
      }
    },
    close: () => agent.destroy(),
  };
}

/** A write in the name of a field manager. */
const by = (manager: string | undefined, path: string): string =>
  manager === undefined ? path : `${path}?fieldManager=${encodeURIComponent(manager)}`;

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parseStatus(body: string): { reason?: string; message?: string } {
  try {
    // A Kubernetes `Status`; anything else has neither field.
    return JSON.parse(body) as { reason?: string; message?: string };
  } catch {
    return {};
  }
}
