import type { Clock } from './clock.ts';

/** A clock that stands still until it is told to move; for tests and the recorded cases. */
export class VirtualClock implements Clock {
  #now: number;
  #timers: { at: number; fn: () => void }[] = [];

  /** Epoch ms to begin at. */
  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  setTimer(at: number, fn: () => void): () => void {
    const timer = { at, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** When the next timer is due, in epoch ms. */
  next(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ at }) => at));
  }

  /** Moves on to the next timer and lets it fire; false when there is none. */
  advance(): boolean {
    const at = this.next();
    if (at === undefined) return false;
    this.#now = Math.max(this.#now, at);
    const due = this.#timers.filter((timer) => timer.at <= this.#now).sort((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter((timer) => timer.at > this.#now);
    for (const { fn } of due) fn();
    return true;
  }

  /** Moves on by `ms` and fires nothing, as while a process was down. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Moves on by `ms`, firing on the way what is due, with `settle` after each. */
  async pass(ms: number, settle: () => Promise<void>): Promise<void> {
    const end = this.#now + ms;
    for (let at = this.next(); at !== undefined && at <= end; at = this.next()) {
      this.advance();
      await settle();
    }
    this.#now = end;
  }
}
