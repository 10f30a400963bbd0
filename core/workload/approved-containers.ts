import { meshContainers } from '../../contracts/mesh-containers.ts';

/** What is read of a container in a pod or in a template. */
interface Container {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
}

/** The containers of a pod or of a template, those that run first among them. */
export interface Containers {
  readonly containers?: readonly Container[] | undefined;
  readonly initContainers?: readonly Container[] | undefined;
}

/** What is read of a pod: what it asks for, and what the nodes have taken for it. */
export interface RunningContainers {
  readonly spec?: Containers | undefined;
  readonly status?:
    | {
        readonly initContainerStatuses?: readonly Resolved[] | undefined;
        readonly containerStatuses?: readonly Resolved[] | undefined;
      }
    | undefined;
}

interface Resolved {
  readonly name?: string | undefined;
  readonly imageID?: string | undefined;
}

/**
 * The first thing about a pod's containers that was not approved, in words; null when all of them are those of the approved template, init
 * containers too. By digest where the template names one, as the node has resolved it: a mirror that admission puts in its place is the
 * same content. By name and tag where it does not. What only admission adds is known by its name.
 */
export function unapprovedContainer(
  pod: RunningContainers,
  approved: Containers,
  injected: readonly string[] = meshContainers,
): string | null {
  const { spec, status } = pod;
  const main = differing(spec?.containers, approved.containers, status?.containerStatuses, injected);
  return (
    main ??
    differing(spec?.initContainers, approved.initContainers, status?.initContainerStatuses, injected, 'init container')
  );
}

function differing(
  there: readonly Container[] = [],
  wanted: readonly Container[] = [],
  resolved: readonly Resolved[] = [],
  injected: readonly string[] = [],
  kind = 'container',
): string | null {
  for (const { name = '', image = '' } of there) {
    const approved = wanted.find((one) => (one.name ?? '') === name);
    // `auto` in a template is the mesh's word for the proxy that it puts there.
    if (injected.includes(name) && (approved === undefined || approved.image === 'auto')) continue;
    if (approved === undefined) return `${kind} ${name} (${image}) is not in the approved template`;
    const took = resolved.find((one) => one.name === name)?.imageID ?? '';
    if (!isSame(approved.image ?? '', image, took)) {
      return `${kind} ${name} runs ${digestOf(took) === null ? image : `${image} (${took})`} instead of ${approved.image}`;
    }
  }
  const missing = wanted.find((one) => !there.some(({ name }) => name === one.name));
  return missing === undefined ? null : `${kind} ${missing.name} is missing`;
}

function isSame(approved: string, image: string, took: string): boolean {
  const digest = digestOf(approved);
  // Admission may pin the tag, or keep what stands before it.
  if (digest === null) return image === approved || image.split('@')[0] === approved;
  const [asked, found] = [digestOf(image), digestOf(took)];
  return (asked ?? found) === digest && (found ?? digest) === digest;
}

const digestOf = (image: string): string | null => /@(sha256:[0-9a-f]+)$/.exec(image)?.[1] ?? null;
