import type { Milliseconds } from '../../contracts/duration.ts';
import { between, type Instant, parseInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';

type Began = Pick<OperationRecord, 'shiftedAt' | 'startedAt'>;

/**
 * Since when readings count for an operation, on both of its sides: the first traffic of the release that it brings in, or that it returns.
 * What was measured in an environment before that is about another release, and both sides are compared over the same time.
 */
export const measuredSince = (operation: Began, returned: Began | null = null): Instant =>
  parseInstant(returned?.shiftedAt ?? operation.shiftedAt ?? operation.startedAt);

/** The value of `{{window}}`: as far back as configured, but not beyond `since`; whole seconds, at least one. */
export function lookBack(window: Milliseconds, since: Instant | null, now: Instant): `${number}s` {
  const longest = since === null ? window : Math.min(window, between(since, now));
  return `${Math.max(1, Math.floor(longest / 1_000))}s`;
}
