/**
 * The fields that the controllers read and write, as they travel (times are RFC 3339 text). What a server sends is
 * believed to have these shapes: it has validated them, as Kubernetes does.
 */
export interface Metadata {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Any object: what is not known of it is read with care. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

export interface Probe {
  httpGet?: { path?: string; port?: number | string };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

export interface Container {
  name: string;
  image: string;
  ports?: { name?: string; containerPort: number }[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  startupProbe?: Probe;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: { containers: Container[]; terminationGracePeriodSeconds?: number; [field: string]: unknown };
}

export interface ContainerStatus {
  name: string;
  image: string;
  imageID: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: Record<string, Record<string, unknown>>;
  lastState?: Record<string, Record<string, unknown>>;
}

export interface Pod extends KubeObject {
  spec: PodTemplate['spec'] & { nodeName?: string };
  status?: {
    phase?: string;
    qosClass?: string;
    podIP?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
  };
}

export interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    paused?: boolean;
    selector: { matchLabels?: Record<string, string> };
    template: PodTemplate;
    revisionHistoryLimit?: number;
    progressDeadlineSeconds?: number;
    strategy?: { rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } };
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    unavailableReplicas?: number;
    conditions?: Condition[];
  };
}

export interface ReplicaSet extends KubeObject {
  spec: { replicas?: number; selector: { matchLabels?: Record<string, string> }; template: PodTemplate };
  status?: { replicas?: number; readyReplicas?: number; availableReplicas?: number; observedGeneration?: number };
}

export interface HorizontalPodAutoscaler extends KubeObject {
  spec: { scaleTargetRef: { kind: string; name: string }; minReplicas?: number; maxReplicas: number };
  status?: { currentReplicas?: number; desiredReplicas?: number; conditions?: Condition[] };
}

/** KEDA's. */
export interface ScaledObject extends KubeObject {
  spec: {
    scaleTargetRef: { kind?: string; name: string };
    minReplicaCount?: number;
    maxReplicaCount?: number;
    idleReplicaCount?: number;
    advanced?: { horizontalPodAutoscalerConfig?: { name?: string } };
  };
  status?: { hpaName?: string; conditions?: Condition[] };
}

export interface Service extends KubeObject {
  spec?: {
    selector?: Record<string, string>;
    ports?: { name?: string; port: number; targetPort?: number | string; protocol?: string }[];
  };
}

export interface EndpointSlice extends KubeObject {
  addressType: string;
  endpoints?: {
    addresses: string[];
    conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
    targetRef?: { kind?: string; namespace?: string; name?: string; uid?: string };
    nodeName?: string;
  }[];
  ports?: { name?: string; port?: number; protocol?: string }[];
}

export interface VirtualService extends KubeObject {
  spec?: {
    hosts?: string[];
    http?: {
      name?: string;
      match?: { uri?: { exact?: string; prefix?: string }; [condition: string]: unknown }[];
      route?: { destination: { host: string; port?: { number?: number } }; weight?: number }[];
    }[];
  };
}

/** Gateway API's route. */
export interface HttpRoute extends KubeObject {
  status?: { parents?: { parentRef: object; controllerName: string; conditions: Condition[] }[] };
  spec?: {
    parentRefs?: object[];
    hostnames?: string[];
    rules?: {
      name?: string;
      matches?: { path?: { type?: string; value?: string }; [condition: string]: unknown }[];
      backendRefs?: { name: string; namespace?: string; port?: number; weight?: number }[];
    }[];
  };
}

/** An Ingress, as far as a load balancer is made of it. */
export interface Ingress extends KubeObject {
  spec?: {
    ingressClassName?: string;
    rules?: {
      host?: string;
      http?: {
        paths: { path?: string; backend: { service?: { name: string; port?: { name?: string; number?: number } } } }[];
      };
    }[];
  };
}

/** What lets routes of other namespaces refer to Services of this one. */
export interface ReferenceGrant extends KubeObject {
  spec?: { from?: { kind: string; namespace: string }[]; to?: { kind: string; name?: string }[] };
}

/** `namespace/name`, or the name alone for what has no namespace. */
export const keyOf = ({ metadata: { namespace, name } }: { metadata: Metadata }): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** The controller among an object's owners. */
export const controllerOf = ({ metadata }: { metadata: Metadata }): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true);

/** Whether `labels` has everything that `selector` asks for. An empty selector selects nothing. */
export function selects(selector: Record<string, string> | undefined, labels: Record<string, string> = {}): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export const timestamp = (at: Date = new Date()): string => at.toISOString().replace(/\.\d+Z$/, 'Z');
