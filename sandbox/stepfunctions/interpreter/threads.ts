import type { Machine, State, StatesMap } from './definition.ts';
import type { Thread, ThreadId } from './execution.ts';

/** The states among which a thread moves: the machine's own, a branch's, or a Map's ItemProcessor. */
export function statesOf(machine: Machine, threads: ReadonlyMap<ThreadId, Thread>, id: ThreadId): StatesMap {
  const thread = threads.get(id);
  if (thread?.parent === undefined) return machine;
  const parentState = threads.get(thread.parent)?.visit?.state;
  const parent: State | undefined =
    parentState === undefined ? undefined : statesOf(machine, threads, thread.parent).States[parentState];
  const states =
    parent?.Type === 'Parallel'
      ? parent.Branches[thread.index]
      : parent?.Type === 'Map'
        ? parent.ItemProcessor
        : undefined;
  if (!states) throw new Error(`thread ${id} belongs to no Parallel or Map state`);
  return states;
}
