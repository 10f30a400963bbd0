import type { Machine } from '../interpreter/definition.ts';
import type { ExecutionHeader, ExecutionState, ExecutionStatus, HistoryEvent } from '../interpreter/execution.ts';
import { restoreState, type StoredExecution, storeState } from './records.ts';

/** An execution in memory: what is stored of it, and what is going on with it in this process. */
export interface Execution {
  readonly header: ExecutionHeader;
  readonly inputText: string;
  readonly revisionId: string;
  readonly startedBy: StoredExecution['startedBy'];
  readonly machine: Machine;
  state: ExecutionState;
  /** The history; empty once it is archived. */
  readonly events: HistoryEvent[];
  archived: boolean;
  told: ExecutionStatus | undefined;
  /** Resolves when everything so far has been dealt with: inputs are taken one at a time. */
  queue: Promise<void>;
  cancelTimer: (() => void) | undefined;
}

export const isOver = ({ state }: Execution): boolean => state.status !== 'RUNNING';

export const restoreExecution = (stored: StoredExecution, machine: Machine): Execution => ({
  header: stored.header,
  inputText: stored.inputText,
  revisionId: stored.revisionId,
  startedBy: stored.startedBy,
  machine,
  state: restoreState(stored.state),
  events: stored.events,
  archived: stored.archived ?? false,
  told: stored.told,
  queue: Promise.resolve(),
  cancelTimer: undefined,
});

export const storeExecution = (execution: Execution): StoredExecution => ({
  header: execution.header,
  inputText: execution.inputText,
  revisionId: execution.revisionId,
  ...(execution.startedBy === undefined ? {} : { startedBy: execution.startedBy }),
  state: storeState(execution.state),
  events: execution.events,
  ...(execution.archived ? { archived: true as const } : {}),
  ...(execution.told === undefined ? {} : { told: execution.told }),
});
