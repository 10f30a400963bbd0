import { because, type Reason } from '../../contracts/reason.ts';
import type { Release, ReleaseIdentity } from '../../contracts/release.ts';

/** The first seven digits, as Git shows them. */
const short = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);

/** How a release is told in a refusal: `v2.1.0 (commit c0ffee123456, image abab…)`. */
const tell = ({ version, commit, digest }: ReleaseIdentity): string =>
  `${version} (commit ${short(commit)}, image ${short(digest)})`;

/**
 * Compares what an operation is about with what is found now (I3).
 *
 * @returns null when they are one release; else why not, as a sentence.
 */
export function identityChanged(carried: ReleaseIdentity, found: ReleaseIdentity): Reason | null {
  if (identityFields.every((field) => carried[field] === found[field])) return null;
  const told = `The operation is about ${tell(carried)}, but Sluice has now found ${tell(found)}, which is another release. Deploy that again to have it validated and approved.`;
  return because('ReleaseChanged', told);
}

const identityFields = ['version', 'commit', 'digest'] as const satisfies readonly (keyof ReleaseIdentity)[];

/** What a later run cannot say otherwise of an image that is known; what it measures of the model is evidence. */
const facts = [...identityFields, 'image', 'reversible', 'chart'] as const satisfies readonly (keyof Release)[];

/**
 * Compares a release that is known with what a later run says of the same image: that adds evidence and changes nothing.
 *
 * @returns null when they agree; else how they differ, as a sentence.
 */
export function releaseContradicted(known: Release, found: Release): Reason | null {
  const differing = facts.filter((fact) => known[fact] !== found[fact]);
  if (differing.length === 0) return null;
  const how = differing.map((fact) => `${words[fact]} ${String(found[fact])} instead of ${String(known[fact])}`);
  const told = `Image ${found.digest} is known as ${tell(known)}, and a release does not change: this run says ${how.join(', ')}. Build another image for it.`;
  return because('ReleaseChanged', told);
}

const words = {
  version: 'version',
  commit: 'commit',
  digest: 'digest',
  image: 'image repository',
  reversible: 'reversible',
  chart: 'chart version',
} as const satisfies Record<(typeof facts)[number], string>;
