import { fieldAt, isJsonObject, type KubeObject, listAt, numberAt, textAt } from './kube-object.ts';
import { podStatus, readyContainers, restarts } from './print-pod.ts';
import { age, joined, labelText } from './print-text.ts';
import { type Resource, resourceKey } from './resource-table.ts';

/** One column of `kubectl get`; those of priority 1 show with `-o wide` only. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'date';
  priority: 0 | 1;
  value(object: KubeObject, now: Date): string | number;
}

/** The columns of a kind: its own, those of its CRD, or name and age. */
export function columnsOf(resource: Resource): readonly Column[] {
  const own = columns[resourceKey(resource)];
  if (own) return own;
  if (!resource.printerColumns) return [name, created];
  const defined = resource.printerColumns.map(({ name, type, jsonPath, priority }) => {
    const read = (object: KubeObject) => textAt(object, ...jsonPathFields(jsonPath));
    const value = (object: KubeObject, now: Date) => (type === 'date' ? age(read(object), now) : read(object));
    return text(name, value, priority ? 1 : 0);
  });
  return defined.some((column) => column.name.toUpperCase() === 'AGE')
    ? [name, ...defined]
    : [name, ...defined, created];
}

/** `.status.conditions[0].type` and `.metadata.labels['a\.b']` as field names; filters and wildcards are not understood. */
function jsonPathFields(path: string): string[] {
  return [...path.matchAll(/\['([^']+)'\]|\[(\d+)\]|((?:\\.|[^.[\]])+)/g)].map(([, quoted, index, plain]) =>
    (quoted ?? index ?? plain ?? '').replaceAll('\\', ''),
  );
}

const text = (name: string, value: Column['value'], priority: 0 | 1 = 0): Column => ({
  name,
  type: 'string',
  priority,
  value,
});
const field = (name: string, ...path: string[]): Column => text(name, (object) => textAt(object, ...path));
const count = (name: string, ...path: string[]): Column => ({
  name,
  type: 'integer',
  priority: 0,
  value: (object) => numberAt(object, ...path) ?? 0,
});
const wide = (column: Column): Column => ({ ...column, priority: 1 });

const name: Column = field('Name', 'metadata', 'name');
const created: Column = text('Age', (object, now) => age(object.metadata.creationTimestamp, now));

const containers = wide(
  text('Containers', (object) =>
    podTemplate(object)
      .map((item) => textAt(item, 'name'))
      .join(','),
  ),
);
const images = wide(
  text('Images', (object) =>
    podTemplate(object)
      .map((item) => textAt(item, 'image'))
      .join(','),
  ),
);
const selector = wide(text('Selector', (object) => labelText(fieldAt(object, 'spec', 'selector', 'matchLabels'))));
const podTemplate = (object: KubeObject) => listAt(object, 'spec', 'template', 'spec', 'containers');

