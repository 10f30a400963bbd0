import { isDeepStrictEqual } from 'node:util';
import type { ControllerOptions } from './deployment-controller.ts';
import { isConflict, isNotFound } from './kube-client.ts';
import {
  type Condition,
  controllerOf,
  type Deployment,
  type HorizontalPodAutoscaler,
  keyOf,
  type ScaledObject,
  timestamp,
} from './objects.ts';
import { withCondition } from './pod-state.ts';
import { resources } from './resources.ts';
import { createWorkQueue } from './work-queue.ts';

const pausedReplicas = 'autoscaling.keda.sh/paused-replicas';
const paused = 'autoscaling.keda.sh/paused';

/**
 * KEDA's operator, where no trigger is ever active, since there is no load to measure: it makes and holds the HorizontalPodAutoscaler
 * `keda-hpa-<name>` of a ScaledObject, and scales between 0 and 1 itself. A paused one has no HPA.
 */
export function startScaledObjectController({ client, informers, onError }: ControllerOptions): { close(): void } {
  const scaledObjects = informers.of<ScaledObject>(resources.scaledObjects);
  const autoscalers = informers.of<HorizontalPodAutoscaler>(resources.autoscalers);
  const deployments = informers.of<Deployment>(resources.deployments);

  const scale = async (deployment: Deployment | undefined, replicas: number): Promise<void> => {
    if (deployment === undefined || (deployment.spec.replicas ?? 1) === replicas) return;
    const { name, namespace } = deployment.metadata;
    await client.patch(resources.deployments, { namespace, name, subresource: 'scale' }, { spec: { replicas } });
  };

  /** Has the HPA be as it should be, whoever changed it. */
  const hold = async (wanted: HorizontalPodAutoscaler): Promise<void> => {
    const there = autoscalers.get(keyOf(wanted));
    if (there === undefined) {
      await client.create(resources.autoscalers, wanted).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
      return;
    }
    const { minReplicas, maxReplicas } = wanted.spec;
    if (there.spec.minReplicas === minReplicas && there.spec.maxReplicas === maxReplicas) return;
    const { namespace, name } = wanted.metadata;
    await client.patch(resources.autoscalers, { namespace, name }, { spec: { minReplicas, maxReplicas } });
  };

  const reconcile = async (key: string): Promise<void> => {
    await Promise.all([scaledObjects.synced, autoscalers.synced, deployments.synced]);
    const scaled = scaledObjects.get(key);
    if (scaled === undefined) return;
    const { namespace } = scaled.metadata;
    const { minReplicaCount = 0, idleReplicaCount, scaleTargetRef } = scaled.spec;
    const deployment = deployments.get(`${namespace}/${scaleTargetRef.name}`);
    const wanted = autoscalerOf(scaled);
    const pause = pauseOf(scaled);
    if (pause === null) {
      await hold(wanted);
      const replicas = deployment?.spec.replicas ?? 1;
      // Without load: to the idle count if there is one, to 0 if the minimum says so, and else at least to the minimum.
      const inactive = idleReplicaCount ?? (minReplicaCount === 0 ? 0 : Math.max(replicas, minReplicaCount));
      await scale(deployment, inactive);
    } else {
      const { name } = wanted.metadata;
      if (autoscalers.get(keyOf(wanted)) !== undefined) {
        await client.remove(resources.autoscalers, { namespace, name }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      }
      if (pause.at !== null) await scale(deployment, pause.at);
    }
    const status = {
      hpaName: wanted.metadata.name,
      conditions: conditionsOf(scaled.status?.conditions ?? [], pause !== null),
    };
    if (isDeepStrictEqual(status, scaled.status)) return;
    const place = { namespace, name: scaled.metadata.name, subresource: 'status' } as const;
    scaledObjects.remember(await client.patch<ScaledObject>(resources.scaledObjects, place, { status }));
  };

  const queue = createWorkQueue(reconcile, onError);
  const stops = [
    scaledObjects.onChange(({ object }) => queue.add(keyOf(object))),
    autoscalers.onChange(({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === 'ScaledObject') queue.add(`${object.metadata.namespace}/${owner.name}`);
    }),
    deployments.onChange(({ object: { metadata } }) => {
      for (const scaled of scaledObjects.list()) {
        const isTarget = scaled.spec.scaleTargetRef.name === metadata.name;
        if (isTarget && scaled.metadata.namespace === metadata.namespace) queue.add(keyOf(scaled));
      }
    }),
  ];
  return {
    close() {
      for (const stop of stops) stop();
      queue.close();
    },
  };
}

/** The HPA that KEDA makes of it: an HPA has no minimum of 0, so that KEDA scales between 0 and 1 itself. */
function autoscalerOf({ apiVersion, kind, metadata, spec }: ScaledObject): HorizontalPodAutoscaler {
  const { minReplicaCount = 0, maxReplicaCount = 100, scaleTargetRef, advanced } = spec;
  const { name, namespace = '', uid = '' } = metadata;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name: advanced?.horizontalPodAutoscalerConfig?.name ?? `keda-hpa-${name}`,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'keda-operator', 'scaledobject.keda.sh/name': name },
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      scaleTargetRef: { kind: scaleTargetRef.kind ?? 'Deployment', name: scaleTargetRef.name },
      minReplicas: Math.max(1, minReplicaCount),
      maxReplicas: maxReplicaCount,
    },
  };
}

/** Null when it is not paused; `at`: how many replicas it is paused at, null where they stay as they are. */
function pauseOf({ metadata: { annotations = {} } }: ScaledObject): { at: number | null } | null {
  const at = annotations[pausedReplicas];
  if (at !== undefined) return { at: Number(at) };
  const value = annotations[paused];
  return value === undefined || /^(0|f|false)$/i.test(value) ? null : { at: null };
}

function conditionsOf(before: readonly Condition[], isPaused: boolean): Condition[] {
  const now = timestamp();
  const ready: Condition = {
    type: 'Ready',
    status: 'True',
    reason: 'ScaledObjectReady',
    message: 'ScaledObject is defined correctly and is ready for scaling',
  };
  const pause: Condition = isPaused
    ? { type: 'Paused', status: 'True', reason: 'ScaledObjectPaused', message: 'ScaledObject is paused' }
    : {
        type: 'Paused',
        status: 'False',
        reason: 'ScaledObjectUnpaused',
        message: 'pause annotation removed for ScaledObject',
      };
  return withCondition(withCondition(before, ready, now), pause, now);
}
