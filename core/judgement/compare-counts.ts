/** How many answers there were, and how many of them were bad: failed, or too slow. */
export interface Counts {
  readonly total: number;
  readonly bad: number;
}

/** How often the test may be wrong, in a whole deployment: all looks, all steps, all objectives together. */
export const errorProbabilities = {
  /** Of a release that is no worse than its origin: to be returned. */
  falseReturn: 0.001,
  /** Of a release that is as bad as `notice` says: to be called good at the end of a step. */
  falsePass: 0.01,
} as const;

export interface ComparisonRules {
  /** The share of bad answers, above 0 and below 1, that nobody minds, whatever the origin's is. */
  readonly tolerate: number;
  /** The share that a release must be known to be below before it passes; null: what is not known stops nothing. */
  readonly notice: number | null;
  /** The part of `errorProbabilities.falseReturn` that this test may use up. */
  readonly falseReturn: number;
}

/**
 * `worse`: certainly worse than the tolerated share and than the origin. `good`: certainly better than `notice`. `open`: neither, and
 * more answers may tell.
 */
export type Comparison = 'worse' | 'good' | 'open';

/**
 * Compares the target with the origin under the same traffic by a sequential test, which may look as often as it likes: the counts since
 * the test began are all that it needs (docs/adr/0046).
 *
 * It asks whether the target's share of bad answers is above both `tolerate` and the origin's. For every share θ that the origin may have, two
 * likelihood ratios are multiplied: of the target, alternatives above θ against θ (a mixture, Robbins 1970), and of the origin, shares that it
 * more likely has against θ. While the target is no worse, the product at the true θ stays below 1/α for ever with probability 1 - α (Ville
 * 1939), so that the least product over all θ is evidence enough. `good` is Wald's own test (1945) of `notice` against what is tolerated.
 *
 * @param origin null where it has no traffic: nothing says then that it would be better, and the target is never called `worse`.
 */
export function compareCounts(rules: ComparisonRules, target: Counts, origin: Counts | null): Comparison {
  const enough = Math.log(1 / rules.falseReturn);
  if (origin !== null && leastEvidence(rules.tolerate, target, origin, enough) >= enough) return 'worse';
  if (rules.notice === null) return 'open';
  // A bad night is no proof against the release: it is to be good beside what the origin has.
  const usual = Math.max(rules.tolerate, origin === null ? 0 : shareOf(origin));
  if (usual >= rules.notice) return 'open';
  const lead = logLikelihood(target, usual) - logLikelihood(target, rules.notice);
  return lead >= Math.log(1 / errorProbabilities.falsePass) ? 'good' : 'open';
}

const shareOf = ({ total, bad }: Counts): number => (total === 0 ? 0 : bad / total);

const logLikelihood = ({ total, bad }: Counts, share: number): number =>
  bad * Math.log(share) + (total - bad) * Math.log1p(-share);

/** How many times the odds of being bad are what they were: what is looked for, and how much of the evidence is staked on it. */
const worseOdds = [
  [2, 0.2],
  [4, 0.2],
  [10, 0.35],
  [40, 0.25],
] as const;

/** The same of what the origin may have beside θ: the tolerated share, nothing else than θ, or shares in between. */
const originStakes = { tolerated: 0.7, same: 0.15, between: 0.15 } as const;

/** The least logarithm of the evidence over all shares θ that the origin may have; an upper bound of it where that is below `enough`. */
function leastEvidence(tolerate: number, target: Counts, origin: Counts, enough: number): number {
  const atTolerated = targetEvidence(target, tolerate);
  if (atTolerated < enough) return atTolerated;
  const between = sharesAbove(tolerate, 2, 20);
  const evidence = (share: number): number =>
    targetEvidence(target, share) + originEvidence(origin, share, tolerate, between);
  let [least, at] = [atTolerated, tolerate];
  // Where it mostly is least comes first: at what the origin has, and at what both have together.
  const both = { total: target.total + origin.total, bad: target.bad + origin.bad };
  const likely = [origin, both].map(shareOf).filter((share) => share > tolerate && share < 1);
  for (const shares of [() => likely, () => sharesAbove(tolerate, 1.2, 1e9)]) {
    for (const share of shares()) {
      const here = evidence(share);
      if (here < least) [least, at] = [here, share];
      if (least < enough) return least;
    }
  }
  // Next to it, it may be less still.
  let [low, high] = [fromOdds(odds(at) / 1.2), fromOdds(odds(at) * 1.2)];
  for (let round = 0; round < 30; round += 1) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (evidence(left) < evidence(right)) high = right;
    else low = left;
  }
  return Math.min(least, evidence(Math.max(tolerate, (low + high) / 2)));
}

/** For the target being worse than `share`: a test martingale where it is not, whatever it is then. */
function targetEvidence(target: Counts, share: number): number {
  const under = logLikelihood(target, share);
  return logSum(
    worseOdds.map(([times, stake]) => Math.log(stake) + logLikelihood(target, fromOdds(odds(share) * times)) - under),
  );
}

/** Against the origin having `share`. */
function originEvidence(origin: Counts, share: number, tolerate: number, between: readonly number[]): number {
  const under = logLikelihood(origin, share);
  const against = (other: number, stake: number) => Math.log(stake) + logLikelihood(origin, other) - under;
  return logSum([
    against(tolerate, originStakes.tolerated),
    Math.log(originStakes.same),
    ...between.map((other) => against(other, originStakes.between / between.length)),
  ]);
}

const odds = (share: number): number => share / (1 - share);
const fromOdds = (value: number): number => value / (1 + value);

/** Shares above `least`, each with so many times the odds of the one before, up to odds of `most`. */
function sharesAbove(least: number, times: number, most: number): number[] {
  const shares: number[] = [];
  for (let value = odds(least) * times; value < most; value *= times) shares.push(fromOdds(value));
  return shares;
}

function logSum(logs: readonly number[]): number {
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, one) => sum + Math.exp(one - most), 0));
}

/**
 * The part of the false returns of a whole deployment that one objective may use up in one step. The first step has half of them, since a bad
 * release should be found there; the later ones and the bake share the rest.
 */
export function falseReturnOf({ isFirst, steps, objectives }: { isFirst: boolean; steps: number; objectives: number }) {
  return errorProbabilities.falseReturn / objectives / (isFirst ? 2 : 2 * Math.max(1, steps));
}
