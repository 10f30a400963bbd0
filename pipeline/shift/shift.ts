import { RouteNotOurs } from '../../adapters/traffic/traffic-router.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { DependencyUnavailable, InvalidInput, NotFound } from '../../contracts/errors.ts';
import type { EnvironmentName, Weights } from '../../contracts/names.ts';
import { because, reasonOr } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { weightWords } from '../../contracts/words.ts';
import { stepsLeft } from '../../core/judgement/promotion.ts';
import { isDeployedFirst } from '../../core/rollback/is-planned.ts';
import { risingSide } from '../../core/traffic/decide-switch.ts';
import { nextWeights, weightsByHand } from '../../core/traffic/plan.ts';
import { percentOn } from '../../core/traffic/weights.ts';
import { whyNotApproved } from '../approval/confirm-approval.ts';
import { audited, note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { capacityRefusal } from '../standby/capacity-refusal.ts';
import { restoreCapacity } from '../standby/restore-capacity.ts';
import { setCapacity } from '../standby/set-capacity.ts';
import { capacityDeadline, neededReplicas, risingReadiness } from '../standby/target-readiness.ts';
import { claimRoute, routerFor, writeRoute } from './fenced-route.ts';
import { judgingAnew } from './judging-state.ts';
import { noteDrift } from './note-drift.ts';
import { pausesOverFor } from './pause-on-route.ts';
import type { Drifted } from './route-drift.ts';

/** Decides the next weight from the live route and has the target raised to the capacity that it needs (DESIGN §5, Capacity). */
export async function raiseCapacity(deps: ActDeps, execution: Execution): Promise<ResultOf<'raise-capacity'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'shifting-traffic', timestamp(deps));
  const holder = await confirmHolder(deps.store, operation);
  if (operation.abort) return { outcome: 'aborted', reason: because('Aborted', operation.abort.reason) };
  const target = targetOf(operation);
  const cluster = deps.cluster(service);
  const router = routerFor(cluster, operation);
  const { live, fence } = await claimRoute(router, holder, 'shift');
  if (live.weights.blue !== fence.weights.blue)
    return drift(deps, operation, { live: live.weights, expected: fence.weights });

  // Asked again here: the release may have brought another autoscaler with it, and people change one in the middle of a shift.
  const refusal = await capacityRefusal(cluster, service, { ...operation, target });
  if (refusal !== null) return { outcome: 'no-capacity', cause: 'fault', reason: refusal };
  const restored = await restoreCapacity(deps, { operation, service }, holder);
  const current = live.weights[target];
  // The capacity that this weight rests on was taken away: the step is planned anew before the next one (rule 8).
  const capacitySince = timestamp(deps);
  if (restored && current > 0) {
    await deps.store.operations.update(operation.id, { capacitySince });
    return { outcome: 'raised', weight: current, seq: fence.seq + 1 };
  }
  const { desired } = operation;
  const steps = isDeployedFirst(operation.trigger) ? [100] : stepsLeft(operation.promotion, service.traffic.steps);
  const move =
    desired === null
      ? nextWeights({ steps, target }, live.weights)
      : weightsByHand({ weight: desired.weight, target }, live.weights);
  if (move.kind === 'done') {
    // While a split is kept, the wanted weights are compared with the record, so the two must become equal.
    await deps.store.operations.update(operation.id, { weights: live.weights });
    return { outcome: 'done' };
  }
  const weight = move.to;
  const rising = risingSide(target, weight, live.weights);
  // The origin keeps what it had anyway (I8); only a target may need more than it has.
  if (rising.environment === target) {
    await setCapacity(deps, service, holder, {
      operation: operation.id,
      action: 'raise-capacity',
      environment: target,
      minReplicas: neededReplicas(operation, service, weight),
      weight,
    });
  }
  await deps.store.operations.update(operation.id, { capacitySince });
  return { outcome: 'raised', weight, seq: fence.seq + 1 };
}

