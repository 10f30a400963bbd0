import type { Milliseconds } from './duration.ts';

/** A moment: milliseconds since 1970-01-01T00:00Z. Rules receive it as `now`; they never ask a clock. */
export type Instant = number & { readonly __unit: 'epoch-ms' };

/**
 * Calls a number of epoch milliseconds an instant.
 *
 * @example const now = instant(Date.now());
 * @throws RangeError when it is not a finite number.
 */
export function instant(epochMilliseconds: number): Instant {
  if (!Number.isFinite(epochMilliseconds)) throw new RangeError(`not an instant: ${epochMilliseconds}`);
  // checked in the line above: a finite number of milliseconds is all that the brand promises
  return epochMilliseconds as Instant;
}

/**
 * Reads an RFC 3339 time such as Kubernetes, GitHub and Alertmanager write it.
 *
 * @throws RangeError when the text is no time.
 */
export function parseInstant(text: string): Instant {
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new RangeError(`not an RFC 3339 time: ${JSON.stringify(text)}`);
  return instant(parsed);
}

/** The instant as UTC text, e.g. `2026-11-23T08:00:00.000Z`. */
export const formatInstant = (at: Instant): string => new Date(at).toISOString();

/** The moment `duration` after `at`. */
export const later = (at: Instant, duration: Milliseconds): Instant => instant(at + duration);

/** @deprecated Say `later`: linters take `after(…)` in a test file for a hook. */
export const after = later;

/** The time that passed from `start` to `end`; negative when `end` came first. */
export const between = (start: Instant, end: Instant): Milliseconds =>
  // a difference of two epoch-millisecond numbers is a number of milliseconds
  (end - start) as Milliseconds;
