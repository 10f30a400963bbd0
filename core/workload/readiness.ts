import { meshContainers } from '../../contracts/mesh-containers.ts';
import { podWords } from '../../contracts/words.ts';
import { type Containers, unapprovedContainer } from './approved-containers.ts';
import { foreignField } from './foreign-fields.ts';
import type { SizedContainer } from './room.ts';
import { type AppliedBy, syncedContainers } from './synced-containers.ts';
import { waitingReasons } from './waiting-reasons.ts';

interface Container extends SizedContainer {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
}

interface JudgedContainer {
  readonly name?: string | undefined;
  readonly imageID?: string | undefined;
  readonly state?: { readonly waiting?: { readonly reason?: string | undefined } | undefined } | undefined;
}

export interface PodSpec {
  readonly containers?: readonly Container[] | undefined;
  readonly initContainers?: readonly Container[] | undefined;
}

interface Condition {
  readonly type: string;
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** What is read of a Deployment (apps/v1). */
export interface JudgedDeployment {
  readonly metadata?: (AppliedBy & { readonly generation?: number | undefined }) | undefined;
  readonly spec?:
    | {
        readonly replicas?: number | undefined;
        /** No change of the template is rolled out; capacity is still set. */
        readonly paused?: boolean | undefined;
        readonly selector?:
          | {
              readonly matchLabels?: Readonly<Record<string, string>> | undefined;
              readonly matchExpressions?: readonly { readonly key: string }[] | undefined;
            }
          | undefined;
        readonly template?:
          | {
              readonly metadata?:
                | {
                    readonly labels?: Readonly<Record<string, string>> | undefined;
                    readonly annotations?: Readonly<Record<string, string>> | undefined;
                  }
                | undefined;
              readonly spec?: PodSpec | undefined;
            }
          | undefined;
      }
    | undefined;
  readonly status?:
    | {
        readonly observedGeneration?: number | undefined;
        readonly replicas?: number | undefined;
        readonly updatedReplicas?: number | undefined;
        readonly availableReplicas?: number | undefined;
        readonly readyReplicas?: number | undefined;
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

/** What the cluster says of one side: the one observation that every question about its readiness is asked of. */
export interface WorkloadSeen {
  /** Null when there is none. */
  readonly deployment: JudgedDeployment | null;
  readonly pods: readonly JudgedPod[];
  /**
   * The containers of the template that Argo CD had synced at the approved commit; null: as the Deployment says what was synced. Without it,
   * as on the way back, its own template is believed: no return waits for what somebody has added to it.
   */
  readonly approved?: Containers | null | undefined;
  /** Names of containers that admission may add to pods; those of the service meshes without it. */
  readonly injected?: readonly string[] | undefined;
  /** Field managers besides Argo CD that may set fields of the pod template. */
  readonly managers?: readonly string[] | undefined;
}

export type DeploymentReadiness =
  /** How many ready pods run the wanted image. */
  { kind: 'ready'; replicas: number } | { kind: 'progressing'; reason: string } | { kind: 'failed'; reason: string };

/**
 * Judges whether a sync has been rolled out with the image of `digest` (`sha256:…`): observed, updated, available, and every pod of it with that
 * digest (I2). No replicas at all are progress, never readiness. Whether a side can take a weight is another question: `readyForWeight`.
 */
export function judgeDeployment(
  deployment: JudgedDeployment,
  pods: readonly JudgedPod[],
  digest: string,
  { injected, managers }: Pick<WorkloadSeen, 'injected' | 'managers'> = {},
): DeploymentReadiness {
  const { metadata, spec, status } = deployment;
  const progressing = (reason: string): DeploymentReadiness => ({ kind: 'progressing', reason });
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 1)) {
    return progressing('its newest generation has not been observed yet');
  }
  if (!specHas(spec?.template?.spec, digest)) return progressing(`its template does not have ${digest} yet`);
  const added = addedToTemplate({ deployment, pods, injected, managers }, digest);
  if (added !== null) return progressing(added);
  const stuck = status?.conditions?.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  if (stuck) return { kind: 'failed', reason: `ProgressDeadlineExceeded: ${stuck.message ?? 'no message'}` };

  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  if (wanted === 0) return progressing('it has no replicas');
  const own = ownPods({ deployment, pods });
  const paused = spec?.paused === true ? ' (its Deployment is paused: spec.paused)' : '';
  const because = `${waitingReasons(deployment, own)}${paused}`;
  if (updatedReplicas < wanted) return progressing(`${updatedReplicas} of ${wanted} replicas are updated${because}`);
  if (replicas > updatedReplicas) return progressing(`${replicas - updatedReplicas} old replicas are still there`);
  if (availableReplicas < wanted)
    return progressing(`${availableReplicas} of ${wanted} replicas are available${because}`);

