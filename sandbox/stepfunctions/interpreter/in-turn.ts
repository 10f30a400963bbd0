import { setImmediate } from 'node:timers/promises';

/** So long may jobs follow each other before timers and requests have their turn. */
const longestRunMs = 50;

let turn: Promise<unknown> = Promise.resolve();
let waiting = 0;
let since = 0;

/**
 * Runs evaluations one at a time. jsonata evaluates in many small promises and watches the clock meanwhile: of thousands at once,
 * each would be charged the time of all the others, and nothing else would run until the last has ended.
 */
export async function inTurn<T>(job: () => Promise<T>): Promise<T> {
  if (waiting++ === 0) since = performance.now();
  const done = turn.then(async () => {
    if (performance.now() - since > longestRunMs) {
      await setImmediate();
      since = performance.now();
    }
    return job();
  });
  turn = done.catch(() => undefined);
  try {
    return await done;
  } finally {
    waiting--;
  }
}
