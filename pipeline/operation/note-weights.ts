import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { CommonDeps } from '../ports.ts';

/** What was returned ends with the traffic where the return brought it: its own last weights are over (I14). */
export async function noteWeights(
  deps: CommonDeps,
  returned: Pick<OperationRecord, 'id' | 'outcome' | 'weights'>,
  { id, weights }: Pick<OperationRecord, 'id' | 'weights'>,
): Promise<void> {
  if (weights === null || returned.weights === null || returned.outcome !== null || returned.id === id) return;
  await deps.store.operations.update(returned.id, { weights });
}
