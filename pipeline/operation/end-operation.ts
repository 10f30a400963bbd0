import { LockLost } from '../../contracts/errors.ts';
import type { Outcome } from '../../contracts/operation.ts';
import type { Reason } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { CommonDeps } from '../ports.ts';
import { audited, sluice } from './audited.ts';
import { closeIntents } from './close-intents.ts';
import { timestamp } from './operation-context.ts';

interface EndingBase {
  /** Sluice itself without it. */
  readonly actor?: string;
  /** Only the operation's own execution is refused once another operation returns its traffic (I12). */
  readonly by?: 'own-execution' | 'anybody';
}

/** Whatever did not succeed has a reason code. */
export type Ending = EndingBase &
  ({ readonly outcome: 'succeeded'; readonly reason: string } | { readonly outcome: Outcome; readonly reason: Reason });

/**
 * Writes the one outcome of an operation (I5), and answers the one that it has: an earlier one stands.
 *
 * @throws {LockLost} when another operation returns its traffic, and so writes its outcome.
 */
export async function endOperation(
  deps: CommonDeps,
  { id, outcome: earlier }: Pick<OperationRecord, 'id' | 'outcome'>,
  { outcome, reason, actor = sluice, by = 'anybody' }: Ending,
): Promise<Outcome> {
  await closeIntents(deps, id);
  const end = () => deps.store.operations.end(id, { outcome, reason, at: timestamp(deps) }, by);
  if (earlier !== null) {
    // Refused, and published again: whoever wrote the outcome may have died before it could publish it.
    await deps.store.operations.end(id, { outcome, reason, at: timestamp(deps) });
    return earlier;
  }
  const ended = await audited(deps, { operation: id, action: 'end', actor, reason, wanted: { outcome } }, end);
  if (ended.kind === 'returned-by') {
    throw new LockLost(`Operation ${ended.operation} returns the traffic of ${id}, and writes its outcome.`);
  }
  return ended.kind === 'ended' ? outcome : ended.outcome;
}
