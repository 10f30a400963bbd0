import { createHash } from 'node:crypto';
import { fieldAt, isJsonObject, type JsonObject, listAt, numberAt, textAt } from './kube-object.ts';
import { type Resource, resourceKey } from './resource-table.ts';
import type { StatusCause } from './status-error.ts';

/**
 * The few defaults without which clients stumble: those that kubectl prints or that controllers compare with. They hold for
 * creation and update alike, as on a real server, so a Deployment that omits `replicas` has 1. Changes and returns `object`,
 * which the caller owns.
 */
export function applyDefaults(resource: Resource, object: JsonObject): JsonObject {
  defaults[resourceKey(resource)]?.(object);
  return object;
}

const defaults: Record<string, (object: JsonObject) => void> = {
  namespaces: (namespace) => fill(namespace, 'status', { phase: 'Active' }),
  pods: (pod) => {
    const spec = section(pod, 'spec');
    fillPodSpec(spec);
    fill(spec, 'enableServiceLinks', true);
    fill(spec, 'serviceAccountName', 'default');
    fill(spec, 'serviceAccount', spec.serviceAccountName);
    fill(pod, 'status', { phase: 'Pending', qosClass: qualityOfService(spec) });
  },
  secrets: (secret) => {
    fill(secret, 'type', 'Opaque');
    const plain = secret.stringData;
    if (!isJsonObject(plain)) return;
    const encoded = Object.entries(plain).map(([name, value]) => [name, Buffer.from(String(value)).toString('base64')]);
    secret.data = { ...(isJsonObject(secret.data) ? secret.data : {}), ...Object.fromEntries(encoded) };
    delete secret.stringData;
  },
  services: (service) => {
    const spec = section(service, 'spec');
    fill(spec, 'type', 'ClusterIP');
    fill(spec, 'sessionAffinity', 'None');
    if (spec.type !== 'ExternalName') fill(spec, 'clusterIP', clusterAddress(service));
    for (const port of listAt(spec, 'ports').filter(isJsonObject)) {
      fill(port, 'protocol', 'TCP');
      fill(port, 'targetPort', port.port);
    }
    fill(service, 'status', { loadBalancer: {} });
  },
  'deployments.apps': (deployment) => {
    fill(deployment, 'status', {});
    const spec = section(deployment, 'spec');
    fill(spec, 'replicas', 1);
    fill(spec, 'revisionHistoryLimit', 10);
    fill(spec, 'progressDeadlineSeconds', 600);
    fill(spec, 'strategy', { type: 'RollingUpdate' });
    const strategy = section(spec, 'strategy');
    fill(strategy, 'type', 'RollingUpdate');
    if (strategy.type === 'RollingUpdate') {
      fill(strategy, 'rollingUpdate', {});
      const rolling = section(strategy, 'rollingUpdate');
      fill(rolling, 'maxUnavailable', '25%');
      fill(rolling, 'maxSurge', '25%');
    }
    fillTemplate(spec);
  },
  'replicasets.apps': (replicaSet) => {
    fill(replicaSet, 'status', { replicas: 0 });
    const spec = section(replicaSet, 'spec');
    fill(spec, 'replicas', 1);
    fillTemplate(spec);
  },
  'statefulsets.apps': (statefulSet) => {
    fill(section(statefulSet, 'spec'), 'replicas', 1);
    fillTemplate(section(statefulSet, 'spec'));
  },
  'horizontalpodautoscalers.autoscaling': (autoscaler) => {
    fill(section(autoscaler, 'spec'), 'minReplicas', 1);
    fill(autoscaler, 'status', { desiredReplicas: 0, currentMetrics: null });
  },
  'jobs.batch': (job) => fill(job, 'status', {}),
  'ingresses.networking.k8s.io': (ingress) => fill(ingress, 'status', { loadBalancer: {} }),
};

/** What a change may not touch. */
export function findChangedForGood(resource: Resource, current: JsonObject, next: JsonObject): StatusCause[] {
  if (resourceKey(resource) !== 'pods') return [];
  if (fieldAt(next, 'spec', 'nodeName') !== fieldAt(current, 'spec', 'nodeName')) {
    const fields = '`spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds`';
    const message = `Forbidden: pod updates may not change fields other than ${fields}`;
    return [{ field: 'spec', reason: 'FieldValueForbidden', message }];
  }
  const after = fieldAt(next, 'status', 'qosClass');
  const before = fieldAt(current, 'status', 'qosClass');
  return before === undefined || after === before ? [] : [problem('status.qosClass', after, 'field is immutable')];
}

