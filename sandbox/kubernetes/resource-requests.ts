import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubernetesUser } from './authentication.ts';
import { isJsonObject, textAt } from './kube-object.ts';
import { type DeleteOptions, deleteObject, parseDeleteOptions } from './object-deletion.ts';
import type { ObjectOperations, ObjectTarget, Part, WriteOptions } from './object-operations.ts';
import type { ObjectStore } from './object-store.ts';
import { parsePatch } from './patch-object.ts';
import { answerPodLog, type LogProvider } from './pod-log.ts';
import { acceptedForm, renderList, renderObject, type View } from './representation.ts';
import { contentTypeOf, readBody } from './request-body.ts';
import type { RequestTarget } from './request-target.ts';
import { type Resource, resourceKey } from './resource-table.ts';
import { scaleOf, withScale } from './scale.ts';
import { both, fieldFilter, labelFilter, type ObjectFilter } from './selectors.ts';
import { badRequest, conflict, methodNotAllowed, noContainers, tooLargeVersion, unknownPath } from './status-error.ts';
import type { WatchStreams } from './watch-streams.ts';

export interface ApiDependencies {
  store: ObjectStore;
  operations: ObjectOperations;
  watches: WatchStreams;
  clock: () => Date;
  logProvider: () => LogProvider | undefined;
}

/** One authenticated request for objects of one kind. `user` is for an authoriser that may come. */
export interface ResourceRequest {
  request: IncomingMessage;
  response: ServerResponse;
  query: URLSearchParams;
  user: KubernetesUser;
  resource: Resource;
  target: RequestTarget;
}

export async function answerResourceRequest(api: ApiDependencies, incoming: ResourceRequest): Promise<void> {
  const { resource, target } = incoming;
  if (resource.namespaced ? target.name !== undefined && target.namespace === '' : target.namespace !== '') {
    throw unknownPath();
  }
  if (target.name === undefined) await answerCollection(api, incoming);
  else await answerObject(api, incoming, target.name);
}

async function answerCollection(api: ApiDependencies, incoming: ResourceRequest): Promise<void> {
  const { request, response, query, resource, target } = incoming;
  const view = viewOf(api, incoming);
  const filter = both(labelFilter(query.get('labelSelector')), fieldFilter(query.get('fieldSelector')));
  switch (request.method) {
    case 'GET': {
      if (wantsWatch(query)) return api.watches.start({ view, namespace: target.namespace, filter, query }, response);
      const from = query.get('resourceVersion') ?? '';
      if (Number(from) > api.store.version) throw tooLargeVersion(from, api.store.version);
      if (query.get('continue')) throw badRequest('continue key is not valid: this server answers lists whole');
      return answer(response, 200, renderList(view, selected(api, incoming, filter), String(api.store.version)));
    }
    case 'POST': {
      if (resource.namespaced && target.namespace === '') throw methodNotAllowed();
      const body = await readBody(request);
      const object = await api.operations.create(resource, target.namespace, body, writeOptions(query, response));
      return answer(response, 201, renderObject(view, object));
    }
    case 'DELETE': {
      const options = parseDeleteOptions(await readBody(request), query);
      const objects = selected(api, incoming, filter);
      await Promise.all(objects.map((object) => removeOne(api, resource, object.metadata, options)));
      return answer(response, 200, renderList(view, objects, String(api.store.version)));
    }
    default:
      throw methodNotAllowed();
  }
}

async function answerObject(api: ApiDependencies, incoming: ResourceRequest, name: string): Promise<void> {
  const { request, response, query, resource } = incoming;
  const target: ObjectTarget = { resource, namespace: incoming.target.namespace, name };
  const view = viewOf(api, incoming);
  const { subresource } = incoming.target;
  if (subresource === 'scale' && resource.subresources.includes('scale')) return answerScale(api, incoming, target);
  if (subresource === 'log' && resource.subresources.includes('log')) {
    if (request.method !== 'GET') throw methodNotAllowed();
    return answerPodLog(api.operations.get(target), query, api.logProvider(), response);
  }
  if (subresource === 'binding' && resource.subresources.includes('binding'))
    return answerBinding(api, incoming, target);
  if (resource.plural === 'pods' && subresource !== undefined && intoContainers.has(subresource)) {
    api.operations.get(target);
    throw noContainers(subresource);
  }
  const part = partOf(resource, subresource);
  switch (request.method) {
    case 'GET': {
      if (!wantsWatch(query)) return answer(response, 200, renderObject(view, api.operations.get(target)));
      const filter: ObjectFilter = (object) => object.metadata.name === name;
      return api.watches.start({ view, namespace: target.namespace, filter, query }, response);
    }
    case 'PUT': {
      const object = await api.operations.replace(target, await readBody(request), writeOptions(query, response), part);
      return answer(response, 200, renderObject(view, object));
    }
    case 'PATCH': {
      const patch = parsePatch(contentTypeOf(request), await readBody(request), resource);
      const { object, created } = await api.operations.patch(target, patch, writeOptions(query, response), part);
      return answer(response, created ? 201 : 200, renderObject(view, object));
    }
    case 'DELETE': {
      if (subresource !== undefined) throw methodNotAllowed();
      const options = parseDeleteOptions(await readBody(request), query);
      const deletion = await deleteObject(api.store, target, options, api.clock());
      if (deletion.kind === 'waiting') return answer(response, 200, renderObject(view, deletion.object));
      const { uid } = deletion.object.metadata;
      const details = { name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural, uid };
      const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
      return answer(response, 200, JSON.stringify(status));
    }
    default:
      throw methodNotAllowed();
  }
}

