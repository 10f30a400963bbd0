import type { ChildrenActivity, ThreadId } from './execution.ts';
import type { Step } from './step.ts';

/** The thread of branch or iteration `index` of the state that `parent` is in. */
export const childId = (step: Step, parent: ThreadId, index: number): ThreadId =>
  `${parent}.${step.visitOf(parent).enteredEvent}.${index}`;

export function childrenOf(step: Step, parent: ThreadId): ChildrenActivity {
  const { activity } = step.visitOf(parent);
  if (activity.kind !== 'children') throw new Error(`thread ${parent} has no branches`);
  return activity;
}

export function setChildren(step: Step, parent: ThreadId, change: Partial<ChildrenActivity>): ChildrenActivity {
  const activity = { ...childrenOf(step, parent), ...change };
  step.setVisit(parent, { ...step.visitOf(parent), activity });
  return activity;
}

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
