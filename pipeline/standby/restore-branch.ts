import { NotFound } from '../../contracts/errors.ts';
import type { BranchRecord } from '../../contracts/records/branch.ts';
import { writtenAs } from '../../core/gitops/branch-head.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import { placeOf } from './foreign-change.ts';
import { type BranchDeps, type BranchWrite, type Committed, writeBranch } from './write-branch.ts';

interface WantedState extends Pick<BranchWrite, 'environment' | 'epoch'> {
  /** The commit whose files are to stand on the branch again. */
  readonly former: string;
  readonly signal: AbortSignal;
}

/**
 * Puts the files of an earlier commit back, as a new commit on top of the last one that Sluice wrote, so that the next release is built on
 * what runs and not on what failed. Where a holder that lost the lock may still move the branch to a commit of its own, one is made although
 * nothing differs: from then on the branch refuses the late one (I12).
 *
 * @throws {NotFound} when the repository does not have that commit any more.
 * @throws {StaleHolder} when a later holder of the lock has written.
 * @throws {WriteConflict} when the branch, or the record of it, kept changing.
 */
export async function restoreBranch(
  deps: BranchDeps,
  context: OperationContext,
  { environment, epoch, former, signal }: WantedState,
): Promise<Committed> {
  const { operation, service } = context;
  const at = { ...placeOf(service, environment), signal };
  const tree = await deps.branch.readTree(at, former);
  if (tree === null) throw new NotFound(`${at.repository} has no commit ${former}, which ${environment} was at before`);
  const wantedOf = ({ written }: BranchRecord) => {
    // What a person had deployed before Sluice's first release has no record.
    const { version = 'unknown', digest = 'unknown' } = writtenAs(written, former) ?? {};
    return { version, digest, restores: former };
  };
  return writeBranch(deps, context, {
    environment,
    epoch,
    synced: former,
    chartTree: null,
    leavesOutFor: null,
    signal,
    wantedOf,
    isThere: (head, _, { intended }) => head.tree === tree && intended.every(({ commit }) => commit === head.commit),
    make: ({ parent, record }) =>
      deps.branch.makeRestoringCommit({
        ...at,
        environment,
        release: wantedOf(record),
        operation: operation.id,
        epoch,
        parent,
        tree,
        restores: former,
      }),
  });
}
