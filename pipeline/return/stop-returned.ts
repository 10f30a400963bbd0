import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ReturnTrafficDeps } from '../ports.ts';

/** Fence first, stop second (DESIGN §5): the returned operation's execution has nothing left to do. A failure blocks nothing. */
export async function stopReturned(
  deps: Pick<ReturnTrafficDeps, 'workflow'>,
  returned: OperationRecord | null,
  by: string,
): Promise<void> {
  if (returned === null || returned.id === by || returned.outcome !== null) return;
  await deps.workflow
    .stop(returned.executionArn, { error: 'TakenOver', cause: `Operation ${by} returned the traffic.` })
    .catch(() => 'gone');
}
