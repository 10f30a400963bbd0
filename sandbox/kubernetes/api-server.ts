import type { IncomingMessage, ServerResponse } from 'node:http';
import { foreignPageRefusal, isForeignPage } from '../aws/foreign-page.ts';
import { anonymous, isLoopbackHost, type KubernetesUser } from './authentication.ts';
import { aggregatedDiscovery, discoveryDocument, serverVersion } from './discovery.ts';
import { openApiDocument, openApiIndex } from './openapi.ts';
import { readBody } from './request-body.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';
import type { ResourceRegistry } from './resource-registry.ts';
import { type ApiDependencies, answer, answerResourceRequest } from './resource-requests.ts';
import { answerReview } from './reviews.ts';
import { forbidden, methodNotAllowed, StatusError, unknownPath } from './status-error.ts';

export interface ApiServerDependencies extends ApiDependencies {
  registry: ResourceRegistry;
  authenticate: (request: IncomingMessage) => Promise<KubernetesUser>;
  /** Told of errors that are the server's own (500). */
  onFault: (error: unknown) => void;
}

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const openApiV2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** The Kubernetes HTTP API as a request listener. Whatever goes wrong is answered with a `Status`. */
export function createApiServer(api: ApiServerDependencies) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    route(api, request, response).catch((error: unknown) => {
      const known =
        error instanceof StatusError ? error : new StatusError(500, 'InternalError', 'Internal error occurred');
      if (known.code === 500) api.onFault(error);
      if (response.headersSent) return void response.destroy();
      if (!request.complete) response.setHeader('connection', 'close');
      answer(response, known.code, JSON.stringify(known.toStatus()));
    });
  };
}

async function route(api: ApiServerDependencies, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isLoopbackHost(request.headers.host)) {
    throw forbidden('this server answers to loopback host names only (127.0.0.1, localhost)');
  }
  if (isForeignPage(request.method, request.headers)) throw forbidden(foreignPageRefusal);
  const url = new URL(request.url ?? '/', 'https://127.0.0.1');
  const segments = url.pathname.split('/').filter(Boolean).map(decodeSegment);
  const [root] = segments;
  if (root === 'healthz' || root === 'livez' || root === 'readyz') return answer(response, 200, 'ok', 'text/plain');
  if (root === 'version') return answer(response, 200, JSON.stringify(serverVersion));

  const user = await api.authenticate(request);
  const target = parseTarget(segments);
  if (user === anonymous) throw refusedToAnonymous(request, url, target);
  if (!target) {
    const { json, type } = documentAt(api, request, segments);
    return answer(response, 200, json, type);
  }
  const review = answerReview(target, user);
  if (review) {
    if (request.method !== 'POST') throw methodNotAllowed();
    return answer(response, 201, JSON.stringify(review(await readBody(request))));
  }
  const resource = api.registry.find(target.group, target.version, target.plural);
  if (!resource) throw unknownPath();
  const query = url.searchParams;
  await answerResourceRequest(api, { request, response, query, user, resource, target });
}

/** What RBAC says when nobody granted anything. */
function refusedToAnonymous(request: IncomingMessage, url: URL, target: RequestTarget | undefined): StatusError {
  const { user } = anonymous;
  const method = (request.method ?? 'GET').toLowerCase();
  if (!target) return forbidden(`forbidden: User "${user}" cannot ${method} path "${url.pathname}"`);
  const { group, namespace, name, plural } = target;
  const reading = url.searchParams.has('watch') ? 'watch' : name === undefined ? 'list' : 'get';
  const verbs: Record<string, string> = { get: reading, post: 'create', put: 'update' };
  const verb = method === 'delete' && name === undefined ? 'deletecollection' : (verbs[method] ?? method);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const what = `${group ? `${plural}.${group}` : plural}${name === undefined ? '' : ` "${name}"`}`;
  const why = `User "${user}" cannot ${verb} resource "${plural}" in API group "${group}" ${where}`;
  return forbidden(`${what} is forbidden: ${why}`, {
    ...(name === undefined ? {} : { name }),
    ...(group ? { group } : {}),
    kind: plural,
  });
}

/** Discovery and OpenAPI. */
function documentAt(
  api: ApiServerDependencies,
  request: IncomingMessage,
  segments: string[],
): { json: string; type: string } {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
  const resources = api.registry.all();
  const [root, second, ...rest] = segments;
  const accept = request.headers.accept ?? '';
  if (
    (root === 'api' || root === 'apis') &&
    segments.length === 1 &&
    /apidiscovery\.k8s\.io;v=v2(;|,|$)/.test(accept)
  ) {
    return { json: JSON.stringify(aggregatedDiscovery(root, resources)), type: aggregatedType };
  }
  // kubectl asks for the old form for `kind: List` alone; nothing at all is a valid protobuf document without schemas
  if (root === 'openapi' && second === 'v2') return { json: '', type: openApiV2Type };
  let document: object | undefined;
  if (root === 'openapi' && second === 'v3') {
    document = rest.length === 0 ? openApiIndex(resources) : openApiDocument(rest.join('/'), resources);
  } else if (root === 'api' || root === 'apis') {
    document = discoveryDocument(segments, resources, request.headers.host ?? '');
  }
  if (!document) throw unknownPath();
  return { json: JSON.stringify(document), type: 'application/json' };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw unknownPath();
  }
}
