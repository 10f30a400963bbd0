import { cancelTask, dropChildren } from './children.ts';
import { type Catcher, isGuarded } from './definition.ts';
import { rootThread, type ThreadId } from './execution.ts';
import { EvaluationFailure, errorNames, isFatal, matchesError, StateFailure } from './failure.ts';
import { asEventText } from './history.ts';
import type { JsonObject } from './json.ts';
import type { Payload } from './payload.ts';
import { retryDelay } from './retry.ts';
import type { Step } from './step.ts';

/** Enters a state; it runs when its turn comes. */
export function enter(step: Step, id: ThreadId, name: string, input: Payload): void {
  const definition = step.statesOf(id).States[name];
  if (!definition) throw new Error(`there is no state ${name} in ${step.given.header.stateMachineArn}`);
  const before = step.thread(id).previous;
  const enteredEvent = step.recordOn(id, `${definition.Type}StateEntered`, {
    stateEnteredEventDetails: { name, ...asEventText('input', input) },
  });
  const activity = { kind: 'ready' } as const;
  const enteredAt = step.given.now;
  step.setVisit(id, { state: name, input, enteredAt, enteredEvent, before, retries: [], activity });
  step.runnable.push(id);
}

export interface Leaving {
  output: Payload;
  assigned: JsonObject | undefined;
  /** The next state; none ends the thread. */
  next: string | undefined;
}

/** Leaves the current state for the next one, or ends the thread. */
export async function leave(step: Step, id: ThreadId, { output, assigned, next }: Leaving): Promise<void> {
  const { state } = step.visitOf(id);
  const texts = Object.entries(assigned ?? {}).map(([name, value]) => [name, JSON.stringify(value)] as const);
  step.recordOn(id, `${step.definitionOf(id).Type}StateExited`, {
    stateExitedEventDetails: {
      name: state,
      ...asEventText('output', output),
      ...(texts.length > 0
        ? { assignedVariables: Object.fromEntries(texts), assignedVariablesDetails: { truncated: false } }
        : {}),
    },
  });
  const { visit: _left, ...thread } = step.thread(id);
  step.put({ ...thread, variables: { ...thread.variables, ...assigned } });
  if (next !== undefined) enter(step, id, next, output);
  else if (id === rootThread) succeed(step, output);
  else step.ended.push({ id, output });
}

function succeed(step: Step, output: Payload): void {
  step.recordOn(rootThread, 'ExecutionSucceeded', { executionSucceededEventDetails: asEventText('output', output) });
  step.end({ status: 'SUCCEEDED', output });
}

/** Runs `action` for the thread's current state; what makes the state fail goes through its Retry and Catch. */
export async function attempt(step: Step, id: ThreadId, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    await fail(step, id, error);
  }
}

/** The current state failed: retry it, catch it, or fail the thread. */
export async function fail(step: Step, id: ThreadId, raised: StateFailure): Promise<void> {
  const failure = recordEvaluation(step, id, raised);
  const definition = step.definitionOf(id);
  if (isFatal(failure) || !isGuarded(definition)) return failThread(step, id, failure);
  dropChildren(step, id);
  const visit = step.visitOf(id);
  const delay = retryDelay(definition.Retry ?? [], visit.retries, failure, step.given.ids);
  if (delay) {
    const until = step.given.now + delay.ms;
    step.setVisit(id, { ...visit, retries: delay.retries, activity: { kind: 'retrying', until } });
    if (delay.ms === 0) step.runnable.push(id);
    return;
  }
  const { previous } = step.thread(id);
  const recordFailed = () => definition.Type === 'Task' || step.recordOn(id, `${definition.Type}StateFailed`);
  recordFailed();
  let leaving: Leaving | undefined;
  try {
    leaving = await caught(step, id, definition.Catch ?? [], failure);
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    const second = recordEvaluation(step, id, error, previous);
    if (!isFatal(second)) recordFailed();
    return failThread(step, id, second);
  }
  if (leaving) await leave(step, id, leaving);
  else await failThread(step, id, failure);
}

/** What the first Catch that covers the failure makes of it. */
async function caught(
  step: Step,
  id: ThreadId,
  catchers: readonly Catcher[],
  failure: StateFailure,
): Promise<Leaving | undefined> {
  const index = catchers.findIndex(({ ErrorEquals }) => matchesError(ErrorEquals, failure));
  const catcher = catchers[index];
  if (!catcher) return undefined;
  const holder = `Catch[${index}]/`;
  const errorOutput = { Error: failure.error ?? '', Cause: failure.reason ?? '' };
  const output = await step.output(id, catcher.Output, { value: errorOutput }, { errorOutput }, holder);
  return { output, assigned: await step.assigned(id, catcher.Assign, { errorOutput }, holder), next: catcher.Next };
}

/** Records what an expression did wrong, once, in the state that it belongs to; elsewhere the failure is an ordinary one. */
function recordEvaluation(step: Step, id: ThreadId, failure: StateFailure, after?: number): StateFailure {
  if (!(failure instanceof EvaluationFailure)) return failure;
  const { state, enteredEvent, before } = step.visitOf(id);
  const thread = step.thread(id);
  const error = errorNames.queryEvaluation;
  const cause = `An error occurred while executing the state '${state}' (entered at the event id #${enteredEvent}). ${failure.reason}`;
  // as recorded on AWS: the entry of a state is not part of the chain until the state has got beyond its expressions
  const fresh = thread.previous === enteredEvent && step.definitionOf(id).Type !== 'Wait';
  const previous = step.record('EvaluationFailed', after ?? (fresh ? before : thread.previous), {
    evaluationFailedEventDetails: {
      error,
      cause,
      state,
      ...(failure.location === undefined ? {} : { location: failure.location }),
    },
  });
  step.put({ ...thread, previous });
  return new StateFailure({ error, cause });
}

async function failThread(step: Step, id: ThreadId, failure: StateFailure): Promise<void> {
  if (id !== rootThread && !isFatal(failure)) {
    step.ended.push({ id, failure });
    return;
  }
  for (const thread of step.threads()) cancelTask(step, thread.id);
  failExecution(step, step.thread(id).previous, failure);
}

/** Ends the execution as FAILED. */
export function failExecution(step: Step, previous: number, failure: StateFailure): void {
  const what = {
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.reason === undefined ? {} : { cause: failure.reason }),
  };
  step.record('ExecutionFailed', previous, { executionFailedEventDetails: what });
  step.end({ status: 'FAILED', ...what });
}
