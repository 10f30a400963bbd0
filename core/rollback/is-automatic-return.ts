import type { OperationRecord } from '../../contracts/records/operation.ts';
import { isPlanned } from './is-planned.ts';
import { wasSentBack } from './outcome-of-returned.ts';

/** Whether a split by hand came to the deadline that its person had set; one that was paused came to the deadline of the pause. */
export const endedAsPlanned = (
  { trigger }: Pick<OperationRecord, 'trigger'>,
  returned: Pick<OperationRecord, 'kind' | 'pausedBecause'>,
): boolean =>
  trigger.kind === 'failure' &&
  trigger.cause === 'expired' &&
  returned.kind === 'switch-traffic' &&
  returned.pausedBecause === null;

/**
 * Whether an operation that has ended brought traffic back without a person's word: for an alert, a failure, or a dead execution. One
 * that returned its own traffic counts too, since no rollback could be started for it, or since it was a planned rollback itself.
 *
 * @param returned what it returned; null where it is not known, or where nothing was at work.
 */
export function isAutomaticReturn(
  operation: Pick<OperationRecord, 'kind' | 'trigger' | 'outcome' | 'abort' | 'returnedBy'>,
  returned: Pick<OperationRecord, 'kind' | 'desired' | 'pausedBecause' | 'shiftedAt' | 'abort'> | null,
): boolean {
  const { kind, trigger, outcome, abort, returnedBy } = operation;
  if (abort !== null) return false;
  if (kind !== 'rollback' || isPlanned(trigger)) return outcome === 'rolled-back' && returnedBy === null;
  if (outcome !== 'succeeded' || trigger.kind === 'person' || trigger.kind === 'abort') return false;
  if (returned === null) return true;
  const wanted = wasSentBack(returned) || returned.abort !== null || endedAsPlanned(operation, returned);
  return !wanted && returned.shiftedAt !== null;
}
