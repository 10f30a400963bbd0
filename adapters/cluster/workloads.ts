import type { CoreV1Event, V1Deployment, V1Pod, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { type Instant, instant } from '../../contracts/instant.ts';
import type { CallOptions } from '../shared/call-neighbour.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { type CapacityFence, type CapacityOutcome, setMinimumReplicas } from './minimum-replicas.ts';

/** A Kubernetes object as its API sends it: client-node's types say `Date` where JSON has RFC 3339 text. */
export type Json<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

/** Something that happened in a namespace, for the diagnosis of a failure. */
export interface WorkloadEvent {
  readonly at: Instant;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** `Pod/chest-xray-mlops-6d…` */
  readonly object: string;
  readonly message: string;
  readonly count: number;
}

/** What runs in an environment, and the one thing that Sluice changes there: its capacity. */
export interface Workloads {
  readDeployment(namespace: string, name: string, options?: CallOptions): Promise<Json<V1Deployment> | null>;
  /** @param selector labels, as in `{'app.kubernetes.io/name': 'chest-xray-mlops'}` */
  listPods(
    namespace: string,
    selector: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<Json<V1Pod>[]>;
  readAutoscaler(
    namespace: string,
    name: string,
    options?: CallOptions,
  ): Promise<Json<V2HorizontalPodAutoscaler> | null>;
  /**
   * Sets `minReplicas` of an environment's autoscaler, fenced like the route.
   *
   * @throws {StaleHolder} when the autoscaler carries a higher epoch (I12).
   * @throws {NotFound} when there is no such autoscaler.
   * @throws {InvalidInput} when `minimum` is above the autoscaler's `maxReplicas`.
   */
  setMinimumReplicas(
    namespace: string,
    name: string,
    minimum: number,
    fence: CapacityFence,
    options?: CallOptions,
  ): Promise<CapacityOutcome>;
  /** Events not older than `since`, newest first. */
  listEvents(namespace: string, since: Instant, options?: CallOptions): Promise<WorkloadEvent[]>;
  /** The last lines of a pod's log, at most 64 KiB; null when there is no such pod. */
  tailLogs(namespace: string, pod: string, lines: number, options?: LogOptions): Promise<string | null>;
}

export interface LogOptions extends CallOptions {
  /** Needed when the pod has several containers. */
  readonly container?: string;
  /** The container that ran before the last restart, or the one that runs now (the default). */
  readonly instance?: 'current' | 'previous';
}

const logBytes = 64 * 1024;

export function createWorkloads(kubernetes: KubernetesClient): Workloads {
  return {
    readDeployment: (namespace, name, options) =>
      kubernetes.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, options),
    listPods: (namespace, selector, options) =>
      kubernetes.list(`/api/v1/namespaces/${namespace}/pods`, { ...options, labelSelector: formatSelector(selector) }),
    readAutoscaler: (namespace, name, options) => kubernetes.get(autoscalerPath(namespace, name), options),
    setMinimumReplicas: (namespace, name, minimum, fence, options) =>
      setMinimumReplicas(kubernetes, autoscalerPath(namespace, name), minimum, fence, options),
    async listEvents(namespace, since, options) {
      const events = await kubernetes.list<Json<CoreV1Event>>(`/api/v1/namespaces/${namespace}/events`, options);
      return events
        .map(toWorkloadEvent)
        .filter((event) => event.at >= since)
        .sort((a, b) => b.at - a.at);
    },
    tailLogs(namespace, pod, lines, options = {}) {
      const query = new URLSearchParams({ tailLines: String(lines), limitBytes: String(logBytes) });
      if (options.container !== undefined) query.set('container', options.container);
      if (options.instance === 'previous') query.set('previous', 'true');
      return kubernetes.getText(`/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`, options);
    },
  };
}

const autoscalerPath = (namespace: string, name: string) =>
  `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/${name}`;

const formatSelector = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** An event of either generation: `lastTimestamp` of the old recorder, `series` or `eventTime` of the new one. */
export function toWorkloadEvent(event: Json<CoreV1Event>): WorkloadEvent {
  const time =
    event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata?.creationTimestamp;
  return {
    at: instant(time ? Date.parse(time) : 0),
    type: event.type === 'Warning' ? 'Warning' : 'Normal',
    reason: event.reason ?? '',
    object: `${event.involvedObject.kind ?? '?'}/${event.involvedObject.name ?? '?'}`,
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
  };
}
