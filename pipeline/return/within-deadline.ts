import type { Execution } from '../../contracts/commands.ts';
import { DeadlineExceeded, isRetryable } from '../../contracts/errors.ts';
import { parseInstant } from '../../contracts/instant.ts';
import { durationWords } from '../../contracts/words.ts';
import { timeLeft } from '../../core/rollback/time-left.ts';
import { findService } from '../operation/operation-context.ts';
import type { CommonDeps } from '../ports.ts';

interface Returning {
  readonly execution: Execution;
  /** Null for an execution that began before they said so: it is bounded by its retries alone. */
  readonly service: string | null;
  /** Whole seconds for which the rollback has waited. */
  readonly waited?: number;
}

/**
 * Runs a task of a return. While a dependency is away the state machine tries again, for minutes, and knows no time: so the task that finds
 * `deadlines.rollback` over says that instead, after which the service freezes and people are paged (I11).
 *
 * @throws {DeadlineExceeded} in place of a fault of which another try might have helped.
 */
export async function withinDeadline<Answer>(
  { configuration, now }: CommonDeps,
  { execution, service, waited = 0 }: Returning,
  task: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await task();
  } catch (error) {
    if (service === null || !(error instanceof Error) || !isRetryable(error)) throw error;
    const { rollback: deadline } = findService(configuration, service).deadlines;
    const time = timeLeft({ startedAt: parseInstant(execution.startedAt), now: now(), waited, deadline });
    if (time.kind === 'left') throw error;
    throw new DeadlineExceeded(
      `The return was not done within ${durationWords(deadline)} (deadlines.rollback): ${error.message}`,
      { cause: error },
    );
  }
}
