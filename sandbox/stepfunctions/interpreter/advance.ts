import { cancelTask } from './children.ts';
import {
  type Effect,
  type ExecutionInput,
  type ExecutionState,
  type HistoryEvent,
  rootThread,
  type TaskActivity,
  type Thread,
  type ThreadId,
} from './execution.ts';
import { errorNames, StateFailure } from './failure.ts';
import { payloadOf } from './payload.ts';
import { runState } from './run-state.ts';
import { settleChildren } from './settle-children.ts';
import { taskFailed, taskResponded, taskSucceeded, taskTimedOut } from './states/task.ts';
import { HistoryFull, historyLimit, Step, type StepGiven } from './step.ts';
import { attempt, enter, failExecution } from './transitions.ts';

export interface Advanced {
  state: ExecutionState;
  /** New history events. */
  events: HistoryEvent[];
  /** To be carried out once state and events are safe. */
  effects: Effect[];
  /** What went wrong in the interpreter itself; the execution has then failed with States.Runtime. */
  fault?: unknown;
}

/** The state of an execution that has not begun; its first input is `start`. */
export function newExecution(timeoutSeconds: number | undefined, startDate: number): ExecutionState {
  return {
    status: 'RUNNING',
    ...(timeoutSeconds === undefined ? {} : { deadline: startDate + timeoutSeconds * 1000 }),
    eventCount: 0,
    threads: new Map(),
  };
}

/** Transitions in one step before it lets others have their turn. */
const budget = 200;

/**
 * The interpreter: state and input → next state, history and effects. It reads no clock and does no I/O, and leaves `state`
 * untouched. An input that no longer concerns the execution (an answer to an attempt that is over, a late tick) changes
 * nothing. Never rejects.
 */
export async function advance(given: StepGiven, state: ExecutionState, input: ExecutionInput): Promise<Advanced> {
  const step = new Step(given, state);
  if (!step.running) return { state, events: [], effects: [] };
  try {
    await take(step, input);
    await settleChildren(step);
    await run(step);
    return { state: step.state, events: step.events, effects: step.effects };
  } catch (error) {
    if (error instanceof HistoryFull) {
      const cause = `The execution reached the maximum number of history events (${historyLimit}).`;
      return breakOff(step, cause);
    }
    return { ...breakOff(new Step(given, state), `The interpreter failed: ${String(error)}`), fault: error };
  }
}

/** Ends the execution as FAILED from outside its states. */
function breakOff(step: Step, cause: string): Advanced {
  for (const thread of step.threads()) cancelTask(step, thread.id);
  const previous = step.find(rootThread)?.previous ?? 0;
  failExecution(step, previous, new StateFailure({ error: errorNames.runtime, cause }));
  return { state: step.state, events: step.events, effects: step.effects };
}

async function run(step: Step): Promise<void> {
  for (let used = 0; step.running; used++) {
    const id = step.runnable.shift();
    if (id === undefined) return;
    if (used === budget) {
      step.effects.push({ kind: 'continue' });
      return;
    }
    if (isReady(step.find(id), step.given.now)) await attempt(step, id, () => runState(step, id));
    await settleChildren(step);
  }
}

/** Whether the thread has something to do now. */
function isReady(thread: Thread | undefined, now: number): boolean {
  const activity = thread?.visit?.activity;
  if (activity?.kind === 'ready') return true;
  return (activity?.kind === 'waiting' || activity?.kind === 'retrying') && activity.until <= now;
}

async function take(step: Step, input: ExecutionInput): Promise<void> {
  switch (input.kind) {
    case 'start':
      return start(step, input.inputText);
    case 'tick':
      return tick(step);
    case 'stop':
      return stop(step, input);
    default: {
      const found = findTask(step.threads(), input.token);
      if (!found) return;
      const { id, task } = found;
      if (input.kind === 'responded') return taskResponded(step, id, task, input.output);
      if (input.kind === 'task-succeeded') return taskSucceeded(step, id, task, input.output);
      if (input.kind === 'heartbeat') return heartbeat(step, id, task);
      const { error, cause } = input;
      return taskFailed(step, id, task, {
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      });
    }
  }
}

function start(step: Step, inputText: string): void {
  const { header, machine } = step.given;
  const id = step.record('ExecutionStarted', 0, {
    executionStartedEventDetails: {
      input: inputText,
      inputDetails: { truncated: false },
      roleArn: header.roleArn,
    },
  });
  if (id !== 1) throw new Error(`execution ${header.arn} has begun before`);
  // as recorded on AWS: the first state follows event 0, not ExecutionStarted
  step.put({ id: rootThread, index: 0, variables: {}, previous: 0 });
  enter(step, rootThread, machine.StartAt, payloadOf(inputText));
}

/** The running attempt with this token. */
export function findTask(threads: Iterable<Thread>, token: string): { id: ThreadId; task: TaskActivity } | undefined {
  for (const { id, visit } of threads) {
    if (visit?.activity.kind === 'task' && visit.activity.token === token) return { id, task: visit.activity };
  }
  return undefined;
}

function heartbeat(step: Step, id: ThreadId, task: TaskActivity): void {
  if (!task.heartbeat) return;
  const { seconds } = task.heartbeat;
  const activity = { ...task, heartbeat: { seconds, dueAt: step.given.now + seconds * 1000 } };
  step.setVisit(id, { ...step.visitOf(id), activity });
}

async function tick(step: Step): Promise<void> {
  const { now } = step.given;
  if (step.deadline !== undefined && step.deadline <= now) {
    for (const thread of step.threads()) cancelTask(step, thread.id);
    step.record('ExecutionTimedOut', step.thread(rootThread).previous);
    step.end({ status: 'TIMED_OUT' });
    return;
  }
  for (const { id } of step.threads().sort((a, b) => dueAt(a) - dueAt(b))) {
    const activity = step.find(id)?.visit?.activity; // an earlier one of this tick may have ended it
    if (activity?.kind === 'task') {
      const timedOut = activity.timeoutAt !== undefined && activity.timeoutAt <= now;
      if (timedOut || (activity.heartbeat && activity.heartbeat.dueAt <= now)) {
        await taskTimedOut(step, id, activity, !timedOut);
        await settleChildren(step);
      }
    } else if (isReady(step.find(id), now) && !step.runnable.includes(id)) step.runnable.push(id);
  }
}

function stop(step: Step, { error, cause }: { error?: string; cause?: string }): void {
  for (const thread of step.threads()) cancelTask(step, thread.id);
  const what = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
  step.record('ExecutionAborted', step.find(rootThread)?.previous ?? 0, { executionAbortedEventDetails: what });
  step.end({ status: 'ABORTED', ...what });
}

function dueAt({ visit }: Thread): number {
  const activity = visit?.activity;
  if (activity?.kind === 'waiting' || activity?.kind === 'retrying') return activity.until;
  if (activity?.kind === 'ready') return 0;
  if (activity?.kind !== 'task') return Number.POSITIVE_INFINITY;
  return Math.min(
    activity.timeoutAt ?? Number.POSITIVE_INFINITY,
    activity.heartbeat?.dueAt ?? Number.POSITIVE_INFINITY,
  );
}

/** When the execution next wants a `tick`, in epoch ms: 0 for at once, undefined for never. */
export function nextTick(state: ExecutionState): number | undefined {
  if (state.status !== 'RUNNING') return undefined;
  let next = state.deadline ?? Number.POSITIVE_INFINITY;
  for (const thread of state.threads.values()) next = Math.min(next, dueAt(thread));
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}
