import { foreignPin } from '../../adapters/gitops/argo-application.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import { between, parseInstant } from '../../contracts/instant.ts';
import { because } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { clause, durationWords } from '../../contracts/words.ts';
import { judgeSync, type SyncState } from '../../core/gitops/sync-state.ts';
import type { Containers } from '../../core/workload/approved-containers.ts';
import { type DeploymentReadiness, judgeDeployment } from '../../core/workload/readiness.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { alertLook } from '../shift/alert-look.ts';
import { judgeWhileWaiting } from '../shift/judging.ts';
import { lookUntil } from '../shift/look-until.ts';
import { noteDrift } from '../shift/note-drift.ts';
import { adoptRoutePause } from '../shift/pause-on-route.ts';
import { pauseOver } from '../shift/pause-over.ts';
import { capacityLook } from './capacity-look.ts';
import { seeWorkload } from './see-workload.ts';
import { capacityDeadline, risingReadiness } from './target-readiness.ts';

const every = seconds(0.5);
/** A sync that has taken so long tells people what by, and again so often. */
const noteEvery = seconds(10);

/** Waits until Argo CD has synced exactly our commit and the Deployment has rolled it out (DESIGN §5, GitOps). */
export async function awaitSync(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'await-sync'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'syncing', timestamp(deps));
  const { target, gitCommit, release } = operation;
  if (target === null || gitCommit === null || release === null) return { outcome: 'not-started' };
  const cluster = deps.cluster(service);
  const application = service.environments[target].application;
  let template: Containers | undefined;
  const readRollout = async (): Promise<DeploymentReadiness> => {
    const { deployment, pods, ...added } = await seeWorkload(cluster, service, target);
    if (deployment === null) return { kind: 'progressing', reason: 'there is no Deployment' };
    template = deployment.spec?.template?.spec;
    return judgeDeployment(deployment, pods, release.digest, added);
  };

  const answer = await lookUntil(deps, every, async (): Promise<ResultOf<'await-sync'> | null> => {
    const { operation: current } = await loadOperation(deps, execution);
    await confirmHolder(deps.store, current);
    if (current.abort) return { outcome: 'aborted', reason: because('Aborted', current.abort.reason) };
    const seen = await cluster.applications.read(application);
    const foreign = foreignPin(seen);
    if (foreign?.pinned === gitCommit) {
      const told = `Somebody else pinned ${application} to ${foreign.found} while ${gitCommit} was synced.`;
      const reason = because('ApplicationDrifted', told);
      const drift = { what: `Application ${application}`, before: gitCommit, after: foreign.found };
      await noteDrift(deps, { operation: operation.id, ...drift, reason });
      return { outcome: 'drift', cause: 'drift', reason };
    }
    const judged = judgeSync(seen, {
      operation: operation.id,
      revision: gitCommit,
      comparisonGrace: service.deadlines.comparison,
      now: deps.now(),
    });
    const isOver = current.state === 'syncing' && deps.now() - Date.parse(current.stateSince) > service.deadlines.sync;
    if (isOver && judged.kind !== 'failed') {
      const { namespace } = service.environments[target];
      // Argo CD says that something is Degraded and, unless it is told to keep that, not what.
      const capacity = await cluster.workloads.readCapacity(namespace, service.name).catch(() => null);
      const unwell = capacity?.unwell?.message ?? null;
      return late(service, { application, judged, unwell, rollout: await readRollout() });
    }
    const rollout = judged.kind === 'synced' ? await readRollout() : null;
    const what = waitedForSync(judged) ?? (rollout?.kind === 'progressing' ? rollout.reason : null);
    if (what !== null) await noteAwaited(deps, current, what);
    switch (judged.kind) {
      case 'failed':
        return { outcome: 'failed', reason: because('SyncFailed', `${application}: ${judged.reason}`) };
      case 'not-started':
      case 'foreign-operation':
        return { outcome: 'not-started' };
      case 'needs-refresh':
        // This function may write nothing in the cluster: `act` asks for it, in the task that started the sync.
        return { outcome: 'needs-refresh' };
      case 'syncing':
        return null;
      case 'synced': {
        if (rollout?.kind === 'ready') {
          // What Argo CD rendered of the approved commit: each later weight asks the pods for exactly these.
          await deps.store.operations.update(operation.id, { approved: imagesOf(template) });
          return { outcome: 'synced' };
        }
        return rollout?.kind === 'failed'
          ? { outcome: 'failed', reason: because('RolloutFailed', rollout.reason) }
          : null;
      }
    }
  });
  return answer ?? { outcome: 'syncing' };
}

