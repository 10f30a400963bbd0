import { childId } from '../children.ts';
import type { ParallelState } from '../definition.ts';
import type { ThreadId } from '../execution.ts';
import { evaluateTemplate } from '../expressions.ts';
import type { Payload } from '../payload.ts';
import type { Step } from '../step.ts';
import { enter, leave } from '../transitions.ts';

/** Starts every branch with the Arguments, or with the state's input. */
export async function runParallel(step: Step, id: ThreadId, state: ParallelState): Promise<void> {
  const visit = step.visitOf(id);
  const input =
    state.Arguments === undefined
      ? visit.input
      : { value: await evaluateTemplate(state.Arguments, step.scope(id), 'Arguments') };
  const previous = step.recordOn(id, 'ParallelStateStarted');
  const length = state.Branches.length;
  step.setVisit(id, {
    ...visit,
    activity: { kind: 'children', length, started: length, finished: 0, failed: 0 },
  });
  for (const [index, branch] of state.Branches.entries()) {
    const child = childId(step, id, index);
    step.put({ id: child, parent: id, index, variables: {}, previous });
    enter(step, child, branch.StartAt, input);
  }
}

/** All branches have ended: their outputs, in order, are the result. */
export async function finishParallel(step: Step, id: ThreadId, result: Payload): Promise<void> {
  const state = step.definitionOf(id);
  if (state.Type !== 'Parallel') throw new Error(`thread ${id} is in no Parallel state`);
  step.record('ParallelStateSucceeded', step.thread(id).previous);
  const moment = { result: result.value };
  const output = await step.output(id, state.Output, result, moment);
  const assigned = await step.assigned(id, state.Assign, moment);
  await leave(step, id, { output, assigned, next: state.Next });
}
