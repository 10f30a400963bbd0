import { isReady, ownPods, type PodSpec, repositoryOf, type WorkloadSeen } from './readiness.ts';

/** What a side runs, as far as its Deployment and its pods say. */
export interface RunningRelease {
  /** By the label `app.kubernetes.io/version`; `unknown` without it. */
  readonly version: string;
  /** The image without tag and digest. */
  readonly image: string;
  /** `sha256:…` of the image: as the Deployment names it, or as all of its pods have resolved its tag. Null when neither tells. */
  readonly digest: string | null;
  /** The digests of all containers, sidecars too, and of what its Deployment is bringing: who looks for a certain image compares with each. */
  readonly digests: readonly string[];
}

const versionLabel = 'app.kubernetes.io/version';
/** Names the container that kubectl takes without `-c`. */
const defaultContainer = 'kubectl.kubernetes.io/default-container';

/**
 * What runs on a side, whether Sluice knows that release or not; null without a Deployment. Its containers may stand in any order. Where all
 * pods that are ready are of one kind, they say what runs, also while their Deployment cannot get something else ready in their place.
 */
export function runningRelease(seen: WorkloadSeen, service: string): RunningRelease | null {
  const template = seen.deployment?.spec?.template;
  if (template === undefined) return null;
  const named = template.metadata?.annotations?.[defaultContainer];
  const { labels, spec } = kindOfReady(seen, [service, named]) ?? {
    labels: template.metadata?.labels,
    spec: template.spec,
  };
  const main = mainContainer(spec, [service, named]);
  const image = main?.image ?? '';
  const digest = digestOf(image) ?? resolvedDigest(seen, main?.name);
  const digests = [...(spec?.containers ?? []), ...(template.spec?.containers ?? [])].flatMap(
    (container) => digestOf(container.image ?? '') ?? [],
  );
  return {
    version: labels?.[versionLabel] ?? 'unknown',
    image: repositoryOf(image),
    digest,
    digests: [...new Set(digest === null ? digests : [digest, ...digests])],
  };
}

/**
 * The image, by digest, that a Deployment brings in place of what some of its ready pods run: somebody has changed its template, or a rollout has not
 * ended. Null when they run it, or nobody knows.
 */
export function comingImage(seen: WorkloadSeen, service: string): string | null {
  const template = seen.deployment?.spec?.template;
  const names = [service, template?.metadata?.annotations?.[defaultContainer]];
  const image = mainContainer(template?.spec, names)?.image ?? '';
  const wanted = digestOf(image);
  if (wanted === null) return null;
  const running = ownPods(seen)
    .filter(isReady)
    .map(({ spec, status }) => {
      const main = mainContainer(spec, names);
      const resolved = status?.containerStatuses?.find(({ name }) => name === main?.name)?.imageID;
      return digestOf(main?.image ?? '') ?? digestOf(resolved ?? '');
    });
  return running.some((digest) => digest !== null && digest !== wanted) ? image : null;
}

/** Labels and containers of the ready pods, when all have the same version and image; null else. */
function kindOfReady(seen: WorkloadSeen, names: readonly (string | undefined)[]) {
  const [first, ...others] = ownPods(seen)
    .filter(isReady)
    .map(({ metadata, spec }) => ({ labels: metadata?.labels, spec }));
  if (first?.labels?.[versionLabel] === undefined) return null;
  const kind = ({ labels, spec }: typeof first) => `${labels?.[versionLabel]} ${mainContainer(spec, names)?.image}`;
  return others.every((other) => kind(other) === kind(first)) ? first : null;
}

/**
 * The container that is the service: by the service's name or kubectl's annotation, by an image of that name, or else the first one that
 * is pinned by digest, as releases are and sidecars seldom.
 */
function mainContainer(spec: PodSpec | undefined, names: readonly (string | undefined)[]) {
  const containers = spec?.containers ?? [];
  const byName = names.flatMap((name) =>
    containers.filter((container) => name !== undefined && container.name === name),
  );
  const byImage = containers.filter(({ image }) =>
    names.includes(
      repositoryOf(image ?? '')
        .split('/')
        .at(-1),
    ),
  );
  const pinned = containers.filter(({ image }) => digestOf(image ?? '') !== null);
  return [...byName, ...byImage, ...pinned, ...containers][0];
}

const digestOf = (image: string): string | null => image.split('@')[1] ?? null;

/** What the nodes have resolved a tag to, when all pods agree. */
function resolvedDigest(seen: WorkloadSeen, container: string | undefined): string | null {
  const resolved = ownPods(seen).map(({ status }) => {
    const imageId = status?.containerStatuses?.find(({ name }) => name === container)?.imageID;
    return digestOf(imageId ?? '');
  });
  const [first = null] = resolved;
  return resolved.every((digest) => digest === first) ? first : null;
}
