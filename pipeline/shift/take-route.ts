import type { TrafficRouter } from '../../adapters/traffic/traffic-router.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName, Weights } from '../../contracts/names.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { Reason } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { warmCapacity } from '../../core/traffic/capacity.ts';
import { audited, sluice } from '../operation/audited.ts';
import { confirmHolder, type Holder } from '../operation/holder.ts';
import type { ActDeps } from '../ports.ts';
import { blindAutoscaler, capacityRefusal } from '../standby/capacity-refusal.ts';
import { setCapacity } from '../standby/set-capacity.ts';
import { type Claimed, claimRoute, routerFor } from './fenced-route.ts';

/** Claims the route for the lock's holder, weights untouched: from now on every older holder is stale (I12). */
export async function takeRoute(
  deps: ActDeps,
  { operation, service }: { operation: OperationRecord; service: ServiceConfiguration },
): Promise<Claimed & { holder: Holder }> {
  const router = routerFor(deps.cluster(service), operation);
  const holder = await catchUpWithRoute(deps, operation, router, await confirmHolder(deps.store, operation));
  const claimed = await audited(
    deps,
    { operation: operation.id, action: 'claim-route', actor: sluice, wanted: { epoch: holder.epoch } },
    () => claimRoute(router, holder, 'shift'),
  );
  await deps.store.locks.markAdopted(service.name);
  return { ...claimed, holder };
}

/**
 * Notes from where to where the traffic will move and what the origin has (I8), and gives the target enough to be checked. The answer is why the
 * target could not get what the shift needs: then nothing was changed. Null when it can.
 */
export async function prepareTarget(
  deps: ActDeps,
  { operation, service }: { operation: OperationRecord; service: ServiceConfiguration },
  { origin, live, holder }: { origin: EnvironmentName; live: Weights; holder: Holder },
): Promise<Reason | null> {
  const cluster = deps.cluster(service);
  const target = otherEnvironment(origin);
  const deployment = await cluster.workloads.readDeployment(service.environments[origin].namespace, service.name);
  const originReplicas = operation.originReplicas ?? deployment?.status?.readyReplicas ?? service.replicas.min;
  const refusal = await capacityRefusal(cluster, service, { ...operation, target, originReplicas });
  if (refusal !== null) return refusal;
  if (operation.kind === 'deployment') {
    const blind = await blindAutoscaler(cluster, service, target, deps.now());
    if (blind !== null) return blind;
  }
  await deps.store.operations.update(operation.id, { origin, target, originReplicas, weights: live });
  await keepOrigin(deps, { operation, service }, { origin, originReplicas, holder });
  await setCapacity(deps, service, holder, {
    operation: operation.id,
    action: 'prepare-capacity',
    environment: target,
    minReplicas: service.replicas.min,
  });
  return null;
}

/**
 * The origin keeps what it has although its load falls (I8): an autoscaler would take it away. Where there is none, nobody does. The
 * standby machine gives the autoscaler its usual minimum back.
 */
async function keepOrigin(
  deps: ActDeps,
  { operation, service }: { operation: OperationRecord; service: ServiceConfiguration },
  { origin, originReplicas, holder }: { origin: EnvironmentName; originReplicas: number; holder: Holder },
): Promise<void> {
  const { workloads } = deps.cluster(service);
  const seen = await workloads.readCapacity(service.environments[origin].namespace, service.name);
  if (seen === null) return;
  const warm = Math.min(seen.limit?.pods ?? Infinity, warmCapacity({ originReplicas, bounds: service.replicas }));
  // Written also when it is enough already: drift is measured against what was written.
  const kept = Math.max(warm, seen.minimum);
  await setCapacity(deps, service, holder, {
    operation: operation.id,
    action: 'keep-capacity',
    environment: origin,
    minReplicas: kept,
  });
}

/**
 * A rescue that had to do without the database fenced the route above the lock's epoch (rule 6). The next holder's first task lifts
 * the lock to it, or every later holder would take itself for stale.
 */
async function catchUpWithRoute(
  deps: ActDeps,
  operation: OperationRecord,
  router: TrafficRouter,
  holder: Holder,
): Promise<Holder> {
  const { fence } = await router.read();
  if (fence === null || fence.epoch < holder.epoch || fence.operation === operation.id) return holder;
  const epoch = fence.epoch + 1;
  await audited(
    deps,
    {
      operation: operation.id,
      action: 'reconcile-epoch',
      actor: sluice,
      before: { lock: holder.epoch, fence },
      wanted: { epoch },
    },
    () => deps.store.locks.reconcileEpoch(operation.service, epoch),
  );
  await deps.store.operations.update(operation.id, { epoch });
  return confirmHolder(deps.store, operation);
}
