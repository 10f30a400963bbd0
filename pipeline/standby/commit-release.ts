import type { ReleaseCommit } from '../../adapters/gitops/environment-branch.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import { placeOf } from './foreign-change.ts';
import { type BranchDeps, type BranchWrite, type Committed, writeBranch } from './write-branch.ts';

interface WantedRelease extends Pick<BranchWrite, 'environment' | 'epoch' | 'synced' | 'chartTree' | 'leavesOutFor'> {
  readonly release: ReleaseCommit['release'];
}

/**
 * Writes a release as one commit on top of the last one that Sluice wrote: it changes the one file that names it.
 *
 * @throws {StaleHolder} when a later holder of the lock has written (I12).
 * @throws {WriteConflict} when the branch, or the record of it, kept changing.
 */
export function commitRelease(deps: BranchDeps, context: OperationContext, wanted: WantedRelease): Promise<Committed> {
  const { operation, service } = context;
  const { release, ...place } = wanted;
  const { environment, epoch } = place;
  const { version, digest } = release;
  return writeBranch(deps, context, {
    ...place,
    wantedOf: () => ({ version, digest, restores: null }),
    isThere: (_, written) =>
      written?.operation === operation.id &&
      written.version === version &&
      written.digest === digest &&
      written.restores === null,
    make: ({ parent, tree }) =>
      deps.branch.makeCommit({
        ...placeOf(service, environment),
        parent,
        tree,
        environment,
        path: service.gitops.path,
        release,
        operation: operation.id,
        epoch,
      }),
  });
}
