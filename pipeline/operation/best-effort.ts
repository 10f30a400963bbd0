import { unavailable } from '../../adapters/shared/dependency-errors.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import type { Log } from '../ports.ts';

/** Does something beside the work on which nothing depends (rule 6): never fails, and never takes longer than its deadline. */
export type BestEffort = (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;

export interface BestEffortOptions {
  readonly dependency: string;
  /** As in "It could not …". */
  readonly attempted: string;
  readonly log: Log;
  /** For all of one work, loading the client included; 3 s without it. */
  readonly within?: Milliseconds;
}

/** Does it at once. What cannot be done in time is logged and left. */
export const bestEffortNow =
  ({ dependency, attempted, log, within = seconds(3) }: BestEffortOptions): BestEffort =>
  async (work) => {
    const ending = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(unavailable({ dependency, attempted, reason: `it took more than ${within} ms` }));
      ending.abort();
    }, within);
    try {
      await Promise.race([work(ending.signal), late]);
    } catch (error) {
      log({ level: 'warn', message: `${dependency} was skipped: ${attempted}.`, error });
    } finally {
      clearTimeout(timer);
    }
  };

/** Keeps what is to be done until `doKept`: for a task that has no time for it, such as a return of the traffic. */
export function bestEffortLater(options: BestEffortOptions): { bestEffort: BestEffort; doKept: () => Promise<void> } {
  const kept: Parameters<BestEffort>[0][] = [];
  return {
    bestEffort: async (work) => {
      kept.push(work);
    },
    doKept: async () => {
      const works = kept.splice(0);
      if (works.length === 0) return;
      // All of them in the time of one.
      await bestEffortNow(options)(async (signal) => {
        for (const work of works) if (!signal.aborted) await work(signal);
      });
    },
  };
}
