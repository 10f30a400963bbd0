import { isConflict } from './kube-client.ts';

/** Milliseconds after which to look at the same key again, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a reconciler without an answer is the common case
export type Again = { afterMs: number } | undefined | void;

/** Keys to be worked on: one at a time for each key, and once more when it was added meanwhile. */
export interface WorkQueue {
  add(key: string): void;
  close(): void;
}

const longestPause = 10_000;

/** Calls `reconcile` for each added key; after an error again, with growing pauses (a conflict is no error). */
export function createWorkQueue(
  reconcile: (key: string) => Promise<Again>,
  onError: (key: string, error: unknown) => void,
): WorkQueue {
  const busy = new Set<string>();
  const again = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();
  const failures = new Map<string, number>();
  let closed = false;

  const later = (key: string, milliseconds: number): void => {
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => {
        timers.delete(key);
        add(key);
      }, milliseconds),
    );
  };
  const work = async (key: string): Promise<void> => {
    busy.add(key);
    clearTimeout(timers.get(key));
    timers.delete(key);
    try {
      const answer = await reconcile(key);
      failures.delete(key);
      if (answer !== undefined && !closed) later(key, answer.afterMs);
    } catch (error) {
      if (closed) return;
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      if (!isConflict(error)) onError(key, error);
      later(key, Math.min(10 * 2 ** count, longestPause));
    } finally {
      busy.delete(key);
      if (again.delete(key)) add(key);
    }
  };
  const add = (key: string): void => {
    if (closed) return;
    if (busy.has(key)) again.add(key);
    // In the next turn: changes that come together are looked at together.
    else if (!again.has(key)) {
      again.add(key);
      setImmediate(() => {
        if (!closed && !busy.has(key) && again.delete(key)) void work(key);
      });
    }
  };
  return {
    add,
    close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
