import { StaleHolder, WriteConflict } from '../../contracts/errors.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { BranchRecord, ForeignChange, WrittenCommit } from '../../contracts/records/branch.ts';
import { type HeadOrigin, judgeHead } from '../../core/gitops/branch-head.ts';
import { note, sluice } from '../operation/audited.ts';
import { type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { placeOf, readForeignChange } from './foreign-change.ts';

export type Committed =
  | { kind: 'committed'; commit: string; previous: string }
  /** What is wanted stands at the head already: a redelivery (I10), or nothing had changed. */
  | { kind: 'already-there'; commit: string }
  /** Somebody else has written on the branch: nothing was. */
  | { kind: 'foreign'; change: ForeignChange }
  /** The chart is another one than was approved: nothing was written. */
  | { kind: 'other-chart'; chartTree: string | null };

export type BranchDeps = Pick<ActDeps, 'store' | 'branch' | 'now'>;

interface Head {
  readonly commit: string;
  readonly tree: string;
}

/** What is to stand on an environment's branch, and who writes it. */
export interface BranchWrite {
  readonly environment: EnvironmentName;
  readonly epoch: number;
  /** The commit that the environment's Application is at: where Sluice begins on a branch that nobody looked at and it has never written. */
  readonly synced: string | null;
  /** The chart that has to stand there (`EnvironmentBranch.chartTree`); null where it may be any. */
  readonly chartTree: string | null;
  /** Who has what others wrote left out without a look at it, for an emergency waits for nothing; null where it stops the write. */
  readonly leavesOutFor: string | null;
  /** Ends it early; nothing is half written then. */
  readonly signal?: AbortSignal;
  /** What the new commit is of, as it is noted. */
  wantedOf(record: BranchRecord): Pick<WrittenCommit, 'version' | 'digest' | 'restores'>;
  isThere(head: Head, written: WrittenCommit | null, record: BranchRecord): boolean;
  /** Makes the commit on top of `parent`, changing `tree`, and moves nothing. */
  make(on: { parent: string; tree: string; record: BranchRecord }): Promise<string>;
}

const attempts = 4;
const mostKept = 20;

/**
 * Writes one commit on top of the last one that Sluice wrote. What a person decided about a foreign head is carried out with it: what that
 * brought is thrown away, or kept where the approvers of this release have seen it.
 *
 * @throws {StaleHolder} when a later holder of the lock has written (I12).
 * @throws {WriteConflict} when the branch, or the record of it, kept changing.
 */
export async function writeBranch(
  deps: BranchDeps,
  context: OperationContext,
  wanted: BranchWrite,
): Promise<Committed> {
  const { operation, service } = context;
  const { environment, epoch, signal } = wanted;
  const { branches } = deps.store;
  const place = placeOf(service, environment);
  const at = { ...place, ...(signal === undefined ? {} : { signal }) };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const seen = await branches.read(service.name, environment);
    if (seen.epoch > epoch) {
      const message = `${place.repository} ${place.branch} was written in epoch ${seen.epoch}, this operation has ${epoch}`;
      throw new StaleHolder(message, seen.epoch);
    }
    // Where it was when the approvers looked, and not where somebody may have had it synced since.
    const record = seen.commit === null ? { ...seen, commit: operation.standbyCommit ?? wanted.synced } : seen;
    const [head, decision] = await Promise.all([
      deps.branch.readHead(at),
      branches.decision(service.name, environment),
    ]);
    const origin = judgeHead(record, decision, head.commit);
    if (origin.kind === 'ours' && wanted.isThere(head, origin.written, record)) {
      const confirmed = origin.confirms ? arrived(record, origin.written) : {};
      // The epoch is noted also where nothing is to be written: an earlier holder that comes late finds it (I12).
      const noted = { commit: record.commit, ...confirmed, epoch };
      const isNew = origin.confirms || seen.epoch !== epoch;
      if (isNew && (await branches.replace(service.name, environment, seen, noted)) === 'changed') continue;
      return { kind: 'already-there', commit: head.commit };
    }
    const tree = await treeFor(deps, context, { wanted, record, head, origin });
    if (tree === null) {
      const found = { base: record.commit, head: head.commit, operation: operation.id, at: timestamp(deps) };
      const change = await readForeignChange(deps.branch, at, found);
      if ((await branches.replace(service.name, environment, seen, { foreign: change })) === 'changed') continue;
      return { kind: 'foreign', change };
    }
    if (wanted.chartTree !== null) {
      const chartTree = await deps.branch.chartTree(at, tree, service.gitops.path);
      if (chartTree !== wanted.chartTree) return { kind: 'other-chart', chartTree };
    }
    const commit = await wanted.make({ parent: head.commit, tree, record });
    const mine: WrittenCommit = { ...wanted.wantedOf(record), commit, operation: operation.id, at: timestamp(deps) };
    // Noted before the branch moves: whoever finds this head later knows it, also when nobody came to say that it arrived.
    const intended = await branches.replace(service.name, environment, seen, {
      epoch,
      commit: record.commit,
      intended: [mine, ...record.intended].slice(0, mostKept),
    });
    if (intended === 'changed' || (await deps.branch.advance(at, commit)) === 'refused') continue;
    await branches.replace(service.name, environment, intended, { ...arrived(intended, mine), foreign: null });
    return { kind: 'committed', commit, previous: head.commit };
  }
  throw new WriteConflict(
    `${place.repository} ${place.branch} moved under each of ${attempts} attempts to commit to it`,
  );
}

