import type { EnvironmentName } from '../../contracts/names.ts';
import { amount, metricName, notDecidedYet } from '../../contracts/words.ts';
import { type Comparison, type ComparisonRules, type Counts, errorProbabilities } from './compare-counts.ts';

export interface CountedSide {
  readonly environment: EnvironmentName;
  readonly counts: Counts;
}

const certainty = (wrong: number): string => `with ${amount(1 - wrong, 'ratio', 4)} certainty`;

const countWords = ({ environment, counts: { bad, total } }: CountedSide): string =>
  `${bad.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} answers on ${environment}`;

/** `Error rate: 12 of 240 answers on green, 3 of 2,300 answers on blue: worse than blue and than 1 % with 99.9 % certainty` */
export function comparisonWords(
  name: string,
  { tolerate, notice }: Pick<ComparisonRules, 'tolerate' | 'notice'>,
  comparison: Comparison,
  target: CountedSide,
  origin: CountedSide | null,
): string {
  const seen = `${metricName(name)}: ${[target, ...(origin === null ? [] : [origin])].map(countWords).join(', ')}`;
  if (comparison === 'worse') {
    const than = origin === null ? '' : `${origin.environment} and than `;
    return `${seen}: worse than ${than}${amount(tolerate, 'ratio')} ${certainty(errorProbabilities.falseReturn)}`;
  }
  if (target.counts.total === 0) return `${notDecidedYet}: ${seen}: nothing to compare yet`;
  if (notice === null) return `${seen}: not known to be worse`;
  const below = `below ${amount(notice, 'ratio')}`;
  return comparison === 'good'
    ? `${seen}: ${below} ${certainty(errorProbabilities.falsePass)}`
    : `${notDecidedYet}: ${seen}: too few to tell whether it is ${below}`;
}
