import type { Milliseconds } from '../../contracts/duration.ts';
import { type Instant, instant } from '../../contracts/instant.ts';

/** How a source keeps its values: one for each period, which is there once `delay` has passed after its end. */
export interface Periods {
  readonly period: Milliseconds;
  readonly delay: Milliseconds;
}

/**
 * The part of the last `window` that consists of whole periods whose values are there: neither of a period that began before it (what was
 * then is about another release, docs/adr/0023) nor of one that may be incomplete. Null: there is none yet, which is too early to say anything.
 */
export function completePeriods(
  { period, delay }: Periods,
  window: Milliseconds,
  now: Instant,
): { readonly from: Instant; readonly to: Instant } | null {
  const from = Math.ceil((now - window) / period) * period;
  const to = Math.floor((now - delay) / period) * period;
  return to > from ? { from: instant(from), to: instant(to) } : null;
}
