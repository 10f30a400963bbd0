import type { Milliseconds } from '../../contracts/duration.ts';
import { after, type Instant } from '../../contracts/instant.ts';

/** Remembers one value until it is too old; questions that come while it is being fetched share the one fetch. */
export interface TimedCache<T> {
  get(): Promise<T>;
  /** Forgets the value, so that the next `get` fetches: after a 401, say. */
  forget(): void;
}

/** @param options.keepFor how long a value is good, from the moment its fetch began. A failed fetch is not kept. */
export function createTimedCache<T>(options: {
  readonly keepFor: Milliseconds;
  readonly now: () => Instant;
  readonly fetch: () => Promise<T>;
}): TimedCache<T> {
  let kept: { readonly value: Promise<T>; readonly until: Instant } | null = null;
  return {
    get() {
      const now = options.now();
      if (kept !== null && now < kept.until) return kept.value;
      const entry = { value: options.fetch(), until: after(now, options.keepFor) };
      kept = entry;
      entry.value.catch(() => {
        if (kept === entry) kept = null;
      });
      return entry.value;
    },
    forget() {
      kept = null;
    },
  };
}
