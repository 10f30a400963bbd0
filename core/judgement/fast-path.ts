import { amount } from '../../contracts/words.ts';
import type { Verdict } from './judge.ts';
import { missing, type Reading } from './reading.ts';

export interface FastRules {
  readonly minAnswers: number;
  /** 0 to 1. */
  readonly ratio: number;
}

/** How many answers there were, and how many of them failed. */
export interface AnswerCounts {
  readonly answers: Reading;
  readonly failures: Reading;
}

/**
 * Whether answers fail so grossly that the traffic returns at once, without the patience of an objective (DESIGN §5, judgement): at least
 * `minAnswers` of them, and `ratio` of them or more. Nothing is remembered from look to look. Without counts, or with too few answers, it is
 * inconclusive and leads to nothing: the objectives say what not knowing means.
 */
export function judgeAnswers(rules: FastRules, counts: AnswerCounts): { verdict: Verdict; reason: string } {
  const { answers, failures } = counts;
  const unknown = missing(answers) ?? missing(failures);
  if (unknown !== null || answers.kind !== 'value' || failures.kind !== 'value') {
    return { verdict: 'inconclusive', reason: `answers: ${unknown}` };
  }
  // Prometheus extrapolates counts to fractions. What is judged is what people are told.
  const all = Math.round(answers.value);
  const failed = Math.min(all, Math.round(failures.value));
  if (all < rules.minAnswers)
    return { verdict: 'inconclusive', reason: `too few answers: ${all} of ${rules.minAnswers}` };
  const told = `${failed} of ${all} answers failed`;
  return failed / all >= rules.ratio
    ? { verdict: 'fail', reason: `${told}, limit ${amount(rules.ratio, 'ratio')}` }
    : { verdict: 'pass', reason: told };
}
