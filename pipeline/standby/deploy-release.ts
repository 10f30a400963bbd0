import { type Application, commitOf } from '../../adapters/gitops/argo-application.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { because } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { foreignReason } from '../../core/gitops/foreign-words.ts';
import { judgeSync } from '../../core/gitops/sync-state.ts';
import { identityChanged } from '../../core/release/identity.ts';
import { isDeployedFirst } from '../../core/rollback/is-planned.ts';
import { whyNotDeployable } from '../approval/confirm-approval.ts';
import { audited, note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { noteDrift } from '../shift/note-drift.ts';
import { commitRelease } from './commit-release.ts';
import { placeOf } from './foreign-change.ts';

/** How long a foreign sync may go on before it is ended, ms. */
const FOREIGN_SYNC_PATIENCE = 60_000;

/**
 * Writes the release to the target's branch, pins the target's Application to exactly that commit and has it synced (DESIGN §5, GitOps).
 * A branch on which somebody else has written stops it before any effect, but for an emergency, which is built on what Sluice wrote last.
 * Called again while Argo CD does not compare by itself after the sync, it asks for that and does nothing else.
 */
export async function deployRelease(deps: ActDeps, execution: Execution): Promise<ResultOf<'deploy-release'>> {
  const { operation, service } = await loadOperation(deps, execution);
  // Back from a sync that did not start, it goes on as the same sync, whose deadline has begun (I11).
  if (operation.state !== 'syncing') await deps.store.operations.enter(operation.id, 'deploying', timestamp(deps));
  const holder = await confirmHolder(deps.store, operation);
  if (operation.abort) return { outcome: 'aborted', reason: because('Aborted', operation.abort.reason) };
  const { release: reference, target } = operation;
  if (reference === null || target === null) {
    throw new InvalidInput(`Operation ${operation.id} has no release or no target: PrepareStandby has not run.`);
  }
  const environment = service.environments[target];
  const { applications } = deps.cluster(service);
  let reading: Promise<Application> | null = null;
  const readApplication = () => {
    reading ??= applications.read(environment.application);
    return reading;
  };
  const refused = await whyNotDeployable(deps, service, operation, readApplication);
  if (refused !== null) {
    await note(deps, { operation: operation.id, action: 'commit-release', actor: sluice, reason: refused });
    return { outcome: 'not-approved', cause: 'drift', reason: because('NotApproved', refused) };
  }
  const seen = await readApplication();
  if (isToBeCompared(deps, service, operation, seen)) {
    await applications.refresh(environment.application);
    return { outcome: 'deployed' };
  }
  const known = await deps.store.releases.read(service.name, reference.digest);
  if (known === null)
    throw new InvalidInput(`Sluice knows nothing about release ${reference.version} (${reference.digest}).`);
  const changed = identityChanged(reference, known.release);
  if (changed !== null) throw new InvalidInput(changed);

  const synced = commitOf(seen);
  const { chartTree } = reference;
  const { trigger } = operation;
  const leavesOutFor = isDeployedFirst(trigger) ? trigger.actor : null;
  const committed = await audited(
    deps,
    { operation: operation.id, action: 'commit-release', actor: sluice, wanted: { ...reference, environment: target } },
    () =>
      commitRelease(
        deps,
        { operation, service },
        { environment: target, release: known.release, epoch: holder.epoch, chartTree, synced, leavesOutFor },
      ),
  );
  if (committed.kind === 'foreign') {
    const { change } = committed;
    const reason = foreignReason(placeOf(service, target), change, reference.version);
    const drift = { what: `branch ${environment.branch}`, before: change.base, after: change.head };
    await noteDrift(deps, { operation: operation.id, ...drift, reason });
    return { outcome: 'foreign-commit', cause: 'drift', reason };
  }
  if (committed.kind === 'other-chart') {
    const told = `The chart on ${environment.branch} is ${committed.chartTree ?? 'gone'}, but ${chartTree} was approved. Deploy ${reference.version} again, so that its approvers see the current chart.`;
    const reason = because('NotApproved', told);
    await note(deps, { operation: operation.id, action: 'commit-release', actor: sluice, reason });
    return { outcome: 'not-approved', cause: 'drift', reason };
  }
  // Where a return pins it again: noted once, since a repetition of this task finds ours.
  const formerCommit = operation.formerCommit ?? (synced === committed.commit ? null : synced);
  await deps.store.operations.update(operation.id, { gitCommit: committed.commit, formerCommit });

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

/** Whether this operation's sync is done as far as Argo CD knows, which only has to look again. */
function isToBeCompared(
  { now }: ActDeps,
  { deadlines }: ServiceConfiguration,
  { id, state, gitCommit }: OperationRecord,
  application: Application,
): boolean {
  if (state !== 'syncing' || gitCommit === null) return false;
  const wanted = { operation: id, revision: gitCommit, comparisonGrace: deadlines.comparison, now: now() };
  return judgeSync(application, wanted).kind === 'needs-refresh';
}
