import type { Json } from './json.ts';
import type { Payload } from './payload.ts';
import type { TaskResource } from './task-resource.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What never changes about an execution. Times are epoch milliseconds. */
export interface ExecutionHeader {
  arn: string;
  name: string;
  stateMachineArn: string;
  stateMachineName: string;
  roleArn: string;
  startDate: number;
  input: Json;
}

/** Where an execution stands: plain data, everything that the next step needs. */
export interface ExecutionState {
  readonly status: ExecutionStatus;
  readonly stopDate?: number;
  readonly output?: Payload;
  readonly error?: string;
  readonly cause?: string;
  /** Epoch ms at which the machine's TimeoutSeconds end. */
  readonly deadline?: number;
  /** History events so far; the next one's id is one more. */
  readonly eventCount: number;
  /** One thread for the machine itself, and one for each branch and iteration of a state that has not ended. */
  readonly threads: ReadonlyMap<ThreadId, Thread>;
}

export type ThreadId = string;
export const rootThread: ThreadId = '0';

/** A sequence of states: the machine, a branch of a Parallel, an iteration of a Map. */
export interface Thread {
  readonly id: ThreadId;
  readonly parent?: ThreadId;
  /** Branch number or index of the Map item. */
  readonly index: number;
  /** The item of a Map iteration, for `$states.context.Map.Item.Value`. */
  readonly item?: Json;
  /** Variables assigned in this scope; a branch also sees those of its parents. */
  readonly variables: Readonly<Record<string, Json>>;
  /** Id of the history event that the next one follows. */
  readonly previous: number;
  readonly visit?: Visit;
  /** Set when the branch has ended; it then waits for its siblings. */
  readonly result?: { readonly output: Payload };
}

/** One stay in one state. */
export interface Visit {
  readonly state: string;
  readonly input: Payload;
  readonly enteredAt: number;
  readonly enteredEvent: number;
  /** The event before the one that recorded the entry. */
  readonly before: number;
  /** Retries used, per element of the state's Retry. */
  readonly retries: readonly number[];
  readonly activity: Activity;
}

export type Activity =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly until: number }
  | { readonly kind: 'retrying'; readonly until: number }
  | TaskActivity
  | ChildrenActivity;

export interface TaskActivity {
  readonly kind: 'task';
  /** Names this attempt; also the task token where the resource waits for one. */
  readonly token: string;
  readonly resource: TaskResource;
  readonly arguments: Json;
  readonly timeoutAt?: number;
  readonly heartbeat?: { readonly seconds: number; readonly dueAt: number };
  /** The answer of the service, once the job or callback is under way. */
  readonly submitted?: Json;
}

export interface ChildrenActivity {
  readonly kind: 'children';
  readonly length: number;
  readonly started: number;
  readonly finished: number;
  readonly failed: number;
  /** Failed iterations that are tolerated, where the definition says. */
  readonly tolerated?: number;
}

/** What happens to an execution from outside. */
export type ExecutionInput =
  | { kind: 'start'; inputText: string }
  /** Time has passed, or there is work left over from a step that used up its budget. */
  | { kind: 'tick' }
  /** The integration's call was answered. */
  | { kind: 'responded'; token: string; output: Json }
  /** The call failed, or the callback or job reports failure. */
  | { kind: 'task-failed'; token: string; error?: string; cause?: string }
  /** The callback or job reports success. */
  | { kind: 'task-succeeded'; token: string; output: Json }
  | { kind: 'heartbeat'; token: string }
  | { kind: 'stop'; error?: string; cause?: string };

/** What the outside must do after a step. */
export type Effect =
  | { kind: 'call'; token: string; resource: TaskResource; arguments: Json }
  | { kind: 'watch'; token: string; resource: TaskResource; submitted: Json }
  /** The attempt is over for other reasons than its own end: stop what it started, ignore its answer. */
  | { kind: 'cancel'; token: string; resource: TaskResource; submitted?: Json }
  /** The step stopped for fairness: send a tick at once. */
  | { kind: 'continue' };

/** A history event as GetExecutionHistory returns it, except that `timestamp` is in epoch milliseconds. */
export interface HistoryEvent {
  id: number;
  previousEventId: number;
  timestamp: number;
  type: string;
  [details: `${string}Details`]: { [key: string]: Json };
}

/** Randomness, from outside. */
export interface Ids {
  /** An unguessable name for a task attempt, at the same time its task token. */
  taskToken(executionArn: string): string;
  uuid(): string;
  /** A number at least 0 and below 1. */
  random(): number;
}
