import type { Execution } from '../../contracts/commands.ts';
import { longestReason } from '../../contracts/failure-reason.ts';
import { because, reasonCodeOf, shortReason } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { OperationDeps } from '../ports.ts';

/**
 * Pauses a shift that Sluice itself could not go on with: a task of it could not run, or a dependency stayed away. Nothing bad is known of the
 * release, so it is neither returned nor put on hold; a person decides within the deadline of a pause. An earlier pause keeps its reason.
 */
export async function pauseForFault(
  deps: OperationDeps,
  { execution, reason }: { execution: Execution; reason: string },
): Promise<ResultOf<'pause-for-fault'>> {
  const { operation } = await loadOperation(deps, execution);
  await confirmHolder(deps.store, operation);
  if (operation.abort !== null) return { outcome: 'aborted' };
  const { id, target, weights, shiftedAt } = operation;
  const hasTraffic = shiftedAt !== null && target !== null && weights !== null && weights[target] > 0;
  if (!hasTraffic) return { outcome: 'no-traffic' };
  if (operation.pausedBecause === null) {
    const told = because(reasonCodeOf(reason) ?? 'TaskFailed', `Sluice could not continue: ${reason}`);
    const pausedBecause = shortReason(told, longestReason);
    await note(deps, { operation: id, action: 'pause', actor: sluice, reason: pausedBecause });
    await deps.store.operations.update(id, { pausedBecause, pausedAt: timestamp(deps) });
  }
  return { outcome: 'paused' };
}
