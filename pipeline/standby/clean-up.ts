import type { Execution } from '../../contracts/commands.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';
import { audited, note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { readLive } from './read-live.ts';
import { setCapacity } from './set-capacity.ts';

/**
 * Takes the failed release out of the environment that has no traffic any more: its branch gets the release that is live, so that no
 * later sync or self-heal brings the failed one back, and its capacity goes down to the standby's (I8 is about the origin).
 */
export async function cleanUp(deps: ActDeps, execution: Execution): Promise<ResultOf<'clean-up'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'cleaning-up', timestamp(deps));
  const holder = await confirmHolder(deps.store, operation);
  if (operation.target === null) return { outcome: 'nothing-to-clean' };
  // The traffic is back and verified; who aborts the rollback now wants its lock to be free.
  if (operation.abort !== null && !isPlanned(operation.trigger)) return { outcome: 'nothing-to-clean' };
  const cluster = deps.cluster(service);
  const failedSide = otherEnvironment(operation.target);
  const failed = service.environments[failedSide];
  const [live, standing, related] = await Promise.all([
    readLive(cluster, service, operation.target),
    readLive(cluster, service, failedSide),
    operation.related === null ? null : deps.store.operations.read(operation.related),
  ]);
  // Only what a deployment had put there is taken out: an older release on the standby is a way back, and stays.
  if (related?.target !== failedSide) return { outcome: 'nothing-to-clean' };
  // A switch by hand deployed nothing, and what it used was a way back before it, which stays warm (I8).
  if (related.kind === 'switch-traffic') return { outcome: 'nothing-to-clean' };
  // What had been committed is replaced by what is live. A commit that is still on its way must meet a newer one, or it would come
  // through however late (I12): then what runs there is written once more.
  const lasting = related.gitCommit === null ? standing : live;
  if (related.state !== 'preparing-standby' && lasting !== null) {
    const committed = await audited(
      deps,
      {
        operation: operation.id,
        action: 'commit-release',
        actor: sluice,
        reason: 'The failed release must not come back by a later sync.',
        before: standing,
        wanted: { environment: failedSide, version: lasting.version, digest: lasting.digest },
      },
      () =>
        deps.branch.commitRelease({
          repository: service.gitops.repository,
          environment: failedSide,
          branch: failed.branch,
          path: service.gitops.path,
          release: lasting,
          operation: operation.id,
          epoch: holder.epoch,
        }),
    );
    const wanted = { operation: operation.id, revision: committed.commit, epoch: holder.epoch };
    const started = await audited(
      deps,
      {
        operation: operation.id,
        action: 'start-sync',
        actor: sluice,
        wanted: { application: failed.application, ...wanted },
      },
      async () => {
        const first = await cluster.applications.startSync(failed.application, wanted);
        // The failed release's own sync may still be in progress; it has nothing left to do.
        if (first.kind === 'busy') await cluster.applications.terminate(failed.application);
        return first;
      },
    );
    if (started.kind === 'busy') await cluster.applications.startSync(failed.application, wanted).catch(() => null);
  }
  await setCapacity(deps, service, holder, {
    operation: operation.id,
    action: 'lower-capacity',
    environment: failedSide,
    minReplicas: service.standby.then,
  });
  await note(deps, { operation: operation.id, action: 'clean-up', actor: sluice });
  return { outcome: 'cleaned' };
}
