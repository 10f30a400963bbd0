import { requiredProofs } from '../../contracts/configuration/image.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Evidence } from '../../contracts/evidence.ts';
import { isInRepositories } from '../../contracts/image.ts';
import type { ReleaseFile } from '../../contracts/release.ts';
import type { ReleaseDeps } from '../ports.ts';

/** A version from before reads the record while this one is rolled out, and finds nothing proven. */
const forEarlier = { scan: null, signature: 'unknown' } as const;

/** What is known of a release's image. Null for one that lies where it must not, of which nobody is asked, and outside of ECR. */
export async function collectImage(
  { registry, attestations }: Pick<ReleaseDeps, 'registry' | 'attestations'>,
  service: ServiceConfiguration,
  { image, digest }: Pick<ReleaseFile, 'image' | 'digest'>,
): Promise<Evidence['image']> {
  const { image: rules } = service.validation;
  if (rules.repositories !== null && !isInRepositories(image, rules.repositories)) return null;
  const described = await registry.describe(image, digest, { scan: rules.critical !== null });
  if (described === null) return null;
  const proofs = requiredProofs(rules);
  if (!described.present || proofs.length === 0) return { ...described, ...forEarlier, attestations: null };
  const from = [
    ...(proofs.some((proof) => proof !== 'signature') ? (['github'] as const) : []),
    ...(proofs.some((proof) => proof !== 'provenance') ? (['registry'] as const) : []),
  ];
  const found = await attestations.find({ repository: service.repository, image, digest, from });
  return { ...described, ...forEarlier, attestations: found };
}
