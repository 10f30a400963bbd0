import type { Milliseconds } from '../../contracts/duration.ts';
import { between, type Instant } from '../../contracts/instant.ts';
import { durationWords } from '../../contracts/words.ts';
import type { Evaluation } from './judge.ts';

export interface IntervalRules {
  readonly interval: Milliseconds;
  readonly inconclusive: { readonly then: 'wait' | 'return' | 'pass'; readonly deadline: Milliseconds };
}

export type IntervalDecision =
  | { kind: 'keep-judging'; reasons: readonly string[] }
  | { kind: 'pass'; reasons: readonly string[] }
  /** The traffic goes back. */
  | { kind: 'return'; because: 'objective-failed' | 'inconclusive'; reasons: readonly string[] }
  /** Inconclusive for too long and configured to wait for a person; the operation's own deadline still runs (I11). */
  | { kind: 'pause'; reasons: readonly string[] };

/**
 * Decides what the latest evaluation leads to within a step (or the bake) that began at `startedAt`. The step passes once the
 * interval is over and nothing is broken, not even for a short time; before that, it is only judged. A failure returns at once.
 */
export function judgeInterval(
  rules: IntervalRules,
  startedAt: Instant,
  evaluation: Evaluation,
  now: Instant,
): IntervalDecision {
  const { verdict, breaking, reasons, state } = evaluation;
  const over = between(startedAt, now) >= rules.interval;
  if (verdict === 'fail') return { kind: 'return', because: 'objective-failed', reasons };
  if (verdict === 'pass') {
    return over && breaking.length === 0 ? { kind: 'pass', reasons } : { kind: 'keep-judging', reasons };
  }
  const unclear = between(state.inconclusiveSince ?? now, now);
  if (unclear < rules.inconclusive.deadline) return { kind: 'keep-judging', reasons };
  const told = [...reasons, `inconclusive for ${durationWords(unclear)}`];
  switch (rules.inconclusive.then) {
    case 'return':
      return { kind: 'return', because: 'inconclusive', reasons: told };
    case 'wait':
      return { kind: 'pause', reasons: told };
    case 'pass':
      return over && breaking.length === 0 ? { kind: 'pass', reasons: told } : { kind: 'keep-judging', reasons: told };
  }
}
