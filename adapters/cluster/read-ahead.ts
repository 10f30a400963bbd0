import type { Milliseconds } from '../../contracts/duration.ts';
import { seconds } from '../../contracts/duration.ts';
import type { KubernetesClient } from './kubernetes-client.ts';

/** A client that can be told what will be asked first. */
export interface ReadingAhead extends KubernetesClient {
  /**
   * Asks for an object before the code that needs it is there. Resolves with the answer's arrival and never fails: whoever takes the
   * answer learns of it.
   */
  readAhead(path: string): Promise<void>;
}

/** How long an answer is waited for, from the question on: as if whoever takes it had been a little slower after a read of its own. */
const goodFor: Milliseconds = seconds(2);

/**
 * The first `get` of a path that was read ahead takes that answer, every later one asks. Reading early is no risk: a write carries the
 * `resourceVersion` of what was read and the fence's epoch, so whoever wrote since makes it a conflict (DESIGN §5, the fence).
 */
export function readingAhead(client: KubernetesClient): ReadingAhead {
  const ahead = new Map<string, { readonly answer: Promise<unknown>; readonly until: number }>();
  return {
    ...client,
    async readAhead(path) {
      const answer = client.get(path);
      ahead.set(path, { answer, until: performance.now() + goodFor });
      await answer.catch(() => undefined);
    },
    async get<T>(path: string, options?: Parameters<KubernetesClient['get']>[1]) {
      const early = ahead.get(path);
      ahead.delete(path);
      if (early === undefined || performance.now() > early.until) return client.get<T>(path, options);
      // The path says which kind it is, as in `get`. A failure is the answer too: the budget for this question is used up.
      return early.answer as Promise<T | null>;
    },
  };
}
