import { fenceAnnotation } from '../../contracts/fence.ts';
import { parseInstant } from '../../contracts/instant.ts';
import { formatCapacityFence, readCapacityFence } from './capacity-fence.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { CapacitySeen, MinimumHolder } from './minimum-holder.ts';

interface AutoscalerObject {
  readonly metadata?: {
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface Held extends CapacitySeen {
  readonly resourceVersion: string | undefined;
}

interface Kind {
  readonly kind: string;
  /** Of the API, up to the namespaces. */
  readonly path: string;
  readonly plural: string;
  readonly minimum: string;
  readonly maximum: string;
  /** What the API takes where the fields are not written. */
  readonly defaults: { readonly minimum: number; readonly maximum: number };
  readonly problemOf: (live: AutoscalerObject, object: string) => CapacitySeen['problem'];
  /** Whether a condition says that it cannot do its work. */
  readonly isUnwell: (condition: Condition) => boolean;
}

/** KEDA marks the HorizontalPodAutoscaler that it makes of a ScaledObject, and writes it again when somebody changes it. */
const horizontalPodAutoscaler: Kind = {
  kind: 'HorizontalPodAutoscaler',
  path: '/apis/autoscaling/v2',
  plural: 'horizontalpodautoscalers',
  minimum: 'minReplicas',
  maximum: 'maxReplicas',
  defaults: { minimum: 1, maximum: 1 },
  // FailedGetResourceMetric and its like; ScalingDisabled is a Deployment of 0 replicas.
  isUnwell: ({ type, status, reason = '' }) =>
    type === 'ScalingActive' && status === 'False' && reason.startsWith('FailedGet'),
  problemOf: ({ metadata }, object) => {
    const owner =
      metadata?.ownerReferences?.find(({ kind }) => kind === 'ScaledObject')?.name ??
      metadata?.labels?.['scaledobject.keda.sh/name'];
    if (owner === undefined) return null;
    const advice = `write \`autoscaler: { kind: ScaledObject, name: ${owner} }\` in sluice.yaml`;
    return { kind: 'foreign', message: `${object} belongs to KEDA, which would undo each change: ${advice}` };
  },
};

const pausedReplicas = 'autoscaling.keda.sh/paused-replicas';
const paused = 'autoscaling.keda.sh/paused';
/** KEDA takes everything else for true. */
const isFalse = (value: string | undefined) => value === undefined || /^(0|f|false)$/i.test(value);

/** `minReplicaCount` and `maxReplicaCount` as KEDA's scaledobject_types.go has them. */
const scaledObject: Kind = {
  kind: 'ScaledObject',
  path: '/apis/keda.sh/v1alpha1',
  plural: 'scaledobjects',
  minimum: 'minReplicaCount',
  maximum: 'maxReplicaCount',
  defaults: { minimum: 0, maximum: 100 },
  isUnwell: ({ type, status }) => type === 'Ready' && status === 'False',
  problemOf: ({ metadata, spec }, object) => {
    const annotations = metadata?.annotations ?? {};
    const pause =
      annotations[pausedReplicas] !== undefined ? pausedReplicas : isFalse(annotations[paused]) ? null : paused;
    if (pause !== null) {
      const advice = `remove the annotation ${pause}`;
      return { kind: 'idle', message: `${object} is paused, so KEDA follows no minReplicaCount: ${advice}` };
    }
    if (typeof spec?.idleReplicaCount !== 'number') return null;
    const takesAway = `KEDA takes an environment without load to ${spec.idleReplicaCount}, whatever minReplicaCount is`;
    return { kind: 'idle', message: `${object} has idleReplicaCount, so ${takesAway}: remove it` };
  },
};

const kinds = { HPA: horizontalPodAutoscaler, ScaledObject: scaledObject } as const;

/** The minimum of an autoscaler, which carries its own fence. */
export function createAutoscalerHolder(
  kubernetes: KubernetesClient,
  { kind: which, namespace, name }: { kind: keyof typeof kinds; namespace: string; name: string },
): MinimumHolder<Held> {
  const { kind, path: api, plural, minimum, maximum, defaults, problemOf, isUnwell } = kinds[which];
  const path = `${api}/namespaces/${namespace}/${plural}/${name}`;
  const object = `${kind} ${namespace}/${name}`;
  const numberOf = (spec: AutoscalerObject['spec'], field: string, otherwise: number) => {
    const value = spec?.[field];
    return typeof value === 'number' ? value : otherwise;
  };
  return {
    object,
    by: 'autoscaler',
    async read(options) {
      const live = await kubernetes.get<AutoscalerObject>(path, options);
      if (live?.spec === undefined) return null;
      return {
        object,
        minimum: numberOf(live.spec, minimum, defaults.minimum),
        limit: { field: maximum, pods: numberOf(live.spec, maximum, defaults.maximum) },
        fence: readCapacityFence(live.metadata?.annotations?.[fenceAnnotation]),
        problem: problemOf(live, object),
        ...unwellOf(live, object, isUnwell),
        resourceVersion: live.metadata?.resourceVersion,
      };
    },
    async write({ resourceVersion }, fence, options) {
      const patch = {
        metadata: { resourceVersion, annotations: { [fenceAnnotation]: formatCapacityFence(fence) } },
        spec: { [minimum]: fence.minimum },
      };
      const outcome = await kubernetes.mergePatch(path, patch, options);
      return outcome.kind === 'patched' ? 'written' : 'conflict';
    },
  };
}

function unwellOf(
  { status }: AutoscalerObject,
  object: string,
  isUnwell: Kind['isUnwell'],
): Pick<CapacitySeen, 'unwell'> {
  const condition = status?.conditions?.find(isUnwell);
  if (condition === undefined) return {};
  const { reason, message, lastTransitionTime } = condition;
  const told = [object, reason, message].filter((part) => part !== undefined && part !== '').join(': ');
  return { unwell: { message: told, since: parseInstant(lastTransitionTime ?? '1970-01-01T00:00:00Z') } };
}
