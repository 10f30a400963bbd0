import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { OperationRecord, ReleaseReference } from '../../contracts/records/operation.ts';
import { judgeHead } from '../../core/gitops/branch-head.ts';
import { foreignReason } from '../../core/gitops/foreign-words.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ReleaseDeps } from '../ports.ts';
import { placeOf, readForeignChange } from '../standby/foreign-change.ts';

/** What a look at a branch came to. */
export interface BranchLook {
  /** Why the operation ends at it; null where it goes on. */
  readonly refusal: Reason | null;
  /** The commit on which the release would be written; null when nobody can say. */
  readonly onto: string | null;
  /** The head that was seen, and what somebody else has written there; null where nobody could look. */
  readonly branch: OperationRecord['branch'];
}

/** A look, and what the operation remembers of it; null where that stays as it was. */
interface SeenBranch extends Omit<BranchLook, 'branch'> {
  readonly noted: (Pick<OperationRecord, 'branch'> & Partial<Pick<OperationRecord, 'release'>>) | null;
}

/** It could not be looked at: that stops nothing. */
const unseen: SeenBranch = { refusal: null, onto: null, noted: null };

/**
 * Looks, before anybody is asked to approve, whether somebody else has written on the branch that the release is to go to. The operation ends
 * there where nobody has decided about exactly that head; what was proposed becomes part of what is approved. Where it cannot look it stops
 * nothing: the commit itself is judged again before it is made (pipeline/standby/write-branch.ts).
 *
 * The chart on that branch is the one that will run: it becomes part of what the operation is about.
 */
export async function lookAtBranch(
  deps: Pick<ReleaseDeps, 'store' | 'branch' | 'now'>,
  service: ServiceConfiguration,
  operation: OperationRecord,
  release: ReleaseReference,
): Promise<BranchLook> {
  const { noted, ...look } = await seeBranch(deps, service, operation, release);
  if (noted !== null) await deps.store.operations.update(operation.id, noted);
  return { ...look, branch: noted?.branch ?? operation.branch };
}

/** How often a branch is looked at while Sluice itself keeps writing on it. */
const looks = 4;

/**
 * A branch's head, judged by a record that is not of another moment: a rollback that was ended may still put the branch back, and its commit
 * is not somebody else's. What was written is noted before the branch moves, so a record that did not change since the head was read knows it.
 * Null where nobody could read the head.
 */
async function readJudged(
  { store, branch }: Pick<ReleaseDeps, 'store' | 'branch'>,
  place: ReturnType<typeof placeOf>,
  { environment, begunWith }: { environment: EnvironmentName; begunWith: string | null },
) {
  let known = await store.branches.read(place.service, environment);
  for (let look = 1; ; look += 1) {
    const head = (await branch.readHead(place).catch(() => null))?.commit ?? null;
    if (head === null) return null;
    const [again, decision] = await Promise.all([
      store.branches.read(place.service, environment),
      store.branches.decision(place.service, environment),
    ]);
    const record = again.commit === null ? { ...again, commit: begunWith } : again;
    const origin = judgeHead(record, decision, head);
    if (origin.kind === 'ours' || again.revision === known.revision || look === looks)
      return { head, record, decision, origin };
    known = again;
  }
}

/** The same look without a trace: what a plan shows. */
export async function seeBranch(
  deps: Pick<ReleaseDeps, 'store' | 'branch' | 'now'>,
  service: ServiceConfiguration,
  operation: Pick<OperationRecord, 'id' | 'live' | 'standbyCommit' | 'standbySource' | 'branch'>,
  release: ReleaseReference,
): Promise<SeenBranch> {
  if (operation.live === null) return unseen;
  const problem = operation.standbySource?.problem ?? null;
  if (problem !== null) return { ...unseen, refusal: because('NotApproved', problem) };
  const environment = otherEnvironment(operation.live.environment);
  const place = placeOf(service, environment);
  const at = await readJudged(deps, place, { environment, begunWith: operation.standbyCommit });
  if (at === null) return unseen;
  const { head, record, decision, origin } = at;
  const kind = origin.kind === 'decided' ? origin.decision.kind : origin.kind;
  const before = operation.branch?.environment === environment ? operation.branch : null;
  // Nothing of others is in it, as before: where Sluice's own head has moved, approvals stay what they were.
  if ((kind === 'ours' || kind === 'reset') && before !== null && before.change === null) {
    const wasOurs = judgeHead(record, decision, before.head).kind === 'ours';
    return { refusal: null, onto: wasOurs ? before.head : record.commit, noted: null };
  }
  const onto = kind === 'ours' || kind === 'propose' ? head : record.commit;
  const found = { base: record.commit, head, operation: operation.id, at: timestamp(deps) };
  const change = kind === 'foreign' || kind === 'propose' ? await readForeignChange(deps.branch, place, found) : null;
  const tree = onto === null ? null : await deps.branch.readTree(place, onto);
  const chartTree = tree === null ? null : await deps.branch.chartTree(place, tree, service.gitops.path);
  if (before !== null && kind !== 'foreign' && chartTree !== release.chartTree) {
    const about = `The chart on ${place.branch} is ${chartTree ?? 'gone'}, but this operation is about ${release.chartTree ?? 'none'}. Deploy ${release.version} again, so that its approvers see the current chart.`;
    return {
      refusal: because('ReleaseChanged', about),
      onto,
      noted: null,
    };
  }
  const noted = {
    branch: { environment, head, change, proposed: kind === 'propose' },
    ...(before === null ? { release: { ...release, chartTree } } : {}),
  };
  // Without a base it may be Argo CD that could not be asked where the Application is; the commit asks again.
  const isForeign = kind === 'foreign' && change !== null && change.base !== null;
  return { refusal: isForeign ? foreignReason(place, change, release.version) : null, onto, noted };
}
