interface Waiting {
  readonly name?: string | undefined;
  readonly state?: { readonly waiting?: { readonly reason?: string | undefined } | undefined } | undefined;
}

interface Condition {
  readonly type: string;
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** What is read of a Pod to say why it does not run. */
export interface WaitingPod {
  readonly status?:
    | {
        readonly conditions?: readonly Condition[] | undefined;
        readonly initContainerStatuses?: readonly Waiting[] | undefined;
        readonly containerStatuses?: readonly Waiting[] | undefined;
      }
    | undefined;
}

/** What is read of a Deployment to say why it has too few pods. */
export interface WaitingDeployment {
  readonly status?: { readonly conditions?: readonly Condition[] | undefined } | undefined;
}

/**
 * Why a rollout does not come to its end, e.g. ` (ImagePullBackOff)`: the first thing that somebody on call wants to know. Pods that may not be
 * made (a quota, an admission webhook), that no node takes, and containers that wait, those that run first (`initContainers`) by name.
 */
export function waitingReasons({ status }: WaitingDeployment, pods: readonly WaitingPod[]): string {
  const refused = (status?.conditions ?? []).filter((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  const unplaced = pods
    .flatMap((pod) => pod.status?.conditions ?? [])
    .filter((one) => one.type === 'PodScheduled' && one.status === 'False');
  // While the containers that come first wait, the others only wait for them.
  const waiting = pods.flatMap((pod) => {
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    const first = initContainerStatuses.flatMap(({ name, state }) => {
      const reason = state?.waiting?.reason;
      return reason === undefined || reason === 'PodInitializing' ? [] : [`init container ${name}: ${reason}`];
    });
    return first.length > 0 ? first : containerStatuses.map(({ state }) => state?.waiting?.reason);
  });
  const told = new Set([...refused.map(inWords), ...unplaced.map(inWords), ...waiting]);
  told.delete(undefined);
  return told.size > 0 ? ` (${[...told].join(', ')})` : '';
}

const inWords = ({ type, reason, message }: Condition): string => `${reason ?? type}${message ? `: ${message}` : ''}`;
