import { unseenOf } from '../../contracts/configuration/cloudwatch.ts';
import type { Objective, ObjectiveSource } from '../../contracts/configuration/objectives.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { durationWords, metricName, percentWords } from '../../contracts/words.ts';
import { compareCounts, falseReturnOf } from './compare-counts.ts';

/** How often a step has to find a release for this to be said of it. */
export const noticePower = 0.95;

/** More answers than these change nothing that people would see, and would only take time to count. */
const mostAnswers = 1_000_000;

/** How bad a release one step can notice, by one objective. */
export interface Noticeable {
  /** Percent of the traffic on the target. */
  readonly weight: number;
  readonly objective: string;
  /**
   * The least share of bad answers, 0 to 1, that does not pass the step in 95 of 100; null where none does: there are too few answers, or the
   * objective says nothing of shares.
   */
  readonly share: number | null;
  /** The share that the objective allows; null where it says nothing of shares. */
  readonly bound: number | null;
  /** What finds it first: the comparison with the origin, or readings that stay above `max` for as long as the objective is patient. */
  readonly by: 'comparison' | 'bound' | null;
  /** Expected samples in the window of a reading where these are fewer than `minSamples`: then every verdict is inconclusive. Else null. */
  readonly tooFewSamples: number | null;
}

/** As much of a service as decides it. */
interface Judged extends Pick<ServiceConfiguration, 'traffic'> {
  readonly objectives: Pick<ServiceConfiguration['objectives'], 'window' | 'every' | 'minSamples'> &
    Partial<Pick<ServiceConfiguration['objectives'], 'source'>> & {
      readonly list: readonly (Pick<Objective, 'name' | 'max' | 'unit' | 'for' | 'source'> & {
        readonly compare: { readonly tolerate: number } | null;
      })[];
    };
}

/**
 * How bad a release each step can notice at the traffic there is (DESIGN §5, judgement; docs/adr/0048). A step finds a share of bad answers when its
 * comparison with the origin calls it worse at its last look, or when from its end on every reading is above the bound for as long as the objective
 * is patient: it does not pass meanwhile, and fails then. What is found sooner makes it better than what is said here. The origin has the share
 * that is tolerated, which makes it hardest. What has only a `min` says nothing of bad answers, and is left out unless it is compared.
 *
 * @param requestsPerSecond of both sides together.
 */
export function noticeableBySteps({ traffic, objectives }: Judged, requestsPerSecond: number): Noticeable[] {
  const compared = objectives.list.filter(({ compare }) => compare !== null).length;
  return traffic.steps.flatMap((weight, index) => {
    const answersIn = (duration: number, percent: number) =>
      Math.floor((requestsPerSecond * percent * duration) / 100 / 1_000);
    const inWindowOf = (source: ObjectiveSource | undefined) =>
      answersIn(Math.min(objectives.window, traffic.interval) - unseenAt(source), weight);
    // They are counted where the service is measured.
    const samples = inWindowOf(objectives.source);
    const tooFewSamples = samples < objectives.minSamples ? samples : null;
    const told = objectives.list.filter(
      ({ max, compare }) => max !== undefined || compare !== null || tooFewSamples !== null,
    );
    return told.map(({ name, max, unit, compare, for: patience, source = objectives.source }): Noticeable => {
      const seen = traffic.interval - unseenAt(source);
      const byComparison =
        compare === null
          ? null
          : noticedByComparison(
              compare.tolerate,
              falseReturnOf({ isFirst: index === 0, steps: traffic.steps.length, objectives: compared }),
              { target: answersIn(seen, weight), origin: answersIn(seen, 100 - weight) },
            );
      const ratio = unit === 'ratio' && max !== undefined && max >= 0 ? max : null;
      const byBound =
        ratio !== null && tooFewSamples === null
          ? noticedByBound(ratio, inWindowOf(source), Math.floor(patience / objectives.every) + 1)
          : null;
      const share = least(byComparison, byBound);
      return {
        weight,
        objective: name,
        share,
        bound: ratio ?? compare?.tolerate ?? null,
        by: share === null ? null : share === byComparison ? 'comparison' : 'bound',
        tooFewSamples,
      };
    });
  });
}

const unseenAt = (source: ObjectiveSource | undefined): number => (source === undefined ? 0 : unseenOf(source));

const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));

/** The share that `compareCounts` calls worse with the last of so many answers in 95 of 100. Null without an origin to compare with. */
function noticedByComparison(
  tolerate: number,
  falseReturn: number,
  answers: { readonly target: number; readonly origin: number },
): number | null {
  if (answers.origin === 0 || answers.target === 0) return null;
  const scale = Math.min(1, mostAnswers / Math.max(answers.target, answers.origin));
  const [total, others] = [Math.floor(answers.target * scale), Math.ceil(answers.origin * scale)];
  const origin = { total: others, bad: Math.round(others * tolerate) };
  const isWorse = (bad: number) =>
    compareCounts({ tolerate, notice: null, falseReturn }, { total, bad }, origin) === 'worse';
  return total === 0 || !isWorse(total) ? null : shareThatGives(firstWhere(total, isWorse), total);
}

/**
 * The share with which so many readings, each over so many answers, are all above `max` in 95 of 100. They share answers with each other; that at
 * least one of them is not above is no likelier than the sum of what each of them may be.
 */
function noticedByBound(max: number, answers: number, readings: number): number | null {
  const total = Math.min(answers, mostAnswers);
  const enough = Math.floor(max * total) + 1;
  return total === 0 || enough > total ? null : shareThatGives(enough, total, (1 - noticePower) / readings);
}

