import type { ServerResponse } from 'node:http';
import type { KubeClient } from './controllers/kube-client.ts';
import { type Pod, timestamp } from './controllers/objects.ts';
import { isReady } from './controllers/pod-state.ts';
import { unknownPath } from './status-error.ts';

/** The API of metrics-server. */
export const metricsGroup = 'metrics.k8s.io/v1beta1';

/** What each container of the demo service takes, at any load. */
const usage = { cpu: '5m', memory: '64Mi' };

/**
 * Answers for metrics-server: discovery, and the usage of the pods of a namespace that are ready, which is what a HorizontalPodAutoscaler asks
 * for. @throws {StatusError} 404 for anything else.
 */
export async function answerPodMetrics(
  client: Pick<KubeClient, 'read'>,
  path: string,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const found = await documentAt(client, path, query);
  if (found === undefined) throw unknownPath();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
}

async function documentAt(
  client: Pick<KubeClient, 'read'>,
  path: string,
  query: URLSearchParams,
): Promise<object | undefined> {
  const root = `apis/${metricsGroup}`;
  if (path === root) {
    const pods = { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] };
    return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: metricsGroup, resources: [pods] };
  }
  const inNamespace = /^namespaces\/([^/]+)\/pods$/.exec(path.slice(root.length + 1));
  if (!path.startsWith(`${root}/`) || inNamespace === null) return undefined;
  const selector = query.get('labelSelector');
  const filter = selector ? `?labelSelector=${encodeURIComponent(selector)}` : '';
  const pods = await client.read<{ items: Pod[] }>(`/api/v1/namespaces/${inNamespace[1]}/pods${filter}`);
  return {
    kind: 'PodMetricsList',
    apiVersion: metricsGroup,
    metadata: {},
    items: pods.items.filter(isReady).map(({ metadata: { namespace, name, labels }, spec }) => ({
      metadata: { namespace, name, labels },
      timestamp: timestamp(),
      // Long enough for the numbers, short enough for an autoscaler to believe them of a pod that is ready since a second.
      window: '1s',
      containers: spec.containers.map((container) => ({ name: container.name, usage })),
    })),
  };
}