/** Sets one weight, if the side that rises has the capacity and runs its release (I2), as exactly the `seq`-th write of this holder. */
export async function setWeight(
  deps: ActDeps,
  execution: Execution,
  { weight, seq }: { weight: number; seq: number },
): Promise<ResultOf<'set-weight'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const holder = await confirmHolder(deps.store, operation);
  if (operation.abort) return { outcome: 'aborted', reason: because('Aborted', operation.abort.reason) };
  const refused = await whyNotApproved(deps, service, operation, () => readApplication(deps, service, operation));
  if (refused !== null) {
    await note(deps, { operation: operation.id, action: 'set-weight', actor: sluice, reason: refused });
    return { outcome: 'drift', cause: 'drift', reason: because('NotApproved', refused) };
  }
  // Paused since its capacity was found: the weight waits for that.
  if (operation.pausedBecause !== null && operation.kind !== 'rollback')
    return { outcome: 'not-ready', reason: reasonOr('AlertFiring', operation.pausedBecause) };
  const target = targetOf(operation);
  const cluster = deps.cluster(service);
  const readiness = await risingReadiness(cluster, service, operation, weight);
  if (readiness.kind !== 'ready') {
    const isLate = deps.now() > capacityDeadline(operation, service);
    return isLate
      ? { outcome: 'failed', reason: because('CapacityLate', `No capacity in time: ${readiness.reason}`) }
      : { outcome: 'not-ready', reason: because('CapacityMissing', readiness.reason) };
  }

  const wanted = percentOn(target, weight);
  const router = routerFor(cluster, operation);
  // What else sends requests to the environments, and whether the gateways follow, may have changed since the last rise (I2, I3).
  const passed = await router.read({ purpose: 'rise' }).then(() => null, whyNotOurs);
  if (passed !== null) return passedBy(deps, operation, passed);
  if (operation.shiftedAt === null) await deps.store.operations.update(operation.id, { shiftedAt: timestamp(deps) });
  const written = await audited(
    deps,
    { operation: operation.id, action: 'set-weight', actor: sluice, before: operation.weights, wanted },
    () =>
      writeRoute(router, holder, {
        seq,
        wanted,
        purpose: 'shift',
        resumedAt: pausesOverFor(operation, deps.now()),
      }),
  );
  if (written.kind === 'paused') return { outcome: 'not-ready', reason: reasonOr('AlertFiring', written.reason) };
  if (written.kind === 'drift') return drift(deps, operation, written);
  await deps.store.operations.update(operation.id, { weights: wanted });
  // A step is judged from when its weight is in force. A repetition finds it written. A way back waits for nothing: `verifyReturn` looks.
  const behind = operation.kind === 'rollback' ? null : await router.lag();
  if (behind !== null)
    throw new DependencyUnavailable('route', `${percentWords(target, weight)} is written: ${behind}`);
  await deps.store.operations.update(operation.id, { judgement: judgingAnew(operation, deps.now()) });
  return { outcome: 'set' };
}

const percentWords = (target: EnvironmentName, weight: number): string => `${weight} % for ${target}`;

/**
 * The target's Application; null where it cannot be read now, which stops nothing. One that is gone has no source: nothing keeps its side as it was
 * approved any more.
 */
async function readApplication(deps: ActDeps, service: ServiceConfiguration, { target }: OperationRecord) {
  if (target === null) return null;
  const { application } = service.environments[target];
  return deps
    .cluster(service)
    .applications.read(application)
    .catch((error: unknown) => (error instanceof NotFound ? { metadata: { name: application }, spec: {} } : null));
}

function targetOf(operation: OperationRecord): EnvironmentName {
  if (operation.target === null)
    throw new InvalidInput(`Operation ${operation.id} has no target: PrepareStandby has not run.`);
  return operation.target;
}

/** What a route that is not ours to steer says of itself; any other fault is thrown on. */
const whyNotOurs = (error: unknown): string => {
  if (error instanceof RouteNotOurs) return `${error.route}: ${error.problem}.`;
  throw error;
};

/** Requests come past the weights: reported, and the operation ends with the traffic returned (I3). */
async function passedBy(deps: ActDeps, operation: OperationRecord, told: string): Promise<Drifted> {
  const reason = because('RouteNotOurs', told);
  await noteDrift(deps, { operation: operation.id, what: 'route', before: operation.weights, after: null, reason });
  return { outcome: 'drift', cause: 'drift', reason };
}

/** Somebody else changed the weights: reported, and the operation ends with the traffic returned (rule 8). */
async function drift(
  deps: ActDeps,
  operation: OperationRecord,
  found: { live: Weights; expected: Weights },
): Promise<Drifted> {
  const told = `Somebody else changed the weights to ${weightWords(found.live)}; ${weightWords(found.expected)} is what Sluice last wrote.`;
  const reason = because('WeightsDrifted', told);
  await noteDrift(deps, {
    operation: operation.id,
    what: 'weights',
    before: found.expected,
    after: found.live,
    reason,
  });
  return { outcome: 'drift', cause: 'drift', reason };
}
