import type { ServerResponse } from 'node:http';
import { type KubeObject, listAt, textAt } from './kube-object.ts';
import { badRequest, StatusError } from './status-error.ts';

/** What `kubectl logs` asks for; the names are the API's. */
export interface PodLogOptions {
  container: string;
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  /** Only the last so many lines. */
  tailLines?: number;
  /** Only what was logged within so many seconds before now. */
  sinceSeconds?: number;
  sinceTime?: Date;
  /** Aborted when the reader has gone: a followed log ends then. */
  signal: AbortSignal;
}

/**
 * Yields a pod's log as text (whole lines or pieces of them), newest last. With `follow` it goes on until `signal`. The
 * kubelet stand-in registers one; undefined means that it does not run this pod.
 */
export type LogProvider = (
  namespace: string,
  pod: string,
  options: PodLogOptions,
) => AsyncIterable<string> | Iterable<string> | undefined;

/** Streams a pod's log as `text/plain`. Errors: 400 for an unknown container or a pod that has not started. */
export async function answerPodLog(
  pod: KubeObject,
  query: URLSearchParams,
  provider: LogProvider | undefined,
  response: ServerResponse,
): Promise<void> {
  const { name, namespace = '' } = pod.metadata;
  const containers = listAt(pod, 'spec', 'containers').map((container) => textAt(container, 'name'));
  const asked = query.get('container');
  if (asked === null && containers.length > 1) {
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]`);
  }
  const container = asked ?? containers[0] ?? '';
  if (!containers.includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);

  const reader = new AbortController();
  response.on('close', () => reader.abort());
  const lines = provider?.(namespace, name, {
    container,
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    ...wholeNumber(query, 'tailLines'),
    ...wholeNumber(query, 'sinceSeconds'),
    ...(query.get('sinceTime') ? { sinceTime: new Date(query.get('sinceTime') ?? '') } : {}),
    signal: reader.signal,
  });
  if (!lines) throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ContainerCreating`);

  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  try {
    for await (const text of lines) {
      if (!response.write(text)) await drained(response, reader.signal);
      if (reader.signal.aborted) break;
    }
  } catch (error) {
    if (!reader.signal.aborted) throw new StatusError(500, 'InternalError', String(error));
  }
  response.end();
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function wholeNumber(query: URLSearchParams, name: 'tailLines' | 'sinceSeconds'): Partial<PodLogOptions> {
  const value = Number(query.get(name) ?? Number.NaN);
  return Number.isInteger(value) && value >= 0 ? { [name]: value } : {};
}

const isTrue = (value: string | null): boolean => value === 'true' || value === '1';
