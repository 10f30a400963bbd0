import { childId, childrenOf, dropChildren, setChildren } from './children.ts';
import type { Thread, ThreadId } from './execution.ts';
import { errorNames, StateFailure } from './failure.ts';
import { listOf, type Payload } from './payload.ts';
import { finishMap, startIteration } from './states/map.ts';
import { finishParallel } from './states/parallel.ts';
import type { Step } from './step.ts';
import { attempt, fail } from './transitions.ts';

/** Carries to their Map and Parallel states what branches and iterations have come to; an end of these may be the next one's. */
export async function settleChildren(step: Step): Promise<void> {
  for (let end = step.ended.shift(); end !== undefined && step.running; end = step.ended.shift()) {
    if (end.failure === undefined) await childFinished(step, end.id, end.output);
    else await childFailed(step, end.id, end.failure);
  }
}

const parentOf = (thread: Thread): ThreadId => {
  if (thread.parent === undefined) throw new Error(`thread ${thread.id} has no parent`);
  return thread.parent;
};

/** A branch or iteration reached its end. */
async function childFinished(step: Step, id: ThreadId, output: Payload): Promise<void> {
  const child = step.put({ ...step.thread(id), result: { output } });
  const parent = parentOf(child);
  const children = setChildren(step, parent, { finished: childrenOf(step, parent).finished + 1 });
  if (step.definitionOf(parent).Type === 'Parallel') {
    if (children.finished === children.length) await complete(step, parent, child.previous, finishParallel);
    return;
  }
  const succeeded = step.record('MapIterationSucceeded', child.previous, {
    mapIterationSucceededEventDetails: { name: step.visitOf(parent).state, index: child.index },
  });
  await continueMap(step, parent, succeeded, child.previous);
}

async function continueMap(step: Step, parent: ThreadId, last: number, chain: number): Promise<void> {
  const children = childrenOf(step, parent);
  if (children.finished === children.length) return complete(step, parent, last, finishMap);
  if (children.started === children.length) return;
  setChildren(step, parent, { started: children.started + 1 });
  await attempt(step, parent, () => startIteration(step, parent, children.started, chain));
}

async function complete(
  step: Step,
  parent: ThreadId,
  previous: number,
  finish: (step: Step, id: ThreadId, outputs: Payload) => Promise<void>,
): Promise<void> {
  step.put({ ...step.thread(parent), previous });
  const { length } = childrenOf(step, parent);
  const ids = Array.from({ length }, (_, index) => childId(step, parent, index));
  const outputs = ids.map((id) => step.thread(id).result?.output ?? { value: null });
  for (const id of ids) step.remove(id);
  await attempt(step, parent, () => finish(step, parent, listOf(outputs)));
}

/**
 * A branch or iteration failed: its state fails with it, unless a Map tolerates the failure. Which events tell of it, in
 * which order and after which event, is as measured on AWS: all of them follow the failed branch's last event.
 */
async function childFailed(step: Step, id: ThreadId, failure: StateFailure): Promise<void> {
  const { visit: _over, ...child } = step.thread(id);
  const parent = parentOf(child);
  const last = child.previous;
  if (step.definitionOf(id).Type === 'Task') step.record('TaskStateAborted', last);
  step.put({ ...child, result: { output: { value: { Error: failure.error ?? '', Cause: failure.reason ?? '' } } } });
  if (step.definitionOf(parent).Type === 'Parallel') {
    step.put({ ...step.thread(parent), previous: last });
    await fail(step, parent, failure);
    return;
  }
  const { failed, finished, tolerated } = childrenOf(step, parent);
  const iterationFailed = () =>
    step.record('MapIterationFailed', last, {
      mapIterationFailedEventDetails: { name: step.visitOf(parent).state, index: child.index },
    });
  if (failed < (tolerated ?? 0)) {
    iterationFailed();
    setChildren(step, parent, { failed: failed + 1, finished: finished + 1 });
    await continueMap(step, parent, last, last);
    return;
  }
  step.put({ ...step.thread(parent), previous: last });
  dropChildren(step, parent);
  iterationFailed();
  await fail(step, parent, tolerated === undefined ? failure : new StateFailure(toleranceExceeded));
}

const toleranceExceeded = {
  error: errorNames.toleratedFailures,
  cause: 'The specified tolerated failure threshold was exceeded',
};
