import type { Retrier } from './definition.ts';
import type { Ids } from './execution.ts';
import { matchesError, type StateFailure } from './failure.ts';

const defaults = { intervalSeconds: 1, maxAttempts: 3, backoffRate: 2 };

/** When to try again: milliseconds from now and the new counts, or undefined when no Retry matches or it is used up. */
export function retryDelay(
  retriers: readonly Retrier[],
  used: readonly number[],
  failure: StateFailure,
  ids: Pick<Ids, 'random'>,
): { ms: number; retries: number[] } | undefined {
  const index = retriers.findIndex(({ ErrorEquals }) => matchesError(ErrorEquals, failure));
  const retrier = retriers[index];
  const before = used[index] ?? 0;
  if (!retrier || before >= (retrier.MaxAttempts ?? defaults.maxAttempts)) return undefined;
  const grown =
    (retrier.IntervalSeconds ?? defaults.intervalSeconds) * (retrier.BackoffRate ?? defaults.backoffRate) ** before;
  const seconds = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  const jittered = retrier.JitterStrategy === 'FULL' ? seconds * ids.random() : seconds;
  const retries = retriers.map((_, n) => (used[n] ?? 0) + (n === index ? 1 : 0));
  return { ms: Math.round(jittered * 1000), retries };
}
