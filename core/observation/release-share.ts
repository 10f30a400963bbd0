import { type EnvironmentName, environmentNames, type Weights } from '../../contracts/names.ts';
import { isAlive, isReady, type JudgedPod } from '../workload/readiness.ts';

/** What is behind a side of a route: the release that is observed, something else, both of them, or nothing that answers. */
export type Behind = 'release' | 'other' | 'mixed' | 'nothing';

/**
 * What the pods of a side run, by the digests of their images: as their containers name them, or as their nodes have resolved a tag. It needs
 * no Deployment, so that it holds for a Rollout of Argo and for whatever else makes pods.
 *
 * @param digest `sha256:…` of the release's image.
 */
export function behindOf(pods: readonly JudgedPod[], digest: string): Behind {
  const serving = pods.filter((pod) => isAlive(pod) && isReady(pod));
  if (serving.length === 0) return 'nothing';
  const ours = serving.filter(({ spec, status }) =>
    [
      ...(spec?.containers ?? []).map(({ image }) => image),
      ...(status?.containerStatuses ?? []).map(({ imageID }) => imageID),
    ].some((image) => image?.endsWith(`@${digest}`)),
  ).length;
  if (ours === 0) return 'other';
  return ours === serving.length ? 'release' : 'mixed';
}

/** Where a release has traffic, as far as the route and the pods say. */
export interface ReleaseShare {
  /** Percent of all the traffic, 0 to 100. A side on which only some pods run it counts for nothing. */
  readonly share: number;
  /** The side of it with most traffic; null while it has none. */
  readonly target: EnvironmentName | null;
  /** The other side, where it has traffic and runs something else: what the release is compared with. */
  readonly origin: EnvironmentName | null;
}

/**
 * How much of the traffic a release has, whoever moves it. The weights need not sum to 100: those of the Gateway API are any numbers. A release that another
 * pipeline has promoted by bringing it to the stable side has all of the traffic, although the weights are back where they were.
 */
export function shareOf(weights: Weights, behind: Readonly<Record<EnvironmentName, Behind>>): ReleaseShare {
  const all = weights.blue + weights.green;
  const serving = environmentNames
    .filter((side) => weights[side] > 0 && behind[side] === 'release')
    .toSorted((one, other) => weights[other] - weights[one]);
  const [target = null] = serving;
  if (target === null || all <= 0) return { share: 0, target: null, origin: null };
  const had = serving.reduce((sum, side) => sum + weights[side], 0);
  const origin = environmentNames.find((side) => weights[side] > 0 && behind[side] === 'other') ?? null;
  // What has some of it has not all, and not nothing.
  const share = had === all ? 100 : Math.min(99, Math.max(1, Math.round((100 * had) / all)));
  return { share, target, origin };
}
