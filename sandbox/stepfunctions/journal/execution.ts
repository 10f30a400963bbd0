import type { Machine } from '../interpreter/definition.ts';
import type { ExecutionHeader, ExecutionState, ExecutionStatus } from '../interpreter/execution.ts';
import { History } from './history.ts';
import { restoreState, type StoredExecution, storeState } from './records.ts';

/** An execution in memory: what is stored of it, and what is going on with it in this process. */
export interface Execution {
  readonly header: ExecutionHeader;
  readonly inputText: string;
  readonly revisionId: string;
  readonly startedBy: StoredExecution['startedBy'];
  readonly machine: Machine;
  state: ExecutionState;
  /** Empty once it is archived. */
  readonly history: History;
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
  history: new History(stored.events),
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
  events: execution.history.events(),
  ...(execution.archived ? { archived: true as const } : {}),
  ...(execution.told === undefined ? {} : { told: execution.told }),
});
