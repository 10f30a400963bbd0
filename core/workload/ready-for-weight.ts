import { isReady, ownPods, runsDigest, unapprovedIn, type WorkloadSeen } from './readiness.ts';
import { waitingReasons } from './waiting-reasons.ts';

export interface ReadyQuestion {
  /**
   * `sha256:…` of the image that has to run there. Null: whatever is ready there, whether or not Sluice knows that release, and whatever a
   * Deployment that does not come to its end would like to put in its place.
   */
  readonly digest: string | null;
  /** Ready pods that the weight needs (`capacityFor`), whatever the autoscaler would like to have. */
  readonly needed: number;
}

/** `replicas`: the ready pods that count. */
export type ReadyAnswer =
  | { readonly kind: 'ready'; readonly replicas: number }
  | { readonly kind: 'waiting'; readonly replicas: number; readonly reason: string }
  /** Kubernetes has given the rollout up, and too few pods are ready. */
  | { readonly kind: 'failed'; readonly replicas: number; readonly reason: string };

/**
 * Whether a side is ready to take a weight (I2): as many of its pods are ready with the wanted release as that weight needs, and none
 * that runs something else would get traffic beside them. Everybody who asks this asks it here, over the same observation, so that
 * no two of them can disagree (docs/adr/0026).
 */
export function readyForWeight(seen: WorkloadSeen, { digest, needed }: ReadyQuestion): ReadyAnswer {
  const { deployment } = seen;
  if (needed <= 0) return { kind: 'ready', replicas: 0 };
  if (deployment === null) return { kind: 'waiting', replicas: 0, reason: 'there is no Deployment' };
  const own = ownPods(seen);
  const ready = own.filter(isReady);
  const known = ready.filter((pod) => digest === null || runsDigest(pod, digest));
  const unapproved = digest === null ? [] : known.flatMap((pod) => unapprovedIn(pod, seen, digest) ?? []);
  const counted = known.filter((pod) => digest === null || unapprovedIn(pod, seen, digest) === null);
  const replicas = counted.length;
  const others = ready.length - replicas;
  const isReplaced = digest !== null && isBeingReplaced(seen, digest);
  if (replicas >= needed && others === 0 && !isReplaced) return { kind: 'ready', replicas };

  // Kubernetes fills it in; without it nobody knows.
  const asked = deployment.spec?.replicas ?? 0;
  const stuck = deployment.status?.conditions?.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  if (stuck) return { kind: 'failed', replicas, reason: `ProgressDeadlineExceeded: ${stuck.message ?? 'no message'}` };
  const count = `${replicas} of the ${needed} pods that it needs are ready${waitingReasons(deployment, own)}`;
  const because = [
    ...(replicas < needed ? [count] : []),
    ...(deployment.spec?.replicas === 0 ? ['its Deployment asks for no replicas'] : []),
    ...(asked > 0 && asked < needed ? [`its Deployment asks for only ${asked}`] : []),
    ...(isReplaced ? [`its Deployment asks for something other than ${digest}`] : []),
    ...(isReplaced && deployment.spec?.paused === true ? ['its Deployment is paused (spec.paused)'] : []),
    ...(others > 0
      ? [`${others} ready pods run something other than ${digest}${unapproved[0] ? `: ${unapproved[0]}` : ''}`]
      : []),
  ];
  return { kind: 'waiting', replicas, reason: because.join('; ') };
}

/** Whether the Deployment pins another image where ready pods have the wanted one, so that they are about to go. */
export function isBeingReplaced(seen: WorkloadSeen, digest: string): boolean {
  const pods = ownPods(seen).filter((pod) => isReady(pod) && runsDigest(pod, digest));
  const wanted = new Set(
    pods
      .flatMap((pod) => pod.spec?.containers ?? [])
      .flatMap(({ name, image }) => (isPinned(image, digest) ? [name] : [])),
  );
  const there = seen.deployment?.spec?.template?.spec?.containers ?? [];
  return there.some(({ name, image }) => wanted.has(name) && image?.includes('@') && !isPinned(image, digest));
}

const isPinned = (image: string | undefined, digest: string): boolean => image?.endsWith(`@${digest}`) === true;
