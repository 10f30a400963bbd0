import type { Execution } from '../../contracts/commands.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import { note, sluice } from '../shared/audited.ts';
import { claimRoute } from '../shared/fenced-route.ts';
import { findService, idOf, timestamp } from '../shared/operation-context.ts';
import type { ActDeps } from './deps.ts';
import { setCapacity } from './set-capacity.ts';

/**
 * Lowers the environment that lost the traffic, `keepWarm` after the operation `after` (I8). Only if nothing has happened since:
 * the lock is free, the environment has no traffic, and no later operation holds it for its own return.
 */
export async function lowerStandby(deps: ActDeps, command: { execution: Execution; service: string; after: string }) {
  const { execution, after } = command;
  const service = findService(deps.configuration, command.service);
  const operation = await deps.store.operations.read(after);
  if (operation?.target == null) return { outcome: 'nothing-to-lower' as const };
  const standby = otherEnvironment(operation.target);
  const { router } = deps.cluster(service);
  const id = idOf(execution);
  const skip = async (reason: string) => {
    await note(deps, { operation: after, action: 'lower-standby', actor: sluice, reason });
    return { outcome: 'left-alone' as const, reason };
  };

  const [newest] = await deps.store.operations.list(service.name, 1);
  if (newest && newest.id !== after && newest.target !== null) {
    return skip(`Operation ${newest.id} came after; the standby is its affair.`);
  }
  const at = timestamp(deps);
  const deadline = new Date(deps.now() + service.deadlines.capacity).toISOString();
  const claim = { operation: id, kind: 'switch-traffic' as const, executionArn: execution.arn, at, deadline };
  const acquired = await deps.store.locks.acquire(service.name, claim);
  if (acquired.kind === 'held') return skip(`Operation ${acquired.by.holder} holds the lock.`);
  try {
    const holder = { operation: id, epoch: acquired.epoch, adopted: acquired.adopted };
    const { live } = await claimRoute(router, holder, 'shift');
    if (live.weights[standby] !== 0) return await skip(`${standby} has ${live.weights[standby]} % of the traffic.`);
    await setCapacity(deps, service, holder, {
      operation: after,
      action: 'lower-standby',
      environment: standby,
      minReplicas: service.standby.then,
    });
    // At rest the autoscaler decides for the active one again, from its usual minimum on: a shift had raised that to what it carried.
    await setCapacity(deps, service, holder, {
      operation: after,
      action: 'relax-capacity',
      environment: operation.target,
      minReplicas: service.replicas.min,
    });
    return { outcome: 'lowered' as const };
  } finally {
    await deps.store.locks.release(service.name, id);
    await deps.wakeWaiting(service.name);
  }
}
