import type { ChildrenActivity, Thread, ThreadId } from './execution.ts';
import { errorNames, StateFailure } from './failure.ts';
import { listOf, type Payload } from './payload.ts';
import { finishMap, startIteration } from './states/map.ts';
import { finishParallel } from './states/parallel.ts';
import type { Step } from './step.ts';
import { attempt, fail } from './transitions.ts';

/** The thread of branch or iteration `index` of the state that `parent` is in. */
export const childId = (step: Step, parent: ThreadId, index: number): ThreadId =>
  `${parent}.${step.visitOf(parent).enteredEvent}.${index}`;

export function childrenOf(step: Step, parent: ThreadId): ChildrenActivity {
  const { activity } = step.visitOf(parent);
  if (activity.kind !== 'children') throw new Error(`thread ${parent} has no branches`);
  return activity;
}

function setChildren(step: Step, parent: ThreadId, change: Partial<ChildrenActivity>): ChildrenActivity {
  const activity = { ...childrenOf(step, parent), ...change };
  step.setVisit(parent, { ...step.visitOf(parent), activity });
  return activity;
}

const parentOf = (thread: Thread): ThreadId => {
  if (thread.parent === undefined) throw new Error(`thread ${thread.id} has no parent`);
  return thread.parent;
};

/** A branch or iteration reached its end. */
export async function childFinished(step: Step, id: ThreadId, output: Payload): Promise<void> {
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
export async function childFailed(step: Step, id: ThreadId, failure: StateFailure): Promise<void> {
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

/** Aborts what is under way in the branches of the state that `parent` is in, and forgets them. */
export function dropChildren(step: Step, parent: ThreadId, last = step.thread(parent).previous): void {
  const visit = step.visitOf(parent);
  const { activity, state } = visit;
  if (activity.kind !== 'children') return;
  const isMap = step.definitionOf(parent).Type === 'Map';
  for (let index = 0; index < activity.length; index++) {
    const id = childId(step, parent, index);
    if (step.find(id)?.visit) {
      if (isMap) step.record('MapIterationAborted', last, { mapIterationAbortedEventDetails: { name: state, index } });
      abort(step, id, last);
    }
  }
  for (let index = 0; index < activity.length; index++) step.remove(childId(step, parent, index));
  step.setVisit(parent, { ...visit, activity: { kind: 'ready' } });
}

const abortable = new Set(['Task', 'Wait', 'Parallel', 'Map']);

/** The events of an abort follow `last` and are no links in the chain themselves. */
function abort(step: Step, id: ThreadId, last: number): void {
  cancelTask(step, id);
  const { Type } = step.definitionOf(id);
  dropChildren(step, id, last);
  if (abortable.has(Type)) step.record(`${Type}StateAborted`, last);
}

/** Tells the outside to stop the task that the thread waits for, if any. */
export function cancelTask(step: Step, id: ThreadId): void {
  const activity = step.find(id)?.visit?.activity;
  if (activity?.kind !== 'task') return;
  const { token, resource, submitted } = activity;
  step.effects.push({ kind: 'cancel', token, resource, ...(submitted === undefined ? {} : { submitted }) });
}
