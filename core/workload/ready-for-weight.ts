import { isReady, type JudgedPod, ownPods, type PodSpec, runsDigest, specHas, type WorkloadSeen } from './readiness.ts';
import { waitingReasons } from './waiting-reasons.ts';

/** What has to run in the pods that count. */
export type WantedRelease =
  /** Exactly this image. */
  | { readonly kind: 'digest'; readonly digest: string }
  /** What the Deployment says, whether or not Sluice knows that release. */
  | { readonly kind: 'template' }
  /** Anything: the side carries traffic with these pods already. */
  | { readonly kind: 'serving' };

export interface ReadyQuestion {
  readonly wanted: WantedRelease;
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
export function readyForWeight(seen: WorkloadSeen, { wanted, needed }: ReadyQuestion): ReadyAnswer {
  const { deployment } = seen;
  if (needed <= 0) return { kind: 'ready', replicas: 0 };
  if (deployment === null) return { kind: 'waiting', replicas: 0, reason: 'there is no Deployment' };
  const template = deployment.spec?.template?.spec;
  const own = ownPods(seen);
  const ready = own.filter(isReady);
  const counted = ready.filter((pod) => runs(pod, wanted, template));
  const replicas = counted.length;
  const others = ready.length - replicas;
  if (replicas >= needed && others === 0 && !isBeingReplaced(template, wanted)) return { kind: 'ready', replicas };

  const stuck = deployment.status?.conditions?.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  if (stuck) return { kind: 'failed', replicas, reason: `ProgressDeadlineExceeded: ${stuck.message ?? 'no message'}` };
  const count = `${replicas} of the ${needed} pods that it needs are ready${waitingReasons(deployment, own)}`;
  const because = [
    ...(replicas < needed ? [count] : []),
    ...(deployment.spec?.replicas === 0 ? ['its Deployment asks for no replicas'] : []),
    ...(isBeingReplaced(template, wanted) ? [`its Deployment asks for something else than ${nameOf(wanted)}`] : []),
    ...(others > 0 ? [`${others} ready pods run something else than ${nameOf(wanted)}`] : []),
  ];
  return { kind: 'waiting', replicas, reason: because.join('; ') };
}

const nameOf = (wanted: WantedRelease): string =>
  wanted.kind === 'digest' ? wanted.digest : 'what its Deployment says';

/** Whether the Deployment names other images, by digest, so that its pods with the wanted one are about to go. */
const isBeingReplaced = (template: PodSpec | undefined, wanted: WantedRelease): boolean =>
  wanted.kind === 'digest' &&
  !specHas(template, wanted.digest) &&
  (template?.containers ?? []).every(({ image }) => image?.includes('@') === true);

function runs(pod: JudgedPod, wanted: WantedRelease, template: PodSpec | undefined): boolean {
  switch (wanted.kind) {
    case 'serving':
      return true;
    case 'digest':
      return runsDigest(pod, wanted.digest);
    case 'template':
      return (template?.containers ?? []).every(
        ({ name, image = '' }) =>
          pod.spec?.containers?.some((own) => own.name === name && isSameImage(own.image ?? '', image)) === true,
      );
  }
}

/**
 * Whether a pod's image is its template's. Admission may have put another registry in front, or a digest behind a tag; a pod may have
 * more containers than its template, as injected sidecars are.
 */
function isSameImage(inPod: string, inTemplate: string): boolean {
  const [taggedThere = '', digestThere] = inTemplate.split('@');
  const [taggedHere = '', digestHere] = inPod.split('@');
  if (digestThere !== undefined) return digestHere === digestThere;
  return lastPart(taggedHere) === lastPart(taggedThere);
}

/** `app:v1` of `registry.example.com/team/app:v1`. */
const lastPart = (image: string): string => image.slice(image.lastIndexOf('/') + 1);