const columns: Record<string, readonly Column[]> = {
  namespaces: [name, field('Status', 'status', 'phase'), created],
  nodes: [name, text('Status', nodeStatus), field('Version', 'status', 'nodeInfo', 'kubeletVersion'), created],
  pods: [
    name,
    text('Ready', readyContainers),
    text('Status', podStatus),
    text('Restarts', restarts),
    created,
    wide(text('IP', (pod) => textAt(pod, 'status', 'podIP') || '<none>')),
    wide(text('Node', (pod) => textAt(pod, 'spec', 'nodeName') || '<none>')),
  ],
  services: [
    name,
    field('Type', 'spec', 'type'),
    text('Cluster-IP', (service) => textAt(service, 'spec', 'clusterIP') || '<none>'),
    text('External-IP', (service) => textAt(service, 'spec', 'externalName') || '<none>'),
    text('Port(s)', (service) => joined(listAt(service, 'spec', 'ports'), servicePort)),
    created,
    wide(text('Selector', (service) => labelText(fieldAt(service, 'spec', 'selector')))),
  ],
  configmaps: [name, text('Data', (object) => dataCount(object)), created],
  secrets: [name, field('Type', 'type'), text('Data', (object) => dataCount(object)), created],
  events: [
    text('Last Seen', (event, now) => age(textAt(event, 'lastTimestamp') || event.metadata.creationTimestamp, now)),
    field('Type', 'type'),
    field('Reason', 'reason'),
    text('Object', eventObject),
    wide(field('Source', 'source', 'component')),
    text('Message', (event) => textAt(event, 'message').trim()),
    wide(count('Count', 'count')),
    wide(name),
  ],
  endpoints: [name, text('Endpoints', (object) => joined(listAt(object, 'subsets'), subsetAddresses)), created],
  'endpointslices.discovery.k8s.io': [
    name,
    field('AddressType', 'addressType'),
    text('Ports', (slice) => joined(listAt(slice, 'ports'), (port) => textAt(port, 'port'))),
    text('Endpoints', (slice) => joined(listAt(slice, 'endpoints'), (endpoint) => textAt(endpoint, 'addresses', 0))),
    created,
  ],
  'deployments.apps': [
    name,
    text(
      'Ready',
      (object) => `${numberAt(object, 'status', 'readyReplicas') ?? 0}/${numberAt(object, 'spec', 'replicas') ?? 0}`,
    ),
    count('Up-to-date', 'status', 'updatedReplicas'),
    count('Available', 'status', 'availableReplicas'),
    created,
    containers,
    images,
    selector,
  ],
  'replicasets.apps': [
    name,
    count('Desired', 'spec', 'replicas'),
    count('Current', 'status', 'replicas'),
    count('Ready', 'status', 'readyReplicas'),
    created,
    containers,
    images,
    selector,
  ],
  'horizontalpodautoscalers.autoscaling': [
    name,
    text(
      'Reference',
      (hpa) => `${textAt(hpa, 'spec', 'scaleTargetRef', 'kind')}/${textAt(hpa, 'spec', 'scaleTargetRef', 'name')}`,
    ),
    text('Targets', (hpa) => autoscalerTargets(hpa)),
    text('MinPods', (hpa) => textAt(hpa, 'spec', 'minReplicas') || '<unset>'),
    count('MaxPods', 'spec', 'maxReplicas'),
    count('Replicas', 'status', 'currentReplicas'),
    created,
  ],
  'poddisruptionbudgets.policy': [
    name,
    text('Min Available', (object) => textAt(object, 'spec', 'minAvailable') || 'N/A'),
    text('Max Unavailable', (object) => textAt(object, 'spec', 'maxUnavailable') || 'N/A'),
    count('Allowed Disruptions', 'status', 'disruptionsAllowed'),
    created,
  ],
  'leases.coordination.k8s.io': [name, field('Holder', 'spec', 'holderIdentity'), created],
  'customresourcedefinitions.apiextensions.k8s.io': [name, field('Created At', 'metadata', 'creationTimestamp')],
  'applications.argoproj.io': [
    name,
    field('Sync Status', 'status', 'sync', 'status'),
    field('Health Status', 'status', 'health', 'status'),
    wide(field('Revision', 'status', 'sync', 'revision')),
    wide(field('Project', 'spec', 'project')),
  ],
  'virtualservices.networking.istio.io': [
    name,
    text('Gateways', (object) => list(object, 'gateways')),
    text('Hosts', (object) => list(object, 'hosts')),
    created,
  ],
  'destinationrules.networking.istio.io': [name, field('Host', 'spec', 'host'), created],
  'httproutes.gateway.networking.k8s.io': [name, text('Hostnames', (object) => list(object, 'hostnames')), created],
};

function list(object: KubeObject, name: string): string {
  const items = listAt(object, 'spec', name);
  return items.length > 0 ? JSON.stringify(items) : '';
}

function dataCount(object: KubeObject): number {
  const size = (data: unknown) => (isJsonObject(data) ? Object.keys(data).length : 0);
  return size(object.data) + size(object.binaryData);
}

function servicePort(port: unknown): string {
  const node = textAt(port, 'nodePort');
  return `${textAt(port, 'port')}${node ? `:${node}` : ''}/${textAt(port, 'protocol')}`;
}

function subsetAddresses(subset: unknown): string {
  return joined(
    listAt(subset, 'addresses'),
    (address) => `${textAt(address, 'ip')}:${textAt(subset, 'ports', 0, 'port')}`,
  );
}

function eventObject(event: KubeObject): string {
  return `${textAt(event, 'involvedObject', 'kind').toLowerCase()}/${textAt(event, 'involvedObject', 'name')}`;
}

function nodeStatus(node: KubeObject): string {
  const ready = listAt(node, 'status', 'conditions').find((condition) => textAt(condition, 'type') === 'Ready');
  return textAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
}

function autoscalerTargets(hpa: KubeObject): string {
  return joined(listAt(hpa, 'spec', 'metrics'), (metric) => {
    const name = textAt(metric, 'resource', 'name');
    const now = listAt(hpa, 'status', 'currentMetrics').find((item) => textAt(item, 'resource', 'name') === name);
    const current = textAt(now, 'resource', 'current', 'averageUtilization');
    return `${name}: ${current ? `${current}%` : '<unknown>'}/${textAt(metric, 'resource', 'target', 'averageUtilization')}%`;
  });
}
