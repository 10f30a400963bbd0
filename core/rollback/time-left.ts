import { type Milliseconds, milliseconds } from '../../contracts/duration.ts';
import { between, type Instant } from '../../contracts/instant.ts';

/** How far a return has come in its time. */
export interface ReturnTime {
  readonly startedAt: Instant;
  readonly now: Instant;
  /** Whole seconds for which it has waited until now, counted by what it waited and not by a clock. */
  readonly waited: number;
  /** `deadlines.rollback`. */
  readonly deadline: Milliseconds;
}

export type TimeLeft =
  /** `pause`: whole seconds to let pass before everything is tried again. */
  { readonly kind: 'left'; readonly pause: number } | { readonly kind: 'over' };

/** The longest pause between two rounds, in seconds. */
const longestPause = 10;

/**
 * Whether a return still has time, and how long it pauses before it goes round once more (I11). Two counts end it, whichever comes first: the
 * clock, and what it has waited itself, so that a clock that was set back keeps nothing going. One that was set forward ends it early,
 * frozen and paged, which is the safe side. The pause is a tenth of what was waited: short at first, and rounds that make no progress
 * become few.
 */
export function timeLeft({ startedAt, now, waited, deadline }: ReturnTime): TimeLeft {
  const left = Math.min(deadline - between(startedAt, now), deadline - waited * 1_000);
  if (left <= 0) return { kind: 'over' };
  const pause = Math.min(longestPause, Math.ceil(waited / 10), Math.ceil(left / 1_000));
  return { kind: 'left', pause: Math.max(1, pause) };
}

/** The most rounds that a return can make of pauses alone, however often it is told to go round again. */
export function mostRounds(deadline: Milliseconds): number {
  let waited = 0;
  for (let rounds = 0; ; rounds++) {
    const left = timeLeft({ startedAt: 0 as Instant, now: 0 as Instant, waited, deadline: milliseconds(deadline) });
    if (left.kind === 'over') return rounds;
    waited += left.pause;
  }
}
