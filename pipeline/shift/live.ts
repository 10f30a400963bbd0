import { commitOf } from '../../adapters/gitops/argo-application.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import { because } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { sentence, timeWords } from '../../contracts/words.ts';
import { deliveredSource, foreignDelivery, wantedDelivery } from '../../core/gitops/application-source.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { operationWindow } from '../../core/windows/operation-window.ts';
import { note, sluice } from '../operation/audited.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import { placeOf, supersededReason } from '../operation/superseded.ts';
import type { ObserveDeps } from '../ports.ts';
import { measurePerformance } from '../release/measure-performance.ts';
import { mergeChecks } from '../standby/merge-checks.ts';
import { pinLook } from '../standby/pin-look.ts';
import { readLive } from '../standby/read-live.ts';
import { lookAhead } from './look-ahead.ts';

/** Notes which release is live now, as the cluster has it (rule 8), so that the order of releases can be decided. */
export async function observeLive(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'observe-live'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const live = await readLiveRelease(deps, service);
  const { release } = operation;
  const known = release === null ? null : await deps.store.releases.read(service.name, release.digest);
  const [standby, ahead, measured] = await Promise.all([
    readStandby(deps, service, live),
    lookAhead(deps, service, live),
    known === null ? null : measurePerformance(deps, service, known, live, operation.measured),
  ]);
  const checks = mergeChecks(operation.checks, ahead);
  await deps.store.operations.update(operation.id, { live, ...standby, checks, measured });
  await pinLook(deps, { operation, service });
  return { outcome: 'observed' };
}

/**
 * The release with the traffic; null when none is known. Its version is the one that Sluice has on record of its image, where it has one: a label
 * anybody may write who may edit the Deployment.
 *
 * @param purpose `return` reads it from a route too that no deployment would touch.
 */
export async function readLiveRelease(
  deps: Pick<ObserveDeps, 'cluster' | 'store'>,
  service: ServiceConfiguration,
  // Nobody is to approve, and nothing to be put on a side, where requests come past the weights (I3).
  purpose: 'rise' | 'return' = 'rise',
): Promise<OperationRecord['live']> {
  const cluster = deps.cluster(service);
  const route = await cluster.router.read({ purpose });
  const environment = soleEnvironment(route.weights) ?? route.fence?.origin;
  if (environment === undefined) return null;
  const running = await readLive(cluster, service, environment);
  if (running === null) return null;
  const known = await deps.store.releases.read(service.name, running.digest);
  return { ...running, version: known?.release.version ?? running.version, environment };
}

/** Where the standby's Application is, and what it adds to that commit; null each when nobody can say. */
export async function readStandby(
  deps: Pick<ObserveDeps, 'cluster'>,
  service: ServiceConfiguration,
  live: OperationRecord['live'],
): Promise<Pick<OperationRecord, 'standbyCommit' | 'standbySource'>> {
  const nobodyKnows = { standbyCommit: null, standbySource: null };
  if (live === null) return nobodyKnows;
  const { applications } = deps.cluster(service);
  const read = (environment: EnvironmentName) =>
    applications.read(service.environments[environment].application).catch(() => null);
  const environment = otherEnvironment(live.environment);
  const [standby, origin] = await Promise.all([read(environment), read(live.environment)]);
  if (standby === null) return nobodyKnows;
  const source = deliveredSource(standby, environment);
  return {
    standbyCommit: commitOf(standby),
    standbySource: {
      source,
      differs: origin !== null && deliveredSource(origin, live.environment).sha256 !== source.sha256,
      problem: foreignDelivery(
        service.environments[environment].application,
        standby,
        wantedDelivery(service, environment),
      ),
    },
  };
}

type NotReady = Extract<ResultOf<'recheck'>, { reason: string }>;

/** The last look before anything is touched: hold, freeze, window, live release, age of the evidence. */
export async function recheck(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'recheck'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'rechecking', timestamp(deps));
  const stop = async (answer: NotReady): Promise<NotReady> => {
    await note(deps, { operation: operation.id, action: 'recheck', actor: sluice, reason: answer.reason });
    return answer;
  };
  if (operation.abort)
    return stop({ outcome: 'aborted', ending: 'aborted', reason: because('Aborted', operation.abort.reason) });
  const [frozen, holds, place, lock, known] = await Promise.all([
    deps.store.releases.frozen(service.name),
    deps.store.releases.holds(service.name),
    placeOf(deps.store, operation),
    deps.store.locks.read(service.name),
    operation.release === null ? null : deps.store.releases.read(service.name, operation.release.digest),
  ]);
  if (frozen) {
    const reason = because(
      'ServiceFrozen',
      sentence(`The service has been frozen since ${timeWords(frozen.at)}: ${frozen.reason}`),
    );
    return stop({ outcome: 'frozen', ending: 'frozen', reason });
  }
  const hold = holds.find(({ digest }) => digest === operation.release?.digest);
  if (hold) {
    const reason = because(
      'ReleaseOnHold',
      sentence(`${hold.version} has been on hold since ${timeWords(hold.at)}: ${hold.reason}`),
    );
    return stop({ outcome: 'on-hold', ending: 'failed-validation', reason });
  }
  if (place.kind === 'lost' && lock.holder !== operation.id)
    return stop({ outcome: 'superseded', ending: 'superseded', reason: supersededReason(place.by) });
  if (operationWindow(operation, service.windows, deps.now()).kind !== 'open') return { outcome: 'window-closed' };
  const live = await readLiveRelease(deps, service);
  if (live?.digest !== operation.live?.digest) return { outcome: 'live-changed' };
  if (known === null || deps.now() - known.evidence.gatheredAt > service.validation.maxAge)
    return { outcome: 'evidence-old' };
  return { outcome: 'ready' };
}
