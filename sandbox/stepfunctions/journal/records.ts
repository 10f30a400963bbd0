import type {
  ExecutionHeader,
  ExecutionState,
  ExecutionStatus,
  HistoryEvent,
  Thread,
} from '../interpreter/execution.ts';
import type { JsonObject } from '../interpreter/json.ts';

/** A state machine as the API keeps it. Dates are epoch milliseconds. */
export interface StateMachineRecord {
  arn: string;
  name: string;
  /** The definition as it was given. */
  definition: string;
  roleArn: string;
  type: 'STANDARD';
  /** What was given for logs and traces, as the API takes it. */
  configuration?: JsonObject;
  /** Deleted, and here until its executions have ended. */
  isDeleting?: true;
  createDate: number;
  updateDate: number;
  /** Changes with every change of the definition or the role; a running execution keeps the one that it began with. */
  revisionId: string;
}

/** ExecutionState as JSON. */
export type StoredState = Omit<ExecutionState, 'threads'> & { threads: Thread[] };

export interface StoredExecution {
  header: ExecutionHeader;
  inputText: string;
  revisionId: string;
  /** The task that started it, so that a repeated call finds it again, and whether it stops with that task. */
  startedBy?: { token: string; stopsWith: boolean } | undefined;
  state: StoredState;
  events: HistoryEvent[];
  /** The history is in the archive, and `events` is empty. */
  archived?: true;
  /** The last status that the outside has been told of. */
  told?: ExecutionStatus;
}

/** A line of the engine's journal. */
export type EngineRecord =
  | { k: 'machine'; machine: StateMachineRecord }
  | { k: 'machine-deleted'; arn: string }
  /** An execution as a whole: at its start and after a compaction. */
  | { k: 'execution'; execution: StoredExecution }
  | {
      k: 'step';
      arn: string;
      state: Omit<ExecutionState, 'threads'>;
      put: Thread[];
      gone: string[];
      events: HistoryEvent[];
    }
  | { k: 'told'; arn: string; status: ExecutionStatus };

/** What a step changed, small however many threads there are. Undefined when it changed nothing. */
export function stepRecord(
  arn: string,
  before: ExecutionState,
  after: ExecutionState,
  events: HistoryEvent[],
): EngineRecord | undefined {
  const put = [...after.threads.values()].filter((thread) => before.threads.get(thread.id) !== thread);
  const gone = [...before.threads.keys()].filter((id) => !after.threads.has(id));
  if (put.length === 0 && gone.length === 0 && events.length === 0) return undefined;
  const { threads: _threads, ...state } = after;
  return { k: 'step', arn, state, put, gone, events };
}

/** The state after a recorded step. */
export function applyStep(before: ExecutionState, record: Extract<EngineRecord, { k: 'step' }>): ExecutionState {
  const threads = new Map(before.threads);
  for (const id of record.gone) threads.delete(id);
  for (const thread of record.put) threads.set(thread.id, thread);
  return { ...record.state, threads };
}

export const storeState = ({ threads, ...state }: ExecutionState): StoredState => ({
  ...state,
  threads: [...threads.values()],
});

export const restoreState = ({ threads, ...state }: StoredState): ExecutionState => ({
  ...state,
  threads: new Map(threads.map((thread) => [thread.id, thread])),
});
