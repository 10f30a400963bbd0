import type { TrafficRouter } from '../../adapters/traffic/traffic-router.ts';
import type { Execution } from '../../contracts/commands.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/operation.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { audited, sluice } from '../shared/audited.ts';
import { claimRoute } from '../shared/fenced-route.ts';
import { confirmHolder, type Holder } from '../shared/holder.ts';
import { loadOperation, timestamp } from '../shared/operation-context.ts';
import type { ActDeps } from './deps.ts';

/**
 * Claims the route (weights untouched), and learns from it which environment is the standby (rule 8). The origin's capacity is
 * noted, since it keeps it (I8); the standby gets enough to be checked.
 */
export async function prepareStandby(deps: ActDeps, execution: Execution) {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'preparing-standby', timestamp(deps));
  const { router, workloads } = deps.cluster(service);
  const holder = await catchUpWithRoute(deps, operation, router, await confirmHolder(deps.store, operation));
  if (operation.abort) return { outcome: 'aborted' as const, reason: operation.abort.reason };

  const { live, fence } = await audited(
    deps,
    { operation: operation.id, action: 'claim-route', actor: sluice, wanted: { epoch: holder.epoch } },
    () => claimRoute(router, holder, 'shift'),
  );
  await deps.store.locks.markAdopted(service.name);
  const origin = soleEnvironment(live.weights);
  if (origin === null) {
    return {
      outcome: 'mixed-weights' as const,
      reason: `The traffic is split ${live.weights.blue}:${live.weights.green} before this deployment began; return it to one side first.`,
    };
  }
  const target = otherEnvironment(origin);
  const deployment = await workloads.readDeployment(service.environments[origin].namespace, service.name);
  const originReplicas = operation.originReplicas ?? deployment?.status?.readyReplicas ?? service.replicas.min;
  await deps.store.operations.update(operation.id, { origin, target, originReplicas, weights: live.weights });
  await audited(
    deps,
    {
      operation: operation.id,
      action: 'prepare-capacity',
      actor: sluice,
      wanted: { environment: target, minReplicas: service.replicas.min },
    },
    () =>
      workloads.setMinimumReplicas(service.environments[target].namespace, service.name, service.replicas.min, holder),
  );
  return { outcome: 'prepared' as const, seq: fence.seq };
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
