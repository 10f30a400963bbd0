import type { Execution } from '../../contracts/commands.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { identityChanged } from '../../core/release/identity.ts';
import { whyNotApproved } from '../approval/confirm-approval.ts';
import { audited, note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';

/** How long a foreign sync may go on before it is ended, ms. */
const FOREIGN_SYNC_PATIENCE = 60_000;

/** Writes the release to the target's branch and has Argo CD sync exactly that commit (DESIGN §5, GitOps). */
export async function deployRelease(deps: ActDeps, execution: Execution): Promise<ResultOf<'deploy-release'>> {
  const { operation, service } = await loadOperation(deps, execution);
  // Back from a sync that did not start, it goes on as the same sync, whose deadline has begun (I11).
  if (operation.state !== 'syncing') await deps.store.operations.enter(operation.id, 'deploying', timestamp(deps));
  const holder = await confirmHolder(deps.store, operation);
  if (operation.abort) return { outcome: 'aborted', reason: operation.abort.reason };
  const { release: reference, target } = operation;
  if (reference === null || target === null) {
    throw new InvalidInput(`Operation ${operation.id} has no release or no target: PrepareStandby has not run.`);
  }
  const refused = await whyNotApproved(deps, service, operation);
  if (refused !== null) {
    await note(deps, { operation: operation.id, action: 'commit-release', actor: sluice, reason: refused });
    return { outcome: 'not-approved', cause: 'drift', reason: refused };
  }
  const known = await deps.store.releases.read(service.name, reference.digest);
  if (known === null) throw new InvalidInput(`Nothing is known of release ${reference.version} (${reference.digest}).`);
  const changed = identityChanged(reference, known.release);
  if (changed !== null) throw new InvalidInput(changed);
  const environment = service.environments[target];

  const committed = await audited(
    deps,
    { operation: operation.id, action: 'commit-release', actor: sluice, wanted: { ...reference, environment: target } },
    () =>
      deps.branch.commitRelease({
        repository: service.gitops.repository,
        environment: target,
        branch: environment.branch,
        path: service.gitops.path,
        release: known.release,
        operation: operation.id,
        epoch: holder.epoch,
      }),
  );
  await deps.store.operations.update(operation.id, { gitCommit: committed.commit });

  const { applications } = deps.cluster(service);
  const started = await audited(
    deps,
    {
      operation: operation.id,
      action: 'start-sync',
      actor: sluice,
      wanted: { application: environment.application, revision: committed.commit },
    },
    () =>
      applications.startSync(environment.application, {
        operation: operation.id,
        revision: committed.commit,
        epoch: holder.epoch,
      }),
  );
  if (started.kind === 'busy' && deps.now() - Date.parse(operation.stateSince) > FOREIGN_SYNC_PATIENCE) {
    await audited(
      deps,
      { operation: operation.id, action: 'terminate-foreign-sync', actor: sluice, before: started.running },
      () => applications.terminate(environment.application),
    );
  }
  return { outcome: 'deployed' };
}
