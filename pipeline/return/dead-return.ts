import type { LiveRoute } from '../../adapters/traffic/traffic-router.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { RollbackTrigger } from '../../contracts/trigger.ts';
import { retryName } from '../../core/operation/retry-name.ts';
import { idOf } from '../operation/operation-context.ts';
import type { ReturnTrafficDeps } from '../ports.ts';
import type { DatabaseBudget } from './database-budget.ts';
import type { Situation } from './situation.ts';

/**
 * The return that stands on the route above the lock, when its execution is known to be dead: it has an outcome, which only the guardian gave
 * it, or what asks is started for its death. The route is seldom above the lock, so that seldom anything is read here.
 */
export async function readDeadReturn(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  asked: {
    command: { execution: Execution; trigger: RollbackTrigger };
    live: LiveRoute;
    known: Situation;
  },
): Promise<OperationRecord | null> {
  const { live, known } = asked;
  const { execution, trigger } = asked.command;
  const { fence } = live;
  if (fence === null || fence.epoch <= known.lock.epoch || fence.operation === idOf(execution)) return null;
  const found = await budget.ask(() => deps.store.operations.read(fence.operation));
  if (found === null) return null;
  const isItsDeath = trigger.kind === 'dead-execution' && trigger.executionArn === found.executionArn;
  const isItsRetry = execution.name === retryName(found.executionArn);
  return found.outcome !== null || isItsDeath || isItsRetry ? found : null;
}