async function answerScale(api: ApiDependencies, incoming: ResourceRequest, target: ObjectTarget): Promise<void> {
  const { request, response, query, resource } = incoming;
  if (request.method === 'GET') return answer(response, 200, JSON.stringify(scaleOf(api.operations.get(target))));
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
  const body = await readBody(request);
  // after the body is here, nothing may come between reading the object and writing it
  const current = api.operations.get(target);
  const scale =
    request.method === 'PUT' ? body : parsePatch(contentTypeOf(request), body, resource).apply(scaleOf(current));
  const object = await api.operations.replace(target, withScale(current, scale), writeOptions(query, response));
  return answer(response, 200, JSON.stringify(scaleOf(object)));
}

/** What a scheduler asks: the pod belongs to that node, once and for all. */
async function answerBinding(api: ApiDependencies, incoming: ResourceRequest, target: ObjectTarget): Promise<void> {
  const { request, response, query, resource } = incoming;
  if (request.method !== 'POST') throw methodNotAllowed();
  const body = await readBody(request);
  const nodeName = isJsonObject(body) ? textAt(body, 'target', 'name') : '';
  if (!nodeName) throw badRequest('a Binding has target.name, the node');
  const pod = api.operations.get(target);
  const before = textAt(pod, 'spec', 'nodeName');
  if (before) throw conflict(resource, target.name, `pod ${target.name} is already assigned to node "${before}"`);
  if (writeOptions(query, response).persist) {
    // A stored pod's spec is an object.
    await api.operations.edit(target, (now) => ({ ...now, spec: { ...(now.spec as object), nodeName } }));
  }
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return answer(response, 201, JSON.stringify(status));
}

/** What kubectl's exec, attach, cp, port-forward, proxy and debug ask of a pod. */
const intoContainers = new Set(['exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers']);

function partOf(resource: Resource, subresource: string | undefined): Part {
  if (subresource === undefined) return 'main';
  if (subresource === 'status' && resource.subresources.includes('status')) return 'status';
  // a namespace has no finalizers of its own here
  if (subresource === 'finalize' && resource.plural === 'namespaces') return 'main';
  throw unknownPath();
}

function selected(api: ApiDependencies, { resource, target }: ResourceRequest, filter: ObjectFilter) {
  return api.store.list(resourceKey(resource), target.namespace || undefined).filter(filter);
}

/** One of many deletions: that it was already gone is no error. */
async function removeOne(
  api: ApiDependencies,
  resource: Resource,
  { namespace = '', name }: { namespace?: string; name: string },
  options: DeleteOptions,
): Promise<void> {
  if (!api.store.get(resourceKey(resource), namespace, name)) return;
  await deleteObject(api.store, { resource, namespace, name }, options, api.clock());
}

function viewOf(api: ApiDependencies, { request, query, resource, target }: ResourceRequest): View {
  return {
    resource,
    version: target.version,
    form: acceptedForm(request.headers.accept),
    includeObject: query.get('includeObject') ?? 'Metadata',
    clock: api.clock,
  };
}

function wantsWatch(query: URLSearchParams): boolean {
  return ['true', '1', ''].includes(query.get('watch') ?? 'false');
}

function writeOptions(query: URLSearchParams, response: ServerResponse): WriteOptions {
  const said = query.get('fieldValidation');
  const fieldValidation = said === 'Ignore' || said === 'Strict' ? said : 'Warn';
  return {
    persist: !query.getAll('dryRun').includes('All'),
    fieldValidation,
    ...(query.get('fieldManager') ? { fieldManager: query.get('fieldManager') ?? '' } : {}),
    agent: response.req.headers['user-agent']?.split('/')[0] ?? 'unknown',
    force: query.get('force') === 'true',
    // RFC 7234: code, agent (nobody in particular), text.
    warn: (message) => response.appendHeader('warning', `299 - ${JSON.stringify(message)}`),
  };
}

export function answer(response: ServerResponse, code: number, json: string, type = 'application/json'): void {
  response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(json) });
  response.end(json);
}
