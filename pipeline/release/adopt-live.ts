import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { versionSchema } from '../../contracts/release.ts';
import { note, sluice } from '../operation/audited.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ReleaseDeps } from '../ports.ts';
import { collectEvidence } from './collect-evidence.ts';
import { findRunOfVersion } from './find-run.ts';

/**
 * Makes a release known that was live before Sluice came, so that there is something to go back to. It counts as good since it
 * serves the traffic; a release whose CI run cannot be found, or whose image is another one, stays unknown. So does what is live in the place of
 * a release that Sluice brought there: whoever can put it there must not make it good (I3).
 */
export async function adoptLive(
  deps: ReleaseDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
): Promise<void> {
  const { live } = operation;
  if (live === null || (await deps.store.releases.read(service.name, live.digest)) !== null) return;
  if (await hasBroughtOne(deps, service)) return;
  const version = await knownVersion(deps, service, live.version);
  if (version === null) return;
  const found = await findRunOfVersion(deps, service, version);
  if (found.kind !== 'found' || found.run.conclusion === null) return;
  const collected = await collectEvidence(deps, service, found.run);
  if (collected.kind === 'unusable' || collected.release.digest !== live.digest) return;
  const stored = await deps.store.releases.put(service.name, collected.release, collected.evidence);
  if (stored.kind === 'contradicted') return;
  const marks = { succeededAt: timestamp(deps), environment: live.environment };
  await deps.store.releases.mark(service.name, live.digest, marks);
  await note(deps, { operation: operation.id, action: 'adopt-live-release', actor: sluice, details: { ...live } });
}

/** Whether Sluice knows of a release of the service that was live and good. */
export const hasBroughtOne = async (
  { store }: Pick<ReleaseDeps, 'store'>,
  { name }: ServiceConfiguration,
): Promise<boolean> => (await store.releases.list(name)).some(({ succeededAt }) => succeededAt !== null);

/**
 * The tag of a version that a label names: `2.0.5` may be `v2.0.5` in Git. Null when no tag is of it. A label such as `latest` or `main` is
 * no version, even if there is a tag or a branch of that name.
 */
export async function knownVersion(
  { source }: Pick<ReleaseDeps, 'source'>,
  { repository }: ServiceConfiguration,
  label: string,
): Promise<string | null> {
  if (!versionSchema.safeParse(label).success) return null;
  for (const tag of [label, label.startsWith('v') ? label.slice(1) : `v${label}`]) {
    if ((await source.taggedCommit(repository, tag)) !== null) return tag;
  }
  return null;
}

/**
 * The commit of what is live: as it was recorded, or of the tag of its version. By its id, so that a branch that somebody names like a
 * version is not taken for it. Null when neither is known.
 */
export async function commitOfLive(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  live: Pick<NonNullable<OperationRecord['live']>, 'digest' | 'version'>,
): Promise<string | null> {
  const known = await deps.store.releases.read(service.name, live.digest);
  if (known !== null) return known.release.commit;
  const tag = await knownVersion(deps, service, live.version);
  return tag === null ? null : deps.source.taggedCommit(service.repository, tag);
}
