import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackHost } from './authentication.ts';
import { type Cluster, createKubeClient, isConflict, isNotFound, type KubeClient } from './controllers/kube-client.ts';
import type { KubeObject as Manifest } from './controllers/objects.ts';
import { nodeName } from './controllers/pod-runner.ts';
import { type ResourceType, resources } from './controllers/resources.ts';
import type { ServerCertificate } from './credentials.ts';
import type { KubeObject } from './kube-object.ts';
import { answerPodLog, type LogProvider } from './pod-log.ts';
import { answerPodMetrics, metricsGroup } from './pod-metrics.ts';
import { listenSecurely, refuse } from './secure-server.ts';
import { forbidden, unknownPath } from './status-error.ts';

export interface StandInNodeOptions {
  /** A real control plane on this machine, which has no node of its own. */
  readonly cluster: Cluster;
  readonly certificate: Pick<ServerCertificate, 'certificatePem' | 'keyPem'>;
  readonly logs: LogProvider;
  readonly onProblem: (problem: unknown) => void;
}

/** A kubelet renews its lease this often; four times that long without, and the node counts as lost. */
const leaseEveryMs = 10_000;

/**
 * What a real control plane needs besides pods that run (`pod-runner.ts`): a Node that is ready and renews its lease, the kubelet's answers
 * to `kubectl logs`, and metrics-server's API, without which no autoscaler is healthy. Resolves once the control plane knows of all three.
 */
export async function startStandInNode(options: StandInNodeOptions): Promise<{ close(): Promise<void> }> {
  const { cluster, certificate, logs, onProblem } = options;
  const client = createKubeClient(cluster);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isLoopbackHost(request.headers.host)) throw forbidden('this kubelet answers to loopback host names only');
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://127.0.0.1');
    const [first, ...rest] = pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    if (request.method !== 'GET') throw unknownPath();
    if (first === 'containerLogs') return answerPodLog(...logRequest(rest, searchParams), logs, response);
    return answerPodMetrics(client, [first, ...rest].join('/'), searchParams, response);
  };
  const server = await listenSecurely({
    port: 0,
    certificate,
    listener: (request, response) => {
      answer(request, response).catch((error: unknown) => refuse(response, error));
    },
  });
  const { port } = server;

  let timer: NodeJS.Timeout | undefined;
  let registered = false;
  const close = async () => {
    clearInterval(timer);
    // While an API of the cluster is down, no namespace can be removed.
    if (registered) await client.remove(resources.apiServices, { name: metricsName }).catch(() => undefined);
    client.close();
    await server.close();
  };
  try {
    await put(client, resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName } });
    await client.patch(resources.nodes, { name: nodeName, subresource: 'status' }, { status: nodeStatus(port) });
    await renewLease(client);
    registered = await registerMetrics(client, port);
  } catch (error) {
    await close();
    throw error;
  }
  timer = setInterval(() => void renewLease(client).catch(onProblem), leaseEveryMs).unref();
  return { close };
}

/** `/containerLogs/NAMESPACE/POD/CONTAINER`: the API server has found out that the pod has this container. */
function logRequest(
  [namespace = '', name = '', container = '']: readonly string[],
  query: URLSearchParams,
): [KubeObject, URLSearchParams] {
  const metadata = { namespace, name, uid: '', resourceVersion: '', creationTimestamp: '' };
  query.set('container', container);
  return [{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: container }] } }, query];
}

function nodeStatus(port: number): object {
  const amounts = { cpu: '64', memory: '256Gi', pods: '500' };
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    // No host name, which the API server would look up before it takes the address.
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    capacity: amounts,
    allocatable: amounts,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'the sandbox is running',
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      },
    ],
  };
}

const leasePlace = { namespace: 'kube-node-lease', name: nodeName };

async function renewLease(client: KubeClient): Promise<void> {
  const spec = {
    holderIdentity: nodeName,
    leaseDurationSeconds: (4 * leaseEveryMs) / 1000,
    // Kubernetes' MicroTime.
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  };
  await put(client, resources.leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: leasePlace,
    spec,
  });
}

const [group, version] = metricsGroup.split('/');
const metricsName = `${version}.${group}`;
const metricsService = { namespace: 'kube-system', name: 'metrics-server' };
const managedBy = { 'app.kubernetes.io/managed-by': 'sluice-sandbox' };

/** As metrics-server's own manifests, with a Service that leads out of the cluster. A real metrics-server is left as it is: false. */
async function registerMetrics(client: KubeClient, port: number): Promise<boolean> {
  const name = metricsName;
  const there = await client.get<Manifest>(resources.apiServices, { name }).catch((error: unknown) => {
    if (isNotFound(error)) return null;
    throw error;
  });
  if (there !== null && there.metadata.labels?.['app.kubernetes.io/managed-by'] !== 'sluice-sandbox') return false;
  await put(client, resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metricsService, labels: managedBy },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  await put(client, resources.apiServices, {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name, labels: managedBy },
    spec: {
      group,
      version,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      // The certificate is for loopback, and the API server asks for the Service's own name.
      insecureSkipTLSVerify: true,
      service: { ...metricsService, port },
    },
  });
  return true;
}

/** Creates the object, or gives the one that is there these fields. */
async function put(client: KubeClient, type: ResourceType, object: Manifest): Promise<void> {
  await client.create(type, object).catch(async (error: unknown) => {
    if (!isConflict(error)) throw error;
    const { namespace, name } = object.metadata;
    await client.patch(type, { namespace, name }, object);
  });
}