/** How a pod is treated when its node has too little: by what its containers request and are limited to. */
export function qualityOfService(spec: JsonObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  const amounts = containers.map((container) =>
    ['cpu', 'memory'].map((resource) => {
      const limit = fieldAt(container, 'resources', 'limits', resource);
      return { limit, request: fieldAt(container, 'resources', 'requests', resource) ?? limit };
    }),
  );
  const all = amounts.flat();
  if (all.every(({ request }) => request === undefined)) return 'BestEffort';
  return all.every(({ limit, request }) => limit !== undefined && String(limit) === String(request))
    ? 'Guaranteed'
    : 'Burstable';
}

/** What a real server refuses and people do get wrong here; anything else is stored as it is. */
export function findProblems(resource: Resource, object: JsonObject): StatusCause[] {
  return validations[resourceKey(resource)]?.(object) ?? [];
}

const validations: Record<string, (object: JsonObject) => StatusCause[]> = {
  'horizontalpodautoscalers.autoscaling': (autoscaler) => {
    const min = numberAt(autoscaler, 'spec', 'minReplicas') ?? 1;
    const max = numberAt(autoscaler, 'spec', 'maxReplicas') ?? 0;
    if (min < 1) return [problem('spec.minReplicas', min, 'must be greater than or equal to 1')];
    if (max < min) return [problem('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`')];
    return [];
  },
  'deployments.apps': (deployment) => {
    const replicas = numberAt(deployment, 'spec', 'replicas') ?? 1;
    const found: StatusCause[] = [];
    if (replicas < 0) found.push(problem('spec.replicas', replicas, 'must be greater than or equal to 0'));
    const selector = fieldAt(deployment, 'spec', 'selector', 'matchLabels');
    const labels = fieldAt(deployment, 'spec', 'template', 'metadata', 'labels');
    if (!isJsonObject(fieldAt(deployment, 'spec', 'selector'))) {
      found.push({ field: 'spec.selector', reason: 'FieldValueRequired', message: 'Required value' });
    } else if (
      isJsonObject(selector) &&
      Object.entries(selector).some(([key, value]) => fieldAt(labels, key) !== value)
    ) {
      const text = JSON.stringify(labels ?? {});
      found.push(problem('spec.template.metadata.labels', text, '`selector` does not match template `labels`'));
    }
    return found;
  },
  'customresourcedefinitions.apiextensions.k8s.io': (definition) => {
    const name = `${textAt(definition, 'spec', 'names', 'plural')}.${textAt(definition, 'spec', 'group')}`;
    const versions = listAt(definition, 'spec', 'versions');
    if (textAt(definition, 'metadata', 'name') !== name || versions.length === 0) {
      return [
        problem('metadata.name', textAt(definition, 'metadata', 'name'), `must be spec.names.plural+"."+spec.group`),
      ];
    }
    return versions.flatMap((version, index) => {
      const field = `spec.versions[${index}].schema.openAPIV3Schema`;
      if (isJsonObject(fieldAt(version, 'schema', 'openAPIV3Schema'))) return [];
      return [{ field, reason: 'FieldValueRequired', message: 'Required value' }];
    });
  },
};

function problem(field: string, value: unknown, message: string): StatusCause {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${message}` };
}

/** An address in the usual service range that follows from the name. Nothing listens there; two services may share one. */
function clusterAddress(service: JsonObject): string {
  const name = `${textAt(service, 'metadata', 'namespace')}/${textAt(service, 'metadata', 'name')}`;
  const [first = 0, second = 0] = createHash('sha256').update(name).digest();
  return `10.96.${first}.${Math.max(1, second)}`;
}

function fill(object: JsonObject, field: string, value: unknown): void {
  if (object[field] === undefined || object[field] === null) object[field] = value;
}

function section(object: JsonObject, field: string): JsonObject {
  const found = object[field];
  if (isJsonObject(found)) return found;
  const created: JsonObject = {};
  object[field] = created;
  return created;
}

function fillTemplate(spec: JsonObject): void {
  const template = section(spec, 'template');
  if (isJsonObject(template.spec)) fillPodSpec(template.spec);
}

function fillPodSpec(spec: JsonObject): void {
  fill(spec, 'restartPolicy', 'Always');
  fill(spec, 'terminationGracePeriodSeconds', 30);
  fill(spec, 'dnsPolicy', 'ClusterFirst');
  fill(spec, 'schedulerName', 'default-scheduler');
  // kubectl debug ends in a panic without it.
  fill(spec, 'securityContext', {});
  for (const container of listAt(spec, 'containers').filter(isJsonObject)) {
    fill(container, 'imagePullPolicy', 'IfNotPresent');
    for (const port of listAt(container, 'ports').filter(isJsonObject)) fill(port, 'protocol', 'TCP');
  }
}