/** The least whole number from 1 to `most` for which it holds; it holds for `most`, and for all above one for which it does. */
function firstWhere(most: number, holds: (count: number) => boolean): number {
  let [low, high] = [1, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The share of bad answers with which fewer than `bad` of `total` are bad no more often than `missed` says, 0 to 1. */
function shareThatGives(bad: number, total: number, missed = 1 - noticePower): number {
  let [low, high] = [0, 1];
  for (let round = 0; round < 40; round += 1) {
    const middle = (low + high) / 2;
    if (chanceBelow(bad, total, middle) <= missed) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The chance of fewer than `bad` among `total` where each is bad with `share`: the first terms of a binomial distribution, from the largest
 * down to where they add nothing. 1 where it is above one half, which is all that is asked there.
 */
function chanceBelow(bad: number, total: number, share: number): number {
  if (share * total <= bad) return 1;
  if (share >= 1) return 0;
  let count = bad - 1;
  const choose = logFactorial(total) - logFactorial(count) - logFactorial(total - count);
  let term = Math.exp(choose + count * Math.log(share) + (total - count) * Math.log1p(-share));
  let sum = 0;
  for (; count >= 0 && term > sum * 1e-12; count -= 1) {
    sum += term;
    term *= (count / (total - count + 1)) * ((1 - share) / share);
  }
  return sum;
}

/** By Stirling's series, which from 10 on is exact to 12 digits. */
function logFactorial(count: number): number {
  if (count < 10) return Math.log(Array.from({ length: count }, (_, at) => at + 1).reduce((all, one) => all * one, 1));
  return (
    (count + 0.5) * Math.log(count) - count + Math.log(2 * Math.PI) / 2 + 1 / (12 * count) - 1 / (360 * count ** 3)
  );
}

/** What is measurably above a bound: no number of answers finds exactly the bound itself. */
const beyond = 1.25;

/** Whether a step finds only what is worse than its objective allows: by more than a quarter, or not at all. */
export const isBlind = ({ share, bound, tooFewSamples }: Noticeable): boolean =>
  tooFewSamples !== null || (bound !== null && (share === null || share > bound * beyond));

/** `at 2.5 requests/s a step of 5 min finds 3 % error rate in 95 of 100 cases` */
export function noticeableWords(
  { weight, objective, share, tooFewSamples }: Noticeable,
  { traffic, objectives }: Judged,
  requestsPerSecond: number,
): string {
  const rate = Number(((requestsPerSecond * weight) / 100).toPrecision(3));
  const metric = metricName(objective).toLowerCase();
  const isBadAbove = objectives.list.some(({ name, max }) => name === objective && max !== undefined);
  // Of what is bad below its bound, the share of bad answers is another number than its readings.
  const name = isBadAbove ? metric : `bad answers by the comparison of ${metric}`;
  const step = `at ${rate} requests/s a step of ${durationWords(traffic.interval)}`;
  const few =
    tooFewSamples === null
      ? ''
      : `; its readings have about ${tooFewSamples} of ${objectives.minSamples} samples, so it stays inconclusive`;
  if (share === null) return `${step} cannot notice a worse ${metric}, however bad it is${few}`;
  return `${step} finds ${percentWords(share)} ${name} in ${noticePower * 100} of 100 cases${few}`;
}

/**
 * What is probably not meant of a service's steps, with its path: those that find only what is worse than an objective allows or, where nobody has
 * written how much traffic there is, that nobody can say what they find.
 */
export const stepWarnings = (service: Judged): readonly string[] =>
  service.traffic.requestsPerSecond === null
    ? unknownTraffic(service)
    : blindSteps(service, service.traffic.requestsPerSecond);

/** Only where it matters: where samples are counted, or an objective is about a share of the answers. */
function unknownTraffic({ objectives }: Judged): readonly string[] {
  const isAboutShares = objectives.list.some(({ compare, unit }) => compare !== null || unit === 'ratio');
  if (objectives.minSamples === 0 && !isAboutShares) return [];
  return [
    'traffic.requestsPerSecond is not set: nobody can say how bad a release has to be for the steps to notice it. Write how many requests a second both sides together get at the quietest time, such as `requestsPerSecond: 20`; `sluice plan` shows how many there are now.',
  ];
}

/** The steps of a service whose traffic is known that find only what is worse than the bound. */
export function blindSteps(service: Judged, requestsPerSecond: number): readonly string[] {
  const found = noticeableBySteps(service, requestsPerSecond).filter(isBlind);
  return service.objectives.list.flatMap(({ name }) => {
    const blind = found.filter(({ objective }) => objective === name);
    const [first] = blind;
    if (first === undefined) return [];
    const steps = blind.map(({ weight }) => weight).join(', ');
    const limit = first.bound === null ? '' : `; its bound is ${percentWords(first.bound)}`;
    const advice = [
      blind.length < service.traffic.steps.length && first.weight === service.traffic.steps[0]
        ? 'Lengthen traffic.interval, or begin with a higher step.'
        : 'Lengthen traffic.interval, or accept that.',
      ...(first.tooFewSamples === null ? [] : ['Lengthen objectives.window, or lower objectives.minSamples.']),
    ].join(' ');
    return [
      `traffic: the ${blind.length === 1 ? 'step' : 'steps'} of ${steps} % cannot notice what ${name} forbids: ${noticeableWords(first, service, requestsPerSecond)}${limit}. ${advice}`,
    ];
  });
}
