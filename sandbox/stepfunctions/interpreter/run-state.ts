import type { ThreadId } from './execution.ts';
import { runChoice } from './states/choice.ts';
import { runMap } from './states/map.ts';
import { runParallel } from './states/parallel.ts';
import { runFail, runPass, runSucceed } from './states/simple.ts';
import { runTask } from './states/task.ts';
import { runWait } from './states/wait.ts';
import type { Step } from './step.ts';

/** Runs the state that the thread is in, as far as it goes without the outside. Throws StateFailure. */
export function runState(step: Step, id: ThreadId): Promise<void> {
  const state = step.definitionOf(id);
  switch (state.Type) {
    case 'Pass':
      return runPass(step, id, state);
    case 'Task':
      return runTask(step, id, state);
    case 'Choice':
      return runChoice(step, id, state);
    case 'Wait':
      return runWait(step, id, state);
    case 'Succeed':
      return runSucceed(step, id, state);
    case 'Fail':
      return runFail(step, id, state);
    case 'Parallel':
      return runParallel(step, id, state);
    case 'Map':
      return runMap(step, id, state);
  }
}
