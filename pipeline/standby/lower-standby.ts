import type { Execution } from '../../contracts/commands.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import { because } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { usualReplicas } from '../../core/rollback/return-needs.ts';
import type { RouteState } from '../../core/traffic/fence.ts';
import { readyForWeight } from '../../core/workload/ready-for-weight.ts';
import { note, sluice } from '../operation/audited.ts';
import { findService, idOf, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { claimRoute } from '../shift/fenced-route.ts';
import { seeWorkload } from './see-workload.ts';
import { setCapacity } from './set-capacity.ts';

/**
 * Lowers the environment that lost the traffic, `keepWarm` after the operation `after` (I8). Only if nothing has happened since: the
 * lock is free, the route was last written by `after`, and all the traffic is on the other side. A later writer of the route has made the
 * standby its own way back, and keeps it warm for as long as that takes.
 *
 * After an abort the target keeps its capacity for `standby.afterAbort` only: once that is over it is lowered, and the active side, which keeps what
 * it had, is left to the second look (docs/adr/0085).
 *
 * `warm`: it was woken before `keepWarm` was over, the active side has too few pods for its traffic, or the load balancer does not follow
 * the route yet, and has to wait on, for `deadlines.capacity` at most. `left-alone`: for the reason given; nothing was written.
 *
 * @throws {StaleHolder} when a rescue took the route over without the database meanwhile (I12).
 */
export async function lowerStandby(
  deps: ActDeps,
  command: { execution: Execution; service: string; after: string },
): Promise<ResultOf<'lower-standby'>> {
  const { execution, after } = command;
  const service = findService(deps.configuration, command.service);
  const operation = await deps.store.operations.read(after);
  if (operation?.target == null || operation.endedAt === null) return { outcome: 'nothing-to-lower' };
  // The clock that waited is another one, and `keepWarm` may have become longer meanwhile.
  const due = Date.parse(operation.endedAt) + service.standby.keepWarm;
  const isDue = deps.now() >= due;
  const isKeptLongEnough = operation.keptWarmUntil !== null && deps.now() >= Date.parse(operation.keptWarmUntil);
  if (!isDue && !isKeptLongEnough) return { outcome: 'warm' };
  const standby = otherEnvironment(operation.target);
  const { router, workloads } = deps.cluster(service);
  const id = idOf(execution);
  const skip = async (reason: string): Promise<ResultOf<'lower-standby'>> => {
    await note(deps, { operation: after, action: 'lower-standby', actor: sluice, reason });
    return { outcome: 'left-alone', reason: because('StandbyKept', reason) };
  };

  const at = timestamp(deps);
  const deadline = new Date(deps.now() + service.deadlines.capacity).toISOString();
  const claim = { operation: id, kind: 'switch-traffic' as const, executionArn: execution.arn, at, deadline };
  const acquired = await deps.store.locks.acquire(service.name, claim);
  if (acquired.kind === 'held') {
    // Who has it may not come to the route, and then both sides are this one's business still.
    return isDue ? skip(`Operation ${acquired.by.holder} holds the lock.`) : { outcome: 'warm' };
  }
  try {
    // Asked of the route and not of the records: those may be behind, and lack a rescue that had no database (rule 8).
    const before = whyLeaveAlone(await router.read(), standby, [after, id]);
    if (before !== null) return await skip(before);
    // Pods are taken away only where no request comes any more, whatever the route says (I2).
    const behind = await router.lag();
    if (behind !== null) {
      if (deps.now() < due + service.deadlines.capacity) return { outcome: 'warm' };
      return await skip(`The weights of the route are not in force (${behind}): ${standby} stays warm.`);
    }
    const needs = { digest: null, needed: usualReplicas(service.replicas) };
    const active = readyForWeight(await seeWorkload(deps.cluster(service), service, operation.target), needs);
    if (active.kind !== 'ready') {
      if (deps.now() < due + service.deadlines.capacity) return { outcome: 'warm' };
      return await skip(
        `${operation.target} is not ready for all the traffic (${active.reason}): ${standby} stays warm.`,
      );
    }
    const holder = { operation: id, epoch: acquired.epoch, adopted: acquired.adopted };
    const { live } = await claimRoute(router, holder, 'shift');
    const claimed = whyLeaveAlone(live, standby, [id]);
    if (claimed !== null) return await skip(claimed);
    await setCapacity(deps, service, holder, {
      operation: after,
      action: 'lower-standby',
      environment: standby,
      minReplicas: service.standby.then,
    });
    if (!isDue) return { outcome: 'warm' };
    // At rest the autoscaler decides for the active one again, from its usual minimum on, or from what people want for the service: they
    // set it on the side that was active then. A shift had raised it to what it carried.
    const lowered = await workloads.readCapacity(service.environments[standby].namespace, service.name);
    await setCapacity(deps, service, holder, {
      operation: after,
      action: 'relax-capacity',
      environment: operation.target,
      minReplicas: Math.max(service.replicas.min, lowered?.fence?.people ?? 0),
    });
    return { outcome: 'lowered' };
  } finally {
    await deps.store.locks.release(service.name, id);
    await deps.wakeWaiting(service.name);
  }
}

/** `own`: whose last word on the route leaves the standby to this one. A repetition finds its own claim. */
function whyLeaveAlone(
  { fence, weights }: RouteState,
  standby: EnvironmentName,
  own: readonly string[],
): string | null {
  if (fence !== null && !own.includes(fence.operation)) {
    return `Operation ${fence.operation} came later, and is responsible for the standby.`;
  }
  return weights[standby] === 0 ? null : `${standby} has ${weights[standby]} % of the traffic.`;
}
