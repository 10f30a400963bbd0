import { fieldAt, isJsonObject, type JsonObject, type KubeObject, numberAt } from './kube-object.ts';
import { labelText } from './print-text.ts';
import { badRequest } from './status-error.ts';

/** The `autoscaling/v1` Scale that stands for a workload's replica count. */
export function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = fieldAt(object, 'spec', 'selector', 'matchLabels');
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(object, 'spec', 'replicas') ?? 0 },
    status: {
      replicas: numberAt(object, 'status', 'replicas') ?? 0,
      ...(isJsonObject(labels) ? { selector: labelText(labels) } : {}),
    },
  };
}

/** The workload's body with the replica count and the resourceVersion precondition of a Scale. Errors: 400. */
export function withScale(object: KubeObject, scale: unknown): JsonObject {
  const replicas = numberAt(scale, 'spec', 'replicas') ?? 0;
  if (!Number.isInteger(replicas) || replicas < 0) throw badRequest('spec.replicas must be a whole number, 0 or above');
  const resourceVersion = fieldAt(scale, 'metadata', 'resourceVersion') ?? object.metadata.resourceVersion;
  const spec = isJsonObject(object.spec) ? object.spec : {};
  return { ...object, metadata: { ...object.metadata, resourceVersion }, spec: { ...spec, replicas } };
}
