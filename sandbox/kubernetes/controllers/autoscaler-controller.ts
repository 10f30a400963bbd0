import { isDeepStrictEqual } from 'node:util';
import type { ControllerOptions } from './deployment-controller.ts';
import { type Condition, type Deployment, type HorizontalPodAutoscaler, keyOf, timestamp } from './objects.ts';
import { withCondition } from './pod-state.ts';
import { resources } from './resources.ts';
import { createWorkQueue } from './work-queue.ts';

/**
 * Runs the minimum of HorizontalPodAutoscalers: without load to measure, the wanted size is always `minReplicas`. As
 * in Kubernetes a Deployment that was scaled to 0 by hand is left alone.
 */
export function startAutoscalerController({ client, informers, events, onError }: ControllerOptions): {
  close(): void;
} {
  const autoscalers = informers.of<HorizontalPodAutoscaler>(resources.autoscalers);
  const deployments = informers.of<Deployment>(resources.deployments);

  const reconcile = async (key: string): Promise<void> => {
    await Promise.all([autoscalers.synced, deployments.synced]);
    const autoscaler = autoscalers.get(key);
    if (autoscaler === undefined) return;
    const { name, namespace } = autoscaler.metadata;
    const { scaleTargetRef, minReplicas = 1, maxReplicas } = autoscaler.spec;
    const target = deployments.get(`${namespace}/${scaleTargetRef.name}`);
    const current = target === undefined ? undefined : (target.spec.replicas ?? 1);
    const wanted = Math.min(minReplicas, maxReplicas);
    if (current !== undefined && current !== 0 && current !== wanted) {
      const place = { namespace, name: scaleTargetRef.name, subresource: 'scale' } as const;
      await client.patch(resources.deployments, place, { spec: { replicas: wanted } });
      const reason =
        current < wanted ? 'Current number of replicas below Spec.MinReplicas' : 'All metrics below target';
      events.record(autoscaler, {
        type: 'Normal',
        reason: 'SuccessfulRescale',
        message: `New size: ${wanted}; reason: ${reason}`,
      });
    }
    const status = {
      ...(target?.status?.replicas === undefined ? {} : { currentReplicas: target.status.replicas }),
      desiredReplicas: current === undefined || current === 0 ? 0 : wanted,
      observedGeneration: autoscaler.metadata.generation ?? 0,
      conditions: conditions(autoscaler.status?.conditions ?? [], current),
    };
    const { currentMetrics: _, ...before } = { currentMetrics: null, ...autoscaler.status };
    if (isDeepStrictEqual(status, before)) return;
    const place = { namespace, name, subresource: 'status' } as const;
    autoscalers.remember(await client.patch<HorizontalPodAutoscaler>(resources.autoscalers, place, { status }));
  };

  const queue = createWorkQueue(reconcile, onError);
  const stops = [
    autoscalers.onChange(({ object }) => queue.add(keyOf(object))),
    deployments.onChange(({ object: { metadata } }) => {
      for (const autoscaler of autoscalers.list()) {
        const { scaleTargetRef } = autoscaler.spec;
        const isTarget = scaleTargetRef.kind === 'Deployment' && scaleTargetRef.name === metadata.name;
        if (isTarget && autoscaler.metadata.namespace === metadata.namespace) queue.add(keyOf(autoscaler));
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

function conditions(before: readonly Condition[], current: number | undefined): Condition[] {
  const now = timestamp();
  const able = withCondition(
    before,
    current === undefined
      ? { type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message: 'the target was not found' }
      : {
          type: 'AbleToScale',
          status: 'True',
          reason: 'ReadyForNewScale',
          message: 'recommended size matches current size',
        },
    now,
  );
  if (current === undefined) return able;
  return withCondition(
    able,
    current === 0
      ? {
          type: 'ScalingActive',
          status: 'False',
          reason: 'ScalingDisabled',
          message: 'scaling is disabled since the replica count of the target is zero',
        }
      : { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: 'the HPA holds its minimum' },
    now,
  );
}
