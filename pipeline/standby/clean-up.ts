import { commitOf, pinnedAnnotation } from '../../adapters/gitops/argo-application.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import { StaleHolder } from '../../contracts/errors.ts';
import { formatInstant, later } from '../../contracts/instant.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { durationWords, sentence, timeWords } from '../../contracts/words.ts';
import { writtenAs } from '../../core/gitops/branch-head.ts';
import { foreignCommands, foreignWords } from '../../core/gitops/foreign-words.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';
import { wasAborted } from '../../core/rollback/outcome-of-returned.ts';
import { audited, note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ActDeps, ServiceCluster } from '../ports.ts';
import { firstTrigger } from '../return/first-trigger.ts';
import { noteDriftOnce } from '../shift/note-drift.ts';
import { commitRelease } from './commit-release.ts';
import { placeOf } from './foreign-change.ts';
import { readLive } from './read-live.ts';
import { restoreBranch } from './restore-branch.ts';
import { setCapacity } from './set-capacity.ts';

/** How long the lock is kept for Git, which nothing runs from. */
const gitPatience = seconds(30);

/**
 * Takes the failed release out of the environment that has no traffic any more: its Application is pinned to the earlier commit, so that
 * self-heal cannot bring the failed one back, its capacity goes down to the standby's (I8 is about the origin), at once or `standby.afterAbort` later,
 * and its branch gets the files of that commit again, if Git is there.
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
  const related = operation.related === null ? null : await deps.store.operations.read(operation.related);
  // Only what a deployment had put there is taken out: an older release on the standby is a way back, and stays.
  if (related?.target !== failedSide) return { outcome: 'nothing-to-clean' };
  // A switch by hand deployed nothing, and what it used was a way back before it, which stays warm (I8).
  if (related.kind === 'switch-traffic') return { outcome: 'nothing-to-clean' };
  const failed: FailedSide = { cluster, environment: failedSide, epoch: holder.epoch, related };
  const pinned: Pinned =
    related.state === 'preparing-standby' ? none : await pinFormer(deps, { operation, service }, failed);
  const keptWarmUntil = await noteKeptWarm(deps, { operation, service }, related);
  const capacity = { operation: operation.id, environment: failedSide, minReplicas: service.standby.then };
  await setCapacity(
    deps,
    service,
    holder,
    keptWarmUntil === null
      ? { ...capacity, action: 'lower-capacity' }
      : // Lowers nothing, and fences off a holder that lost the lock (I12).
        { ...capacity, action: 'keep-capacity', purpose: 'return' },
  );
  const { former } = pinned;
  const warning =
    pinned.warning ?? (former === null ? null : await restoreFiles(deps, { operation, service }, failed, former));
  const kept =
    keptWarmUntil === null
      ? null
      : `${failedSide} keeps its pods until ${timeWords(keptWarmUntil)} (standby.afterAbort), or until the next operation needs it.`;
  const told = [kept, warning].filter((part) => part !== null).join(' ');
  const reason = told === '' ? {} : { reason: told };
  await note(deps, { operation: operation.id, action: 'clean-up', actor: sluice, ...reason });
  return { outcome: 'cleaned' };
}

/**
 * Until when the failed environment keeps its pods, on record for whoever lowers them then (docs/adr/0085): only after a person's abort, and where
 * that is configured. Null: they are lowered now.
 */
async function noteKeptWarm(
  deps: ActDeps,
  { operation, service: { standby } }: OperationContext,
  related: OperationRecord,
): Promise<string | null> {
  if (operation.keptWarmUntil !== null) return operation.keptWarmUntil;
  if (standby.afterAbort === 0 || !wasAborted(related, await firstTrigger(deps.store, operation))) return null;
  const keptWarmUntil = formatInstant(later(deps.now(), standby.afterAbort));
  await deps.store.operations.update(operation.id, { keptWarmUntil });
  return keptWarmUntil;
}

interface FailedSide {
  readonly cluster: ServiceCluster;
  readonly environment: EnvironmentName;
  readonly epoch: number;
  /** What failed there. */
  readonly related: OperationRecord;
}

/** The earlier commit that the failed environment was pinned to; null where there was none. `warning`: it could not be pinned. */
interface Pinned {
  readonly former: string | null;
  readonly warning: string | null;
}

const none: Pinned = { former: null, warning: null };

/** How long a sync under way has for its end: within it lie the retries that write over the word to end it. */
const syncPatience = seconds(30);

/**
 * Pins the failed environment to the commit that it was at before, also where nothing was committed: a sync that is still on its way then
 * meets a later holder (I12). Argo CD has that commit cached, so that it takes no Git. The failed release's own sync may still be in progress,
 * and has nothing left to do: it is ended.
 */
