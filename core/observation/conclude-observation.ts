import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { between, type Instant, later, parseInstant } from '../../contracts/instant.ts';
import type { Outcome } from '../../contracts/operation.ts';
import { because, type Reason, reasonCodeOf } from '../../contracts/reason.ts';
import type { Observation } from '../../contracts/records/operation.ts';
import { clause, durationWords, timeWords } from '../../contracts/words.ts';

export interface ObservationEnded {
  readonly ending: Extract<Outcome, 'would-succeed' | 'would-roll-back' | 'inconclusive' | 'expired'>;
  readonly reason: Reason;
}

interface Observed {
  readonly observation: Pick<Observation, 'seen' | 'decisions'>;
  readonly version: string;
  readonly startedAt: string;
  /** Whether all the traffic on the release was judged good for `bake`. */
  readonly isBaked: boolean;
  readonly now: Instant;
}

/**
 * Whether an observation is over, and how. It is over once the other pipeline has brought the release to all the traffic and that was judged for
 * `bake`; once it has taken all of it away, and not given any back within `traffic.interval`; and at `deadlines.observation` (I11). Null: it goes on.
 */
export function concludeObservation(
  { traffic, bake, deadlines }: Pick<ServiceConfiguration, 'traffic' | 'bake' | 'deadlines'>,
  { observation: { seen, decisions }, version, startedAt, isBaked, now }: Observed,
): ObservationEnded | null {
  const isLate = now >= later(parseInstant(startedAt), deadlines.observation);
  const first = seen.find(({ share }) => share > 0);
  const last = seen.at(-1);
  if (first === undefined || last === undefined) {
    if (!isLate) return null;
    const told = `No other pipeline brought traffic to ${version} within ${durationWords(deadlines.observation)}`;
    return { ending: 'expired', reason: because('NothingObserved', told) };
  }
  const since = parseInstant(last.at);
  const wouldReturn = decisions.find(({ kind }) => kind === 'return');
  const wouldPause = decisions.find(({ kind }) => kind === 'pause');
  // After what Sluice would have returned nothing is judged any more.
  const isWhole = last.share === 100 && (isBaked || (wouldReturn !== undefined && between(since, now) >= bake));
  const isGone = last.share === 0 && between(since, now) >= traffic.interval;
  if (!isWhole && !isGone && !isLate) return null;

  const before = seen.findLast(({ share }) => share > 0) ?? first;
  const other = isWhole
    ? `The other pipeline gave it all of the traffic at ${timeWords(last.at)}.`
    : isGone
      ? `The other pipeline took the traffic away at ${timeWords(last.at)}, after ${before.share} %.`
      : `At the deadline of the observation (${durationWords(deadlines.observation)}) it had ${last.share} % of the traffic.`;
  if (wouldReturn !== undefined) {
    const why = wouldReturn.reason;
    const when = `Sluice would have taken the traffic of ${version} back at ${timeWords(wouldReturn.at)}, at ${wouldReturn.share} %`;
    return { ending: 'would-roll-back', reason: because(codeOf(why), `${when}: ${clause(why)}.`, other) };
  }
  if (wouldPause !== undefined) {
    const why = wouldPause.reason;
    const when = `Sluice would have paused at ${timeWords(wouldPause.at)}, at ${wouldPause.share} %, and asked a person`;
    return { ending: 'inconclusive', reason: because(codeOf(why), `${when}: ${clause(why)}.`, other) };
  }
  if (isWhole) {
    const told = `Sluice would have given ${version} all the traffic: it found nothing wrong from ${timeWords(first.at)} until ${timeWords(now)}`;
    return { ending: 'would-succeed', reason: because('WouldSucceed', `${told}.`, other) };
  }
  const told = `Sluice found nothing wrong with ${version} while it had traffic, from ${timeWords(first.at)} on, but it did not have all of it for long enough`;
  return { ending: 'inconclusive', reason: because('Inconclusive', `${told}.`, other) };
}

const codeOf = (reason: string) => reasonCodeOf(reason) ?? 'Unclassified';
