import { metricName, readingWords, type ToldMetric } from '../../contracts/words.ts';
import type { Observed, Verdict } from './judge.ts';
import { missing } from './reading.ts';

/** Whether everything is measured by which a shift would be judged, whatever the readings are: never a failure, since nobody is to blame yet. */
export function judgePresence(
  list: readonly ToldMetric[],
  { readings, samples }: Observed,
): { readonly verdict: Exclude<Verdict, 'fail'>; readonly reason: string } {
  const absent = list.flatMap(({ name }) => {
    const lacking = missing(readings[name]);
    return lacking === null ? [] : [`${metricName(name)}: ${lacking}`];
  });
  const uncounted = samples === null ? null : missing(samples);
  if (uncounted !== null) absent.push(`samples: ${uncounted}`);
  if (absent.length > 0) return { verdict: 'inconclusive', reason: absent.join('; ') };
  const told = list.flatMap((objective) => {
    const reading = readings[objective.name];
    return reading?.kind === 'value' ? [readingWords(objective, reading.value)] : [];
  });
  return { verdict: 'pass', reason: told.join('; ') || 'there are no objectives' };
}
