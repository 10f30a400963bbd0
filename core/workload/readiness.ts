import { waitingReasons } from './waiting-reasons.ts';

interface Container {
  readonly image?: string | undefined;
}

interface JudgedContainer {
  readonly name?: string | undefined;
  readonly state?: { readonly waiting?: { readonly reason?: string | undefined } | undefined } | undefined;
}

interface PodSpec {
  readonly containers?: readonly Container[] | undefined;
}

interface Condition {
  readonly type: string;
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** What is read of a Deployment (apps/v1). */
export interface JudgedDeployment {
  readonly metadata?: { readonly generation?: number | undefined } | undefined;
  readonly spec?:
    | {
        readonly replicas?: number | undefined;
        readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> | undefined } | undefined;
        readonly template?: { readonly spec?: PodSpec | undefined } | undefined;
      }
    | undefined;
  readonly status?:
    | {
        readonly observedGeneration?: number | undefined;
        readonly replicas?: number | undefined;
        readonly updatedReplicas?: number | undefined;
        readonly availableReplicas?: number | undefined;
        readonly conditions?: readonly Condition[] | undefined;
      }
    | undefined;
}

/** What is read of a Pod (v1). */
export interface JudgedPod {
  readonly metadata?:
    | {
        readonly name?: string | undefined;
        readonly labels?: Readonly<Record<string, string>> | undefined;
        readonly deletionTimestamp?: string | undefined;
      }
    | undefined;
  readonly spec?: PodSpec | undefined;
  readonly status?:
    | {
        readonly phase?: string | undefined;
        readonly conditions?: readonly Condition[] | undefined;
        readonly initContainerStatuses?: readonly JudgedContainer[] | undefined;
        readonly containerStatuses?: readonly JudgedContainer[] | undefined;
      }
    | undefined;
}

export type DeploymentReadiness =
  /** How many ready pods run the wanted image. */
  { kind: 'ready'; replicas: number } | { kind: 'progressing'; reason: string } | { kind: 'failed'; reason: string };

/**
 * Judges whether a Deployment is rolled out with the image of `digest` (`sha256:…`): observed, updated, available, and every pod
 * of it with that digest in its spec (I2). No replicas at all are progress, never readiness.
 */
export function judgeDeployment(
  deployment: JudgedDeployment,
  pods: readonly JudgedPod[],
  digest: string,
): DeploymentReadiness {
  const { metadata, spec, status } = deployment;
  const progressing = (reason: string): DeploymentReadiness => ({ kind: 'progressing', reason });
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 1)) {
    return progressing('its newest generation has not been observed yet');
  }
  if (!runs(spec?.template?.spec, digest)) return progressing(`its template does not have ${digest} yet`);
  const stuck = status?.conditions?.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  if (stuck) return { kind: 'failed', reason: `ProgressDeadlineExceeded: ${stuck.message ?? 'no message'}` };

  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  if (wanted === 0) return progressing('it has no replicas');
  const own = pods.filter((pod) => isAlive(pod) && isSelected(pod, spec?.selector?.matchLabels ?? {}));
  const because = waitingReasons(deployment, own);
  if (updatedReplicas < wanted) return progressing(`${updatedReplicas} of ${wanted} replicas are updated${because}`);
  if (replicas > updatedReplicas) return progressing(`${replicas - updatedReplicas} old replicas are still there`);
  if (availableReplicas < wanted)
    return progressing(`${availableReplicas} of ${wanted} replicas are available${because}`);

  const others = own.filter((pod) => !runs(pod.spec, digest));
  if (others.length > 0) return progressing(`${others.length} pods run another image than ${digest}`);
  const ready = own.filter(isReady).length;
  if (ready < wanted) return progressing(`${ready} of ${wanted} pods are ready${because}`);
  return { kind: 'ready', replicas: ready };
}

const runs = (spec: PodSpec | undefined, digest: string): boolean =>
  spec?.containers?.some(({ image }) => image?.endsWith(`@${digest}`)) === true;

const isAlive = ({ metadata, status }: JudgedPod): boolean =>
  !metadata?.deletionTimestamp && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';

const isSelected = ({ metadata }: JudgedPod, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([key, value]) => metadata?.labels?.[key] === value);

const isReady = ({ status }: JudgedPod): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
