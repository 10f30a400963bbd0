import { readDuration } from '../../../../contracts/duration.ts';
import type { OperationState } from './application-types.ts';

/** Whether an operation that has failed so is tried again. */
export const isTriedAgain = ({ phase, operation, retryCount = 0 }: OperationState): boolean =>
  (phase === 'Failed' || phase === 'Error') && retryCount < (operation.retry?.limit ?? 0);

/** As Argo CD says of an operation that waits for its next attempt: it runs, and has finished. */
export function waitingForRetry({ phase: _, ...failed }: OperationState): OperationState {
  const retryCount = (failed.retryCount ?? 0) + 1;
  const message = `${failed.message ?? ''}. Retrying attempt #${retryCount}.`;
  return { ...failed, phase: 'Running', retryCount, message };
}

export const isWaitingForRetry = (state: OperationState | undefined): state is OperationState =>
  state?.phase === 'Running' && state.finishedAt !== undefined;

/** The attempt that begins after the wait. What the last one came to is forgotten. */
export function retrying({ finishedAt: _, syncResult: __, ...state }: OperationState): OperationState {
  return { ...state, message: `Retrying operation. Attempt #${state.retryCount}` };
}

/** Milliseconds before the next attempt, by Argo CD's formula and defaults. It has counted the attempt already, so that the first wait is doubled. */
export function retryDelay({ operation, retryCount = 0 }: OperationState): number {
  const { duration = '5s', factor = 2, maxDuration = '3m' } = operation.retry?.backoff ?? {};
  return Math.min((readDuration(duration) ?? 0) * factor ** retryCount, readDuration(maxDuration) ?? 0);
}
