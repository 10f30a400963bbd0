import { isAlive, isReady, isSelected } from './readiness.ts';

interface ContainerStatus {
  readonly name?: string | undefined;
  readonly restartCount?: number | undefined;
  readonly state?: { readonly waiting?: { readonly reason?: string | undefined } | undefined } | undefined;
  readonly lastState?:
    | {
        readonly terminated?:
          | { readonly reason?: string | undefined; readonly exitCode?: number | undefined }
          | undefined;
      }
    | undefined;
}

/** What is read of a Pod (v1). */
export interface WatchedPod {
  readonly metadata?:
    | {
        readonly name?: string | undefined;
        readonly labels?: Readonly<Record<string, string>> | undefined;
        readonly deletionTimestamp?: string | undefined;
      }
    | undefined;
  readonly status?:
    | {
        readonly phase?: string | undefined;
        readonly conditions?: readonly { readonly type: string; readonly status?: string | undefined }[] | undefined;
        readonly initContainerStatuses?: readonly ContainerStatus[] | undefined;
        readonly containerStatuses?: readonly ContainerStatus[] | undefined;
      }
    | undefined;
}

/** A pod that serves or should serve, in what matters to its health. */
export interface PodSeen {
  readonly name: string;
  readonly ready: boolean;
  /** Why one of its containers does not start, e.g. `ImagePullBackOff`; null when none says so. */
  readonly stuck: string | null;
  readonly containers: readonly {
    readonly name: string;
    readonly restarts: number;
    /** How it ended the last time, e.g. `OOMKilled, exit code 137`; null when that is not known. */
    readonly lastEnd: string | null;
  }[];
}

/** What a container waits for in the ordinary course of a start. */
const starting = new Set(['ContainerCreating', 'PodInitializing']);

/**
 * The pods behind a Deployment's selector that live: those that are being deleted, have ended or were evicted are on their way out, and
 * others take their place. Init containers count, which is what native sidecars are.
 */
export function livingPods(pods: readonly WatchedPod[], selector: Readonly<Record<string, string>>): PodSeen[] {
  return pods
    .filter((pod) => isAlive(pod) && isSelected(pod, selector))
    .map((pod) => {
      const { metadata, status } = pod;
      const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
      const waits = statuses.map(({ state }) => state?.waiting?.reason);
      return {
        name: metadata?.name ?? 'without a name',
        ready: isReady(pod),
        stuck: waits.find((reason) => reason !== undefined && !starting.has(reason)) ?? null,
        containers: statuses.map(({ name = 'without a name', restartCount = 0, lastState }) => ({
          name,
          restarts: restartCount,
          lastEnd: endWords(lastState?.terminated),
        })),
      };
    });
}

function endWords(ended: { readonly reason?: string | undefined; readonly exitCode?: number | undefined } | undefined) {
  const parts = [ended?.reason, ended?.exitCode === undefined ? undefined : `exit code ${ended.exitCode}`].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? null : parts.join(', ');
}
