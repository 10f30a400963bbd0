import { type OperationState, type Outcome, operationStates } from '../../contracts/operation.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';

/** How GitHub shows a deployment: a state of its API, and a line of at most 140 characters, which the adapter cuts. */
export interface ShownStatus {
  readonly state: 'queued' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
  readonly description: string;
}

/** Whether a deployment does not hold the lock yet: nothing has been changed. */
const isBeforeLock = (state: OperationState): boolean =>
  operationStates.indexOf(state) < operationStates.indexOf('preparing-standby');

/** `inactive`: it never began, or its release is not what serves any more; nothing of it failed. */
const ends = {
  succeeded: 'success',
  'failed-validation': 'failure',
  rejected: 'failure',
  expired: 'inactive',
  superseded: 'inactive',
  'window-closed': 'inactive',
  failed: 'failure',
  'rolled-back': 'failure',
  aborted: 'inactive',
  frozen: 'error',
  // Of observations, which GitHub is not told of.
  'would-succeed': 'inactive',
  'would-roll-back': 'inactive',
  'would-refuse': 'inactive',
  inconclusive: 'inactive',
} as const satisfies Record<Outcome, ShownStatus['state']>;

/**
 * How a deployment stands for those who look at GitHub.
 *
 * @param returnedBy the rollback that took the traffic away from it after it had succeeded; null where none did.
 */
export function shownStatus(
  { state, outcome, reason }: Pick<OperationRecord, 'state' | 'outcome' | 'reason'>,
  returnedBy: Pick<OperationRecord, 'id' | 'outcome'> | null = null,
): ShownStatus {
  if (outcome === null) {
    return isBeforeLock(state)
      ? { state: 'queued', description: `Nothing has changed yet: ${state}` }
      : { state: 'in_progress', description: `It holds the lock: ${state}` };
  }
  if (outcome === 'succeeded' && returnedBy?.outcome === 'succeeded') {
    return { state: 'inactive', description: `The traffic went back afterwards: ${returnedBy.id}` };
  }
  return { state: ends[outcome], description: reason === null ? outcome : `${outcome}: ${reason}` };
}
