import { brokenBound } from '../../contracts/bounds.ts';
import type { Objective } from '../../contracts/configuration/objectives.ts';
import { between, type Instant } from '../../contracts/instant.ts';
import { durationWords, metricName, notDecidedYet, readingWords } from '../../contracts/words.ts';
import { missing, type Reading, type Readings } from './reading.ts';

export type Verdict = 'pass' | 'fail' | 'inconclusive';

/** What must be remembered from one evaluation to the next. Plain JSON. */
export interface JudgementState {
  /** Since when each objective that is broken has been broken without a break. */
  readonly brokenSince: Readonly<Record<string, Instant>>;
  /** Since when there has been no good evaluation, while the latest was inconclusive; null after a good one. */
  readonly inconclusiveSince: Instant | null;
}

/** The state before the first evaluation. */
export const unjudged: JudgementState = { brokenSince: {}, inconclusiveSince: null };

export interface Evaluation {
  readonly verdict: Verdict;
  /** Objectives that are broken now, though not yet for long enough to fail. */
  readonly breaking: readonly string[];
  /** The verdict in words, e.g. `Error rate 5.2 %, limit 1 %, for 5 min`. */
  readonly reasons: readonly string[];
  readonly state: JudgementState;
}

export interface JudgementRules {
  readonly list: readonly Pick<Objective, 'name' | 'min' | 'max' | 'unit' | 'for'>[];
  readonly minSamples: number;
}

export interface Observed {
  readonly readings: Readings;
  /** How many samples are behind the readings; null when they are not counted. */
  readonly samples: Reading | null;
}

/**
 * Judges one evaluation (DESIGN §5, judgement). An objective fails once it has been above its `max` or below its `min` for `for`; a reading
 * within its bounds ends that, a missing one does not. Fail outweighs inconclusive, which outweighs pass; with too few samples nothing
 * counts, neither for nor against.
 */
export function judge(rules: JudgementRules, observed: Observed, state: JudgementState, now: Instant): Evaluation {
  const since = state.inconclusiveSince ?? now;
  const tooFew = rules.minSamples > 0 ? tooFewSamples(observed.samples, rules.minSamples) : null;
  if (tooFew !== null) {
    const breaking = Object.keys(state.brokenSince);
    return { verdict: 'inconclusive', breaking, reasons: [tooFew], state: { ...state, inconclusiveSince: since } };
  }

  const brokenSince: Record<string, Instant> = {};
  const failed: string[] = [];
  const unknown: string[] = [];
  const notes: string[] = [];
  const pending: string[] = [];
  for (const objective of rules.list) {
    const reading = observed.readings[objective.name];
    const before = state.brokenSince[objective.name];
    const absent = missing(reading);
    if (absent !== null || reading?.kind !== 'value') {
      unknown.push(`${metricName(objective.name)}: ${absent}`);
      if (before !== undefined) brokenSince[objective.name] = before;
    } else if (brokenBound(objective, reading.value) !== null) {
      const start = before ?? now;
      brokenSince[objective.name] = start;
      const lasted = between(start, now);
      const text = `${readingWords(objective, reading.value)}, for ${durationWords(lasted)}`;
      if (lasted >= objective.for) failed.push(text);
      else pending.push(`${text} of ${durationWords(objective.for)}`);
    } else {
      notes.push(readingWords(objective, reading.value));
    }
  }

  const breaking = Object.keys(brokenSince);
  if (failed.length > 0) {
    return {
      verdict: 'fail',
      breaking,
      reasons: failed,
      state: { brokenSince, inconclusiveSince: state.inconclusiveSince },
    };
  }
  if (unknown.length > 0) {
    return { verdict: 'inconclusive', breaking, reasons: unknown, state: { brokenSince, inconclusiveSince: since } };
  }
  // only an evaluation with nothing wrong ends a stretch without a clear answer
  const inconclusiveSince = breaking.length > 0 ? state.inconclusiveSince : null;
  return {
    verdict: 'pass',
    breaking,
    reasons: [...asPending(pending), ...notes],
    state: { brokenSince, inconclusiveSince },
  };
}

/** Led by the words by which people tell it from what has passed. */
const asPending = (pending: readonly string[]): string[] =>
  pending.length === 0 ? [] : [`${notDecidedYet}: ${pending.join('; ')}`];

/** The objectives that are beyond their bounds at this moment, in words. With too few samples, or without a reading, nothing is. */
export function brokenNow({ list, minSamples }: JudgementRules, { readings, samples }: Observed): string[] {
  if (minSamples > 0 && tooFewSamples(samples, minSamples) !== null) return [];
  return list.flatMap((objective) => {
    const reading = readings[objective.name];
    if (missing(reading) !== null || reading?.kind !== 'value') return [];
    return brokenBound(objective, reading.value) === null ? [] : [readingWords(objective, reading.value)];
  });
}

/** Why readings with so few samples say nothing; null when they do. */
export function tooFewSamples(samples: Reading | null, least: number): string | null {
  const absent = missing(samples ?? undefined);
  if (absent !== null || samples?.kind !== 'value') return `samples: ${absent}`;
  return samples.value < least ? `too few samples: ${Math.floor(samples.value)} of ${least}` : null;
}

/**
 * An evaluation that would pass, of a release of which too little is known to let a step end: inconclusive, since when the interval was over.
 *
 * @param before the state before this evaluation.
 */
export function withoutCertainty(
  evaluation: Evaluation,
  reasons: readonly string[],
  before: JudgementState | null,
  now: Instant,
): Evaluation {
  if (evaluation.verdict !== 'pass' || reasons.length === 0) return evaluation;
  const inconclusiveSince = before?.inconclusiveSince ?? now;
  return { ...evaluation, verdict: 'inconclusive', reasons, state: { ...evaluation.state, inconclusiveSince } };
}
