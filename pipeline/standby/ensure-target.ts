import type { Execution } from '../../contracts/commands.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { claimRoute } from '../shift/fenced-route.ts';
import { setCapacity } from './set-capacity.ts';

/** Gives the destination of a return the capacity to take everything. The route is fenced first: nobody else moves meanwhile. */
export async function ensureTarget(deps: ActDeps, execution: Execution): Promise<ResultOf<'ensure-target'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const holder = await confirmHolder(deps.store, operation);
  const { target } = operation;
  if (target === null) throw new InvalidInput(`Rollback ${operation.id} has no destination.`);
  const { router } = deps.cluster(service);
  await claimRoute(router, holder, 'return');
  await setCapacity(deps, service, holder, {
    operation: operation.id,
    action: 'raise-capacity',
    environment: target,
    minReplicas: service.replicas.min,
  });
  return { outcome: 'ensured' };
}
