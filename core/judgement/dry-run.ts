import type { Instant } from '../../contracts/instant.ts';
import { timeWords, wouldHaveFailed } from '../../contracts/words.ts';
import { type JudgementRules, judge, type Observed, type Verdict } from './judge.ts';

/** What is remembered of objectives that only run dry. Plain JSON. */
export interface DryRunState {
  /** Since when each that is broken has been broken without a break. */
  readonly brokenSince: Readonly<Record<string, Instant>>;
  /** Of each that would have failed in this operation, the words of the first time. */
  readonly failed: Readonly<Record<string, string>>;
}

/** The state before the first look. */
export const undecided: DryRunState = { brokenSince: {}, failed: {} };

/** With the next step each objective gets its time anew, as those do that decide; what would have failed would have ended it. */
export const dryRunAnew = (state: DryRunState): DryRunState => ({ ...state, brokenSince: {} });

export interface DryRun {
  readonly state: DryRunState;
  /** What people see. It leads to nothing, whatever it is. */
  readonly verdict: Verdict;
  readonly reason: string;
}

/**
 * One look at the objectives that only run dry: what each would have done, by the same rule as if it decided (`judge`). One that would have failed is
 * told for the rest of the operation, since that would have gone back then.
 *
 * @param rules `list`: these objectives alone.
 */
export function judgeDryRun(rules: JudgementRules, observed: Observed, before: DryRunState, now: Instant): DryRun {
  const looks = rules.list.map((objective) => {
    const { name } = objective;
    const since = before.brokenSince[name];
    const state = { brokenSince: since === undefined ? {} : { [name]: since }, inconclusiveSince: null };
    return { name, evaluation: judge({ ...rules, list: [objective] }, observed, state, now) };
  });
  const failed = { ...before.failed };
  for (const { name, evaluation } of looks) {
    if (evaluation.verdict === 'fail') {
      failed[name] ??= `${wouldHaveFailed} at ${timeWords(now)}: ${evaluation.reasons.join('; ')}`;
    }
  }
  const told = looks.map(({ name, evaluation }) => failed[name] ?? evaluation.reasons.join('; '));
  const verdicts = looks.map(({ name, evaluation }) => (failed[name] === undefined ? evaluation.verdict : 'fail'));
  return {
    state: { brokenSince: Object.assign({}, ...looks.map(({ evaluation }) => evaluation.state.brokenSince)), failed },
    verdict: (['fail', 'inconclusive'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'pass',
    reason: [...new Set(told)].join('; '),
  };
}