async function pinFormer(deps: ActDeps, context: OperationContext, failed: FailedSide): Promise<Pinned> {
  const { operation, service } = context;
  const { cluster, environment, epoch, related } = failed;
  const { application } = service.environments[environment];
  const former =
    related.gitCommit === null ? commitOf(await cluster.applications.read(application)) : related.formerCommit;
  const isHeld = former !== null && (await isOnHold(deps, service, environment, former));
  const restored = isHeld ? null : former;
  const revision = restored ?? (await commitLive(deps, context, failed));
  if (revision === null) return none;
  const wanted = { operation: operation.id, revision, epoch };
  const intent = { operation: operation.id, action: 'start-sync', actor: sluice, wanted: { application, ...wanted } };
  const started = await audited(deps, intent, () =>
    cluster.applications.replaceSync(application, wanted, { patience: syncPatience }),
  );
  if (started.kind !== 'busy') return { former: restored, warning: null };
  const patch = {
    metadata: { annotations: { [pinnedAnnotation]: revision } },
    spec: { source: { targetRevision: revision } },
  };
  const { namespace } = deps.configuration.argocd;
  const command = `kubectl -n ${namespace} patch applications.argoproj.io/${application} --type merge -p '${JSON.stringify(patch)}'`;
  const warning = `${environment} still has the failed release: a sync of ${application} by ${started.running.startedBy} went on for ${durationWords(syncPatience)} after it was told to end. Once it has ended: ${command}`;
  return { former: null, warning };
}

/**
 * Has the branch say again what its Application is pinned to. Nothing runs from the branch, so whatever keeps Git from it is told and left:
 * the next release finds Sluice's last commit there in any case. Answers the warning, null where all is well.
 */
async function restoreFiles(
  deps: ActDeps,
  { operation, service }: OperationContext,
  { environment, epoch }: FailedSide,
  former: string,
): Promise<string | null> {
  const place = placeOf(service, environment);
  const warningOf = (why: string) =>
    `${sentence(`Branch ${place.branch} was not put back: ${why}`)} Nothing runs from it: ${environment} is pinned to ${former.slice(0, 7)}.`;
  try {
    const committed = await audited(
      deps,
      { operation: operation.id, action: 'restore-branch', actor: sluice, wanted: { environment, commit: former } },
      () =>
        restoreBranch(
          deps,
          { operation, service },
          { environment, epoch, former, signal: AbortSignal.timeout(gitPatience) },
        ),
    );
    if (committed.kind !== 'foreign') return null;
    const { change } = committed;
    const { show } = foreignCommands(place);
    const reason = `${foreignWords(place, change)} It was left as it is, and the next release stops at it until somebody has decided. See it: \`${show}\`.`;
    const drift = { what: `branch ${place.branch}`, before: change.base, after: change.head };
    await noteDriftOnce(deps, { operation: operation.id, ...drift, reason });
    return warningOf('somebody else has written there');
  } catch (error) {
    if (error instanceof StaleHolder) throw error;
    return warningOf(error instanceof Error ? error.message : String(error));
  }
}

/** Whether a commit of Sluice's names an image that may not be deployed again (I6). */
async function isOnHold(
  { store }: ActDeps,
  { name }: ServiceConfiguration,
  environment: EnvironmentName,
  commit: string,
): Promise<boolean> {
  const [{ written }, holds] = await Promise.all([store.branches.read(name, environment), store.releases.holds(name)]);
  const digest = writtenAs(written, commit)?.digest;
  return digest !== undefined && holds.some((hold) => hold.digest === digest);
}

/** Where there is nothing good to go back to, the failed environment gets the release that is live; null when that cannot be. */
async function commitLive(
  deps: ActDeps,
  context: OperationContext,
  { cluster, environment, epoch, related }: FailedSide,
): Promise<string | null> {
  const { operation, service } = context;
  const live = related.gitCommit === null ? null : await readLive(cluster, service, otherEnvironment(environment));
  if (live === null) return null;
  const { version, digest } = live;
  const intent = {
    operation: operation.id,
    action: 'commit-release',
    actor: sluice,
    reason: 'The failed release must not come back by a self-heal, and there is nothing good to go back to.',
    wanted: { environment, version, digest },
  };
  const committed = await audited(deps, intent, () =>
    commitRelease(deps, context, {
      ...{ environment, release: live, epoch, synced: related.gitCommit },
      ...{ chartTree: null, leavesOutFor: null },
    }),
  );
  return 'commit' in committed ? committed.commit : null;
}
