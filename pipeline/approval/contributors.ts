import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Contributor, Contributors } from '../../contracts/contributor.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { OperationRecord, ReleaseReference } from '../../contracts/records/operation.ts';
import type { ReleaseRecord } from '../../contracts/records/release.ts';
import type { PullRequest } from '../../contracts/records/subject.ts';
import { note, sluice } from '../operation/audited.ts';
import type { ReleaseDeps } from '../ports.ts';
import { commitOfLive, hasBroughtOne } from '../release/adopt-live.ts';

/**
 * Reads from GitHub who took part in everything that the release brings in, and notes it with the operation.
 *
 * @returns them, the pull requests, and why it refuses the release, or null: of a range that is too long to be read, nobody may be assumed to be uninvolved.
 */
export async function noteContributors(
  deps: ReleaseDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
  { release, branch }: { release: ReleaseReference; branch: OperationRecord['branch'] },
): Promise<{ refusal: Reason | null; pulls: readonly PullRequest[]; contributors: Contributors }> {
  const known = await deps.store.releases.read(service.name, release.digest);
  const { refusal, pulls, contributors } = await readContributors(deps, service, {
    ...{ release, branch, known },
    live: operation.live,
  });
  await deps.store.operations.update(operation.id, { contributors });
  const { commits, complete, people } = contributors;
  await note(deps, {
    operation: operation.id,
    action: 'read-contributors',
    actor: sluice,
    details: { commits, complete, people: people.length },
  });
  return { refusal, pulls, contributors };
}

/** What people are to decide on, of which somebody wrote each part. */
interface Brought {
  readonly live: OperationRecord['live'];
  readonly release: Pick<ReleaseReference, 'version' | 'commit'>;
  readonly known: Pick<ReleaseRecord, 'release' | 'evidence'> | null;
  /** The head of the branch that it goes to, and what somebody else has written there. */
  readonly branch: OperationRecord['branch'];
}

/**
 * Who took part in a release: the range since the live one, its pull requests, the CI runs that made it known and that its evidence is of, and
 * what goes in with it that others wrote on the environment's branch. Where nothing is live, the range is the release's own commit; where
 * something is and its commit is not known or is gone, it is everything up to the release (I3).
 */
export async function readContributors(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  { live, release: { version, commit }, known, branch }: Brought,
): Promise<{
  refusal: Reason | null;
  pulls: readonly PullRequest[];
  contributors: Contributors;
}> {
  const { pulls, ...found } = await deps.source.contributors({
    repository: service.repository,
    base: live === null ? null : await provenCommitOfLive(deps, service, live),
    withoutBase: live === null ? 'head' : 'history',
    head: commit,
    run: known === null ? null : { id: known.release.runId, attempt: known.release.runAttempt },
  });
  const beside = await onBranch(deps, service, branch);
  const contributors = {
    people: [...withActors(found.people, known), ...beside.people],
    commits: found.commits + beside.commits,
    complete: found.complete && beside.complete,
  };
  if (contributors.complete || service.approvals.rules.some(({ when }) => when === 'too-many-commits'))
    return { refusal: null, pulls, contributors };
  const told =
    `What comes in has more than the ${contributors.commits} commits that Sluice reads, so Sluice does not know who wrote ${version} ` +
    'and who may approve it. Deploy a version in between first, or say who may approve a release of that size: a rule with `when: too-many-commits`.';
  return { refusal: because('ContributorsUnreadable', told), pulls, contributors };
}

/** The commit of what is live; null where only a label says which one, though Sluice itself has brought another release there before. */
async function provenCommitOfLive(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  live: NonNullable<OperationRecord['live']>,
): Promise<string | null> {
  const isKnown = (await deps.store.releases.read(service.name, live.digest)) !== null;
  return isKnown || !(await hasBroughtOne(deps, service)) ? commitOfLive(deps, service, live) : null;
}

/** Who wrote what others have put on the branch, and who put that before the approvers: it goes in with the release. */
async function onBranch(
  { source, store }: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  branch: OperationRecord['branch'],
): Promise<Contributors> {
  if (branch === null || branch.change === null) return { people: [], commits: 0, complete: true };
  const [found, decision] = await Promise.all([
    source.contributors({
      repository: service.gitops.repository,
      base: branch.change.base,
      withoutBase: 'history',
      head: branch.head,
      run: null,
    }),
    store.branches.decision(service.name, branch.environment),
  ]);
  const proposer = decision?.kind === 'propose' && decision.head === branch.head ? [decision.actor] : [];
  const { people, commits, complete } = found;
  return {
    people: [...people, ...proposer.map((mail): Contributor => ({ as: 'proposal', login: null, mail, name: null }))],
    commits,
    complete,
  };
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
