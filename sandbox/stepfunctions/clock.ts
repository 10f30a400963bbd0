/** Time, from outside: tests bring their own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `fn` once, at `atMs` (epoch milliseconds) or at once when that has passed. Returns a function that prevents it. */
  setTimer(atMs: number, fn: () => void): () => void;
}

/** Longest time that setTimeout accepts; beyond it fires at once. */
const longestTimeout = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(atMs, fn) {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const wait = Math.max(0, atMs - Date.now());
      timer = wait > longestTimeout ? setTimeout(arm, longestTimeout) : setTimeout(fn, wait);
    };
    arm();
    return () => clearTimeout(timer);
  },
};
