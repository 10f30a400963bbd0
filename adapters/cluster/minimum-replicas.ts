import type { V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import * as z from 'zod';
import { InvalidInput, NotFound, StaleHolder, WriteConflict } from '../../contracts/errors.ts';
import { fenceAnnotation } from '../../contracts/fence.ts';
import type { CallOptions } from '../shared/call-neighbour.ts';
import type { KubernetesClient } from './kubernetes-client.ts';

/** Who set an autoscaler's minimum: the holder's epoch and operation, in the same annotation as the route's fence. */
export interface CapacityFence {
  readonly epoch: number;
  readonly operation: string;
  /** The minimum that this write left behind, so that drift is seen; absent where another kind of object is fenced. */
  readonly minimum?: number | undefined;
}

export type CapacityOutcome =
  | { kind: 'set'; before: number; minimum: number; maximum: number }
  /** The same operation had set the same minimum before: a redelivery (I10). */
  | { kind: 'unchanged'; minimum: number; maximum: number };

const fenceSchema = z.object({ epoch: z.int(), operation: z.string(), minimum: z.int().optional() });

/** An autoscaler's status changes often, and each change is a conflict for us: read, decide and write again this often. */
const writeAttempts = 5;

/** See `Workloads.setMinimumReplicas`. Every write is conditional on what was read, so trying again is no blind retry. */
export async function setMinimumReplicas(
  kubernetes: KubernetesClient,
  path: string,
  minimum: number,
  fence: CapacityFence,
  options?: CallOptions,
): Promise<CapacityOutcome> {
  for (let attempt = 1; attempt <= writeAttempts; attempt += 1) {
    const live = await kubernetes.get<V2HorizontalPodAutoscaler>(path, options);
    if (live?.spec === undefined) throw new NotFound(`no autoscaler at ${path}: does the chart still contain it?`);
    const { minReplicas: before = 1, maxReplicas: maximum } = live.spec;
    const liveFence = readCapacityFence(live.metadata?.annotations?.[fenceAnnotation]);
    if (liveFence !== null && liveFence.epoch > fence.epoch) {
      const message = `${path} was written by ${liveFence.operation} in epoch ${liveFence.epoch}, mine is ${fence.epoch}`;
      throw new StaleHolder(message, liveFence.epoch);
    }
    if (!Number.isInteger(minimum) || minimum < 0 || minimum > maximum) {
      throw new InvalidInput(`${path}: a minimum of ${minimum} replicas is not within 0 to maxReplicas (${maximum})`);
    }
    const mine = liveFence?.epoch === fence.epoch && liveFence.operation === fence.operation;
    if (mine && before === minimum && liveFence.minimum === minimum) return { kind: 'unchanged', minimum, maximum };
    const patch = {
      metadata: {
        resourceVersion: live.metadata?.resourceVersion,
        annotations: { [fenceAnnotation]: JSON.stringify({ epoch: fence.epoch, operation: fence.operation, minimum }) },
      },
      spec: { minReplicas: minimum },
    };
    const outcome = await kubernetes.mergePatch(path, patch, options);
    if (outcome.kind === 'patched') return { kind: 'set', before, minimum, maximum };
  }
  throw new WriteConflict(`${path} changed under each of ${writeAttempts} attempts to set its minimum`);
}

/** Reads the annotation; null when there is none or it is damaged, and then the lock's holder writes a new one. */
export function readCapacityFence(text: string | undefined): CapacityFence | null {
  if (!text) return null;
  try {
    return fenceSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
