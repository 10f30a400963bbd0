import type { Milliseconds } from '../../contracts/duration.ts';
import { SluiceError } from '../../contracts/errors.ts';

/** One budget for everything that a rescue wants from the database; once it is used up, nothing more is asked of it. */
export interface DatabaseBudget {
  /** The answer, or null when the database did not give it in time, now or before. */
  ask<T>(question: () => Promise<T>): Promise<T | null>;
  readonly exhausted: boolean;
}

export function createDatabaseBudget(total: Milliseconds): DatabaseBudget {
  let exhausted = false;
  const end = performance.now() + total;
  return {
    get exhausted() {
      return exhausted;
    },
    async ask(question) {
      if (exhausted) return null;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<null>((resolve) => {
        timer = setTimeout(
          () => {
            exhausted = true;
            resolve(null);
          },
          Math.max(0, end - performance.now()),
        );
      });
      try {
        return await Promise.race([question(), late]);
      } catch (error) {
        // A fault of the database is what the budget is for; anything else is a fault of ours and must be seen.
        if (!(error instanceof SluiceError)) throw error;
        exhausted = true;
        return null;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
