import type { Execution } from '../../contracts/commands.ts';
import { seconds } from '../../contracts/duration.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { lookUntil } from './look-until.ts';
import type { PauseOver } from './pause-over.ts';
import { pauseOver } from './pause-over.ts';
import { routeDrift } from './route-drift.ts';

export type Decision =
  | { outcome: 'waiting' }
  /** A person lets it go on; it is judged from here on as if the step had just begun. */
  | { outcome: 'resumed'; weight: number }
  | { outcome: 'aborted' | 'drift' | 'failed'; reason: string }
  | PauseOver;

/** Waits for a person's word on a failed release that cannot be taken back, until the pause's deadline (I11). The weights stay as they are. */
export async function awaitDecision(deps: ObserveDeps, execution: Execution): Promise<Decision> {
  const answer = await lookUntil(deps, seconds(1), async (): Promise<Decision | null> => {
    const { operation, service } = await loadOperation(deps, execution);
    await confirmHolder(deps.store, operation);
    if (operation.abort) return { outcome: 'aborted', reason: operation.abort.reason };
    if (operation.target === null || operation.weights === null) {
      return { outcome: 'failed', reason: 'The operation has not moved any traffic.' };
    }
    const drift = await routeDrift(deps, { operation, service }, operation.weights);
    if (drift !== null) return drift;
    if (operation.pausedBecause === null) {
      await deps.store.operations.update(operation.id, { judgement: { since: deps.now(), state: null, origin: null } });
      return { outcome: 'resumed', weight: operation.weights[operation.target] };
    }
    return pauseOver(deps, { operation, service });
  });
  return answer ?? { outcome: 'waiting' };
}