/** What holds the sync up, for people who look at the operation. */
async function noteAwaited(
  deps: ObserveDeps,
  { id, state, stateSince, syncAwaited }: OperationRecord,
  what: string,
): Promise<void> {
  const known = syncAwaited === null || syncAwaited.at < stateSince ? null : syncAwaited;
  const since = parseInstant(known?.at ?? stateSince);
  if (state !== 'syncing' || known?.what === what || between(since, deps.now()) < noteEvery) return;
  await deps.store.operations.update(id, { syncAwaited: { what, at: timestamp(deps) } });
}

/** Names and images of a template's containers. */
const imagesOf = ({
  containers = [],
  initContainers = [],
}: Containers = {}): NonNullable<OperationRecord['approved']> => {
  const plain = (all: NonNullable<Containers['containers']>) =>
    all.map(({ name = '', image = '' }) => ({ name, image }));
  return { containers: plain(containers), initContainers: plain(initContainers) };
};

/** The answer at the deadline: what was still waited for. The Deployment may be why Argo CD is not content, so both are told. */
function late(
  service: ServiceConfiguration,
  {
    application,
    judged,
    unwell,
    rollout,
  }: { application: string; judged: SyncState; unwell: string | null; rollout: DeploymentReadiness },
): ResultOf<'await-sync'> {
  if (judged.kind === 'synced' && rollout.kind === 'ready') return { outcome: 'synced' };
  const waitedFor = [waitedForSync(judged), unwell, rollout.kind === 'ready' ? null : rollout.reason]
    .filter((reason) => reason !== null)
    .map(clause);
  const limit = durationWords(service.deadlines.sync);
  return {
    outcome: 'failed',
    reason: because(
      'SyncLate',
      `${application} was not synced and rolled out within ${limit}: ${waitedFor.join('; ')}.`,
    ),
  };
}

function waitedForSync(judged: SyncState): string | null {
  switch (judged.kind) {
    case 'syncing':
    case 'needs-refresh':
      return judged.what;
    case 'not-started':
      return 'Argo CD has not begun this sync';
    case 'foreign-operation':
      return `a sync by ${judged.startedBy} has been under way for ${durationWords(judged.runningFor)}`;
    case 'failed':
      return judged.reason;
    case 'synced':
      return null;
  }
}

/** Waits until the side that rises has the replicas that the next weight needs (I2). */
export async function awaitCapacity(
  deps: ObserveDeps,
  execution: Execution,
  weight: number,
): Promise<ResultOf<'await-capacity'>> {
  const { service } = await loadOperation(deps, execution);
  const cluster = deps.cluster(service);
  const answer = await lookUntil(deps, every, async (): Promise<ResultOf<'await-capacity'> | null> => {
    const { operation: seen } = await loadOperation(deps, execution);
    await confirmHolder(deps.store, seen);
    if (seen.abort) return { outcome: 'aborted', reason: because('Aborted', seen.abort.reason) };
    const current = await adoptRoutePause(deps, { operation: seen, service });
    // Paused (I7): the weight does not rise, and no time is held against the capacity.
    if (current.pausedBecause !== null) {
      await holdTime(deps, current);
      const over = await pauseOver(deps, { operation: current, service });
      // What has traffic is judged all the while.
      return over ?? judgeWhileWaiting(deps, { operation: current, service });
    }
    const capacity = await capacityLook(deps, { operation: current, service });
    if (capacity !== null) return capacity;
    const alerts = await alertLook(deps, { operation: current, service });
    if (alerts !== null) return alerts;
    const readiness = await risingReadiness(cluster, service, current, weight);
    if (readiness.kind === 'ready') return { outcome: 'ready' };
    const judged = await judgeWhileWaiting(deps, { operation: current, service });
    if (judged !== null) return judged;
    if (readiness.kind === 'failed') return { outcome: 'failed', reason: because('RolloutFailed', readiness.reason) };
    if (deps.now() > capacityDeadline(current, service)) {
      return { outcome: 'failed', reason: because('CapacityLate', `No capacity in time: ${readiness.reason}`) };
    }
    return null;
  });
  return answer ?? { outcome: 'waiting' };
}

/** So often the record follows while it is paused. */
const heldEvery = seconds(30);

/** What passes while it is paused is not held against the capacity. */
async function holdTime(deps: ObserveDeps, { id, capacitySince }: OperationRecord): Promise<void> {
  if (capacitySince !== null && deps.now() - Date.parse(capacitySince) < heldEvery) return;
  await deps.store.operations.update(id, { capacitySince: timestamp(deps) });
}
