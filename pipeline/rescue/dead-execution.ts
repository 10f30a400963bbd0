import type { ExecutionStatusEvent } from '../../contracts/events/execution-status.ts';

/** An execution that ended as FAILED, TIMED_OUT or ABORTED, as EventBridge tells of it. */
export type DeadExecution = ExecutionStatusEvent['detail'];

/** Says how it ended, for people and for the record. */
export const deathOf = ({ status, error }: DeadExecution): string =>
  `Its execution ended as ${status}${error ? ` (${error})` : ''}`;
