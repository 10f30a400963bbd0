import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Contributor } from '../../contracts/contributor.ts';
import type { OperationRecord, ReleaseReference } from '../../contracts/records/operation.ts';
import type { ReleaseRecord } from '../../contracts/records/release.ts';
import type { PullRequest } from '../../contracts/records/subject.ts';
import { note, sluice } from '../operation/audited.ts';
import type { ReleaseDeps } from '../ports.ts';
import { commitOfLive } from '../release/adopt-live.ts';

/**
 * Reads from GitHub who took part in everything that the release brings in, and notes it with the operation.
 *
 * @returns the pull requests, and why it refuses the release, or null: of a range that is too long to be read, nobody may be assumed to be uninvolved.
 */
export async function noteContributors(
  deps: ReleaseDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
  release: ReleaseReference,
): Promise<{ refusal: string | null; pulls: readonly PullRequest[] }> {
  const known = await deps.store.releases.read(service.name, release.digest);
  const { refusal, pulls, contributors } = await readContributors(deps, service, operation.live, release, known);
  await deps.store.operations.update(operation.id, { contributors });
  const { commits, complete, people } = contributors;
  await note(deps, {
    operation: operation.id,
    action: 'read-contributors',
    actor: sluice,
    details: { commits, complete, people: people.length },
  });
  return { refusal, pulls };
}

/**
 * Who took part in a release: the range since the live one, its pull requests, and the CI runs that made it known and that its evidence is of.
 * Where no live release is known, that is the release's own commit.
 */
export async function readContributors(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  live: OperationRecord['live'],
  { version, commit }: Pick<ReleaseReference, 'version' | 'commit'>,
  known: Pick<ReleaseRecord, 'release' | 'evidence'> | null,
): Promise<{
  refusal: string | null;
  pulls: readonly PullRequest[];
  contributors: NonNullable<OperationRecord['contributors']>;
}> {
  const { pulls, ...found } = await deps.source.contributors({
    repository: service.repository,
    base: live === null ? null : await commitOfLive(deps, service, live),
    head: commit,
    run: known === null ? null : { id: known.release.runId, attempt: known.release.runAttempt },
  });
  const contributors = { ...found, people: withActors(found.people, known) };
  if (found.complete || service.approvals.rules.some(({ when }) => when === 'too-many-commits'))
    return { refusal: null, pulls, contributors };
  const refusal =
    `Since the live release there are more than the ${found.commits} commits that Sluice reads, so it is not known who wrote ${version} ` +
    'and who may approve it. Deploy a version in between first, or name who may approve such a release: a rule with `when: too-many-commits`.';
  return { refusal, pulls, contributors };
}

/** With both actors of the run that the evidence is of: another one, or a later attempt, than the one that made the release known. */
function withActors(people: readonly Contributor[], known: Pick<ReleaseRecord, 'evidence'> | null): Contributor[] {
  const started = new Set(people.filter(({ as }) => as === 'run').map(({ login }) => login));
  const others = (known?.evidence.actors ?? []).filter((login) => !started.has(login));
  return [...people, ...others.map((login): Contributor => ({ as: 'run', login, mail: null, name: null }))];
}

/** Everybody who took part in what an operation is about, as far as it was read. */
export function contributorsOf(
  { trigger, contributors }: Pick<OperationRecord, 'trigger' | 'contributors'>,
  known: Pick<ReleaseRecord, 'release' | 'evidence'> | null,
): Contributor[] {
  const nameless = { login: null, mail: null, name: null };
  const asked: Contributor[] = trigger.kind === 'person' ? [{ ...nameless, as: 'request', mail: trigger.actor }] : [];
  // Another operation may have brought in the evidence of a later run meanwhile.
  if (contributors !== null) return [...withActors(contributors.people, known), ...asked];
  // A rollback, and an operation that began before an upgrade: what the release itself says.
  const author = known?.release.author ?? null;
  return [
    ...asked,
    author === null
      ? { ...nameless, as: 'author', name: 'the author of the release' }
      : { ...nameless, as: 'author', [author.includes('@') ? 'mail' : 'login']: author },
    ...(trigger.kind === 'workflow-run' && trigger.actor !== null
      ? [{ ...nameless, as: 'run' as const, login: trigger.actor }]
      : []),
  ];
}