  const others = own.filter((pod) => !runsDigest(pod, digest));
  if (others.length > 0)
    return progressing(
      `${podWords(others.length)} ${others.length === 1 ? 'runs' : 'run'} another image than ${digest}`,
    );
  const unapproved = own.flatMap((pod) => unapprovedContainer(pod, spec?.template?.spec ?? {}, injected) ?? []);
  if (unapproved.length > 0)
    return progressing(
      `${podWords(unapproved.length)} ${unapproved.length === 1 ? 'runs' : 'run'} what was not approved: ${unapproved[0]}`,
    );
  const ready = own.filter(isReady).length;
  if (ready < wanted) return progressing(`${ready} of ${wanted} pods are ready${because}`);
  return { kind: 'ready', replicas: ready };
}

/** The pods of a Deployment that are not on their way out. */
export const ownPods = ({ deployment, pods }: WorkloadSeen): JudgedPod[] =>
  pods.filter((pod) => isAlive(pod) && isSelected(pod, deployment?.spec?.selector?.matchLabels ?? {}));

/** Whether a pod template names an image by this digest, in whichever of its containers. */
export const specHas = (spec: PodSpec | undefined, digest: string): boolean =>
  spec?.containers?.some(({ image }) => image?.endsWith(`@${digest}`)) === true;

/**
 * Whether a pod runs this image: in whichever of its containers, by digest as it asked for it or as the node resolved its tag, and no
 * container of it has another image of the same repository.
 */
export function runsDigest({ spec, status }: JudgedPod, digest: string): boolean {
  const containers = (spec?.containers ?? []).map(({ name, image = '' }) => {
    const resolved = status?.containerStatuses?.find((one) => one.name === name)?.imageID;
    const has = image.endsWith(`@${digest}`) || resolved?.endsWith(`@${digest}`) === true;
    return { has, repository: repositoryOf(image) };
  });
  const repositories = new Set(containers.filter(({ has }) => has).map(({ repository }) => repository));
  return repositories.size > 0 && containers.every(({ has, repository }) => has || !repositories.has(repository));
}

/**
 * What in a pod with the wanted image was not approved; null when nothing is. Where the Deployment asks for another image, nobody knows
 * the template of these pods: that it is about to replace them is another question.
 */
export function unapprovedIn(
  pod: JudgedPod,
  { deployment, approved, injected, managers }: WorkloadSeen,
  digest: string,
): string | null {
  const template = approved ?? deployment?.spec?.template?.spec;
  if (template === undefined || !specHas(template, digest)) return null;
  const added =
    approved === undefined ? null : addedToTemplate({ deployment, pods: [], approved, injected, managers }, digest);
  return added ?? unapprovedContainer(pod, template, injected);
}

/**
 * What stands in the Deployment's own template and is not of the approved commit; null when nothing does. A mesh adds its containers to
 * pods, so that one of such a name in the template was put there by somebody; what else a service names in `injectedContainers` may be.
 */
function addedToTemplate(
  { deployment, approved, injected = [], managers = [] }: WorkloadSeen,
  digest: string,
): string | null {
  const template = deployment?.spec?.template?.spec;
  const synced = approved ?? (deployment === null ? null : syncedContainers(deployment, digest));
  if (synced === null || template === undefined || !specHas(template, digest)) return null;
  const elsewhere = injected.filter((name) => !meshContainers.includes(name));
  const added =
    unapprovedContainer({ spec: template }, synced, elsewhere) ?? foreignField(deployment?.metadata ?? {}, managers);
  return added === null
    ? null
    : `its template differs from what Argo CD synced: ${added}; a sync does not change that, so undo it in the Deployment`;
}

/** `registry.example.com:5000/app` of `registry.example.com:5000/app:v1@sha256:…`. */
export const repositoryOf = (image: string): string => (image.split('@')[0] ?? '').replace(/:[^/:]*$/, '');

/** Whether a pod lives: one that is being deleted, has ended or was evicted is on its way out, and another one takes its place. */
export const isAlive = ({ metadata, status }: JudgedPod): boolean =>
  !metadata?.deletionTimestamp && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';

/** Whether a pod carries these labels. */
export const isSelected = ({ metadata }: JudgedPod, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([key, value]) => metadata?.labels?.[key] === value);

/** Kubernetes' own word: every container of the pod is ready, its sidecars too. */
export const isReady = ({ status }: JudgedPod): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
