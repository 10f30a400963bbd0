import type { TaskActivity } from '../interpreter/execution.ts';
import type { Json } from '../interpreter/json.ts';

/** A task attempt that an integration is to carry out. */
export interface TaskCall {
  /** Names the attempt; the same after a restart, so it can serve as an idempotency key. */
  readonly token: string;
  readonly executionArn: string;
  readonly resource: TaskActivity['resource'];
  readonly arguments: Json;
  /** Aborts when the attempt is over for another reason: a timeout, the end of the execution. */
  readonly signal: AbortSignal;
}

/** What a service did not do, under the name that Retry and Catch know it by. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly error: string;

  constructor(error: string, cause: string) {
    super(cause);
    this.error = error;
  }
}

/** The services that tasks use. Rejects with TaskError. */
export type CallTask = (call: TaskCall) => Promise<Json>;