/** The commit has arrived. Whatever else was intended stands beside it, and can move the branch no more: that only goes forward. */
const arrived = (record: BranchRecord, mine: WrittenCommit | null): Partial<BranchRecord> =>
  mine === null ? {} : { commit: mine.commit, written: [mine, ...record.written].slice(0, mostKept), intended: [] };

interface Judged {
  readonly wanted: BranchWrite;
  readonly record: BranchRecord;
  readonly head: Head;
  readonly origin: HeadOrigin;
}

/** The tree that the new commit changes; null when nothing may be built on this head. */
async function treeFor(
  deps: BranchDeps,
  { operation, service }: OperationContext,
  { wanted: { environment, leavesOutFor }, record, head, origin }: Judged,
): Promise<string | null> {
  if (origin.kind === 'ours') return head.tree;
  if (leavesOutFor !== null) {
    const tree = await treeOfBase(deps, placeOf(service, environment), record.commit);
    if (tree !== null) {
      const reason = 'An emergency leaves out what Sluice did not write.';
      const details = { environment, base: record.commit, head: head.commit, decidedBy: leavesOutFor };
      await note(deps, { operation: operation.id, action: 'reset-branch', actor: sluice, reason, details });
    }
    return tree;
  }
  if (origin.kind === 'foreign') return null;
  const { kind, actor, reason } = origin.decision;
  const seen = operation.branch;
  const isApproved = seen !== null && seen.environment === environment && seen.head === head.commit && seen.proposed;
  // Each is carried out only by an operation whose approvers were shown the branch so: with what others wrote, or without it.
  if (isApproved !== (kind === 'propose')) return null;
  const tree = kind === 'propose' ? head.tree : await treeOfBase(deps, placeOf(service, environment), record.commit);
  if (tree !== null) {
    const action = kind === 'propose' ? 'keep-foreign-commits' : 'reset-branch';
    const details = { environment, base: record.commit, head: head.commit, decidedBy: actor };
    await note(deps, { operation: operation.id, action, actor: sluice, reason, details });
  }
  return tree;
}

const treeOfBase = async (
  { branch }: Pick<ActDeps, 'branch'>,
  place: ReturnType<typeof placeOf>,
  base: string | null,
) => (base === null ? null : branch.readTree(place, base));
