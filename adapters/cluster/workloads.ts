import type { CoreV1Event, V1Deployment, V1Pod, V1ResourceQuota, V1Service } from '@kubernetes/client-node';
import type { Autoscaler } from '../../contracts/configuration/autoscaler.ts';
import { type Instant, instant } from '../../contracts/instant.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import { createAutoscalerHolder } from './autoscaler-object.ts';
import type { CapacityFence } from './capacity-fence.ts';
import { createScaleHolder, readScale, type ScaleSeen, writeScale } from './deployment-scale.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { CapacitySeen, MinimumHolder } from './minimum-holder.ts';
import { type CapacityOutcome, type CapacityPurpose, setMinimumReplicas } from './minimum-replicas.ts';

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
  /** The pods behind a Service, as its selector finds them; null when there is no such Service, or it selects nothing by itself. */
  listBackend(namespace: string, service: string, options?: CallOptions): Promise<Json<V1Pod>[] | null>;
  /** What decides how many pods an environment has at least; null when it is not there. */
  readCapacity(namespace: string, name: string, options?: CallOptions): Promise<CapacitySeen | null>;
  /**
   * Sets the least number of pods of an environment, fenced like the route, and never below what people have set (docs/adr/0035).
   *
   * @param options.purpose for what it is set; `raise` unless told.
   * @throws {StaleHolder} when it carries a higher epoch (I12).
   * @throws {NotFound} when there is no such autoscaler, unless it is for a return.
   * @throws {InvalidInput} when the autoscaler cannot give what is to be raised: above its maximum, paused, or not Sluice's to write.
   */
  setMinimumReplicas(
    namespace: string,
    name: string,
    minimum: number,
    fence: CapacityFence,
    options?: CapacityOptions,
  ): Promise<CapacityOutcome>;
  /** The quotas of a namespace, with what is used of each. */
  listQuotas(namespace: string, options?: CallOptions): Promise<Json<V1ResourceQuota>[]>;
  /** Events not older than `since`, newest first. */
  listEvents(namespace: string, since: Instant, options?: CallOptions): Promise<WorkloadEvent[]>;
  /** The last lines of a pod's log, at most 64 KiB; null when there is no such pod. */
  tailLogs(namespace: string, pod: string, lines: number, options: LogOptions): Promise<string | null>;
}

export interface CapacityOptions extends CallOptions {
  readonly purpose?: CapacityPurpose;
}

export interface LogOptions extends CallOptions {
  /** Always named: of a pod with several, a sidecar's among them, the API server gives none without. */
  readonly container: string;
  /** The container that ran before the last restart, or the one that runs now (the default). */
  readonly instance?: 'current' | 'previous';
}

const logBytes = 64 * 1024;

/** By what the capacity of a service's environments is set. */
export interface WorkloadsOptions {
  /** A HorizontalPodAutoscaler of the Deployment's name unless told. */
  readonly autoscaler?: Autoscaler;
  /** The service's usual minimum. */
  readonly usualReplicas?: number;
  /** Path of the Application of an environment, by its namespace; needed where nothing scales the Deployment. */
  readonly applicationOf?: (namespace: string) => string;
  /** The cluster that has the Applications, where that is another one. */
  readonly argocd?: KubernetesClient;
}

export function createWorkloads(kubernetes: KubernetesClient, settings: WorkloadsOptions = {}): Workloads {
  const { autoscaler, usualReplicas: usual = 1, applicationOf, argocd = kubernetes } = settings;
  const holderOf = (namespace: string, name: string): MinimumHolder => {
    const { kind, name: object } = autoscaler ?? { kind: 'HPA', name };
    if (kind !== 'none') return createAutoscalerHolder(kubernetes, { kind, namespace, name: object });
    if (applicationOf === undefined) throw new TypeError('without an autoscaler, applicationOf is needed');
    const application = { kubernetes: argocd, path: applicationOf(namespace) };
    return createScaleHolder(kubernetes, { namespace, name, application });
  };
  const listPods: Workloads['listPods'] = (namespace, selector, options) =>
    kubernetes.list(`/api/v1/namespaces/${namespace}/pods`, { ...options, labelSelector: formatSelector(selector) });
  return {
    readDeployment: (namespace, name, options) =>
      kubernetes.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, options),
    listPods,
    async listBackend(namespace, name, options) {
      const path = `/api/v1/namespaces/${namespace}/services/${name}`;
      const service = await kubernetes.get<Json<V1Service>>(path, options);
      const selector = service?.spec?.selector ?? {};
      return Object.keys(selector).length === 0 ? null : listPods(namespace, selector, options);
    },
    readCapacity: (namespace, name, options) => holderOf(namespace, name).read(options),
    setMinimumReplicas(namespace, name, minimum, fence, { purpose = 'raise', ...options } = {}) {
      const deployment = {
        read: (call?: CallOptions) => readScale(kubernetes, { namespace, name }, call),
        write: (scale: ScaleSeen, call?: CallOptions) => writeScale(kubernetes, { namespace, name }, scale, call),
      };
      const world = { holder: holderOf(namespace, name), deployment };
      return setMinimumReplicas(world, { minimum, purpose, usual }, fence, options);
    },
    listQuotas: (namespace, options) => kubernetes.list(`/api/v1/namespaces/${namespace}/resourcequotas`, options),
    async listEvents(namespace, since, options) {
      const events = await kubernetes.list<Json<CoreV1Event>>(`/api/v1/namespaces/${namespace}/events`, options);
      return events
        .map(toWorkloadEvent)
        .filter((event) => event.at >= since)
        .sort((a, b) => b.at - a.at);
    },
    tailLogs(namespace, pod, lines, options) {
      const { container } = options;
      const query = new URLSearchParams({ tailLines: String(lines), limitBytes: String(logBytes), container });
      if (options.instance === 'previous') query.set('previous', 'true');
      return kubernetes.getText(`/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`, options);
    },
  };
}

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
