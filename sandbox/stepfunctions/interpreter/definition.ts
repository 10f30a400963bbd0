import type { Json } from './json.ts';

/** A JSON value in which each string `{% … %}` is a JSONata expression. */
export type Template = Json;

export interface StatesMap {
  StartAt: string;
  States: Record<string, State>;
}

/** A state machine definition in Amazon States Language, JSONata only, as `parseDefinition` lets through. */
export interface Machine extends StatesMap {
  Comment?: string;
  QueryLanguage?: string;
  Version?: string;
  /** Seconds after which a running execution becomes TIMED_OUT. */
  TimeoutSeconds?: number;
}

export type AssignTemplate = Record<string, Template>;

interface StateBase {
  Comment?: string;
  QueryLanguage?: string;
  Output?: Template;
  Assign?: AssignTemplate;
}

interface Transition {
  Next?: string;
  End?: boolean;
}

export interface Retrier {
  ErrorEquals: string[];
  /** Seconds before the first retry; 1 by default. */
  IntervalSeconds?: number;
  /** 3 by default; 0 means never. */
  MaxAttempts?: number;
  /** Factor from one interval to the next; 2 by default. */
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  ErrorEquals: string[];
  Next: string;
  Output?: Template;
  Assign?: AssignTemplate;
}

interface Guarded {
  Retry?: Retrier[];
  Catch?: Catcher[];
}

export interface PassState extends StateBase, Transition {
  Type: 'Pass';
}
export interface SucceedState extends StateBase {
  Type: 'Succeed';
}
export interface FailState {
  Type: 'Fail';
  Comment?: string;
  QueryLanguage?: string;
  Error?: string;
  Cause?: string;
}
export interface WaitState extends StateBase, Transition {
  Type: 'Wait';
  Seconds?: number | string;
  Timestamp?: string;
}
export interface ChoiceRule {
  Condition: string | boolean;
  Next: string;
  Output?: Template;
  Assign?: AssignTemplate;
}
export interface ChoiceState extends StateBase {
  Type: 'Choice';
  Choices: ChoiceRule[];
  Default?: string;
}
export interface TaskState extends StateBase, Transition, Guarded {
  Type: 'Task';
  Resource: string;
  /** The role that the call is made with; the sandbox has no roles, and only the history tells of it. */
  Credentials?: { RoleArn: string };
  Arguments?: Template;
  TimeoutSeconds?: number | string;
  HeartbeatSeconds?: number | string;
}
export interface ParallelState extends StateBase, Transition, Guarded {
  Type: 'Parallel';
  Branches: StatesMap[];
  Arguments?: Template;
}
export interface MapState extends StateBase, Transition, Guarded {
  Type: 'Map';
  ItemProcessor: StatesMap;
  Items?: Template;
  ItemSelector?: Template;
  MaxConcurrency?: number | string;
  ToleratedFailureCount?: number | string;
  ToleratedFailurePercentage?: number | string;
}

export type GuardedState = TaskState | ParallelState | MapState;
export type State = PassState | SucceedState | FailState | WaitState | ChoiceState | GuardedState;

export const isGuarded = (state: State): state is GuardedState =>
  state.Type === 'Task' || state.Type === 'Parallel' || state.Type === 'Map';
