import type { Execution } from '../../contracts/commands.ts';
import { seconds } from '../../contracts/duration.ts';
import { because } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { judgingResumed } from './judging-state.ts';
import { lookUntil } from './look-until.ts';
import { pauseOver } from './pause-over.ts';
import { routeDrift } from './route-drift.ts';

/** Waits for a person's word on a failed release that cannot be taken back, until the pause's deadline (I11). The weights stay as they are. */
export async function awaitDecision(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'await-decision'>> {
  const answer = await lookUntil(deps, seconds(1), async (): Promise<ResultOf<'await-decision'> | null> => {
    const { operation, service } = await loadOperation(deps, execution);
    await confirmHolder(deps.store, operation);
    if (operation.abort) return { outcome: 'aborted', reason: because('Aborted', operation.abort.reason) };
    if (operation.target === null || operation.weights === null) {
      return { outcome: 'failed', reason: because('StateMissing', 'The operation has not moved any traffic.') };
    }
    const drift = await routeDrift(deps, { operation, service }, operation.weights);
    if (drift !== null) return drift;
    if (operation.pausedBecause === null) {
      await deps.store.operations.update(operation.id, { judgement: judgingResumed(operation, deps.now()) });
      return { outcome: 'resumed', weight: operation.weights[operation.target] };
    }
    return pauseOver(deps, { operation, service });
  });
  return answer ?? { outcome: 'waiting' };
}
