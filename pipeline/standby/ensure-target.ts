import { foreignPin } from '../../adapters/gitops/argo-application.ts';
import type { Execution } from '../../contracts/commands.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { parseInstant } from '../../contracts/instant.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { usualReplicas } from '../../core/rollback/return-needs.ts';
import { timeLeft } from '../../core/rollback/time-left.ts';
import { audited, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { abortOf } from '../return/abort-of.ts';
import { withinDeadline } from '../return/within-deadline.ts';
import { claimRoute } from '../shift/fenced-route.ts';
import { setCapacity } from './set-capacity.ts';

/**
 * Gives the destination of a return the capacity to take everything, and never less than its minimum is. The route is fenced first: nobody
 * else moves meanwhile. The machine pauses before it looks, so that a destination that comes and goes has no round follow at once on another.
 */
export function ensureTarget(deps: ActDeps, execution: Execution, waited: number): Promise<ResultOf<'ensure-target'>> {
  const { service = null } = execution;
  return withinDeadline(deps, { execution, service, waited }, () => ensure(deps, execution, waited));
}

async function ensure(deps: ActDeps, execution: Execution, waited: number): Promise<ResultOf<'ensure-target'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const holder = await confirmHolder(deps.store, operation);
  const { target, startedAt } = operation;
  if (target === null) throw new InvalidInput(`Rollback ${operation.id} has no destination.`);
  // Nothing is raised any more; the look that follows ends the rollback.
  if (abortOf(operation) !== null) return { outcome: 'ensured', pause: 1, waited: waited + 1 };
  const { router, applications } = deps.cluster(service);
  await claimRoute(router, holder, 'return');
  const { application } = service.environments[target];
  // What somebody else has pinned there is not what served. Argo CD may be away, and then the pods that are there have to do.
  const foreign = await applications.read(application).then(foreignPin, () => null);
  if (foreign !== null) {
    const wanted = { operation: operation.id, revision: foreign.pinned, epoch: holder.epoch };
    const intent = { operation: operation.id, action: 'start-sync', actor: sluice, before: foreign, wanted };
    await audited(deps, intent, () => applications.startSync(application, wanted)).catch(() => null);
  }
  await setCapacity(deps, service, holder, {
    operation: operation.id,
    action: 'raise-capacity',
    environment: target,
    minReplicas: usualReplicas(service.replicas),
    purpose: 'return',
  });
  const { rollback: deadline } = service.deadlines;
  const time = timeLeft({ startedAt: parseInstant(startedAt), now: deps.now(), waited, deadline });
  // Once its time is over, it is still looked at, which ends the rollback.
  const pause = time.kind === 'left' ? time.pause : 1;
  return { outcome: 'ensured', pause, waited: waited + pause };
}
