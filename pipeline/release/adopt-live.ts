import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { bare, versionProblem } from '../../contracts/version.ts';
import { note, sluice } from '../operation/audited.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ReleaseDeps } from '../ports.ts';
import { collectEvidence } from './collect-evidence.ts';
import { commitOfVersion, findRunOfVersion } from './find-run.ts';

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
 * The version that a label names, as Git knows it: `2.0.5` may be the tag `v2.0.5`. Null when it knows none. A label such as `latest` or `main` is
 * no version, even if there is a tag or a branch of that name.
 */
export async function knownVersion(
  deps: Pick<ReleaseDeps, 'source'>,
  service: ServiceConfiguration,
  label: string,
): Promise<string | null> {
  // What was live before may be written in another way than what comes.
  const written = [service.versions, 'semver', 'calendar'] as const;
  if (written.every((scheme) => versionProblem(scheme, label) !== null)) return null;
  for (const version of [label, bare(label) === label ? `v${label}` : bare(label)]) {
    if ((await commitOfVersion(deps, service, version)) !== null) return version;
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
  const version = await knownVersion(deps, service, live.version);
  return version === null ? null : commitOfVersion(deps, service, version);
}
