import { parseArgs } from 'node:util';
import { compareCounts, errorProbabilities, falseReturnOf } from '../core/judgement/compare-counts.ts';
import { argoRollouts, bound, type Detector, flagger, sluice } from './judge/detectors.ts';
import { createRandom, type Random } from './judge/random.ts';
import { summary } from './statistics.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '20261129' },
    /** Part of the names of the nights to simulate. */
    only: { type: 'string', default: '' },
  },
});
const runs = Number(values.runs);
const random = createRandom(Number(values.seed));
const usual = 0.005;
const { falseReturn, falsePass } = errorProbabilities;

const show = (value: number, digits = 1) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const percent = (share: number) => `${show(share * 100, 2)} %`;

/** Wald's approximation of the mean number of answers to a decision, for 1 % false returns and so on (Wald 1945). */
function waldOptimum(bad: number): number {
  const [upper, lower] = [Math.log((1 - falsePass) / falseReturn), Math.log(falsePass / (1 - falseReturn))];
  const gain = bad * Math.log(bad / usual) + (1 - bad) * Math.log((1 - bad) / (1 - usual));
  return ((1 - falsePass) * upper + falsePass * lower) / gain;
}

/** Answers of the target until it is known to be worse, looked at after each; the origin has `share` times as many. */
function answersUntilWorse(bad: number, originAnswers: number): number {
  const rules = { tolerate: usual, notice: null, falseReturn };
  let [failed, originFailed, originTotal] = [0, 0, 0];
  for (let total = 1; total < 100_000; total += 1) {
    const failedNow = random.chance(bad);
    if (failedNow) failed += 1;
    originTotal += originAnswers;
    originFailed += random.binomial(originAnswers, usual);
    // A good answer is no evidence for it.
    if (
      failedNow &&
      compareCounts(rules, { total, bad: failed }, { total: originTotal, bad: originFailed }) === 'worse'
    )
      return total;
  }
  return Number.POSITIVE_INFINITY;
}

/** The mean number of answers that Wald's test itself takes, told beforehand what to look for. */
function waldSimulated(bad: number, count: number): number {
  const [upper, lower] = [Math.log((1 - falsePass) / falseReturn), Math.log(falsePass / (1 - falseReturn))];
  const [hit, miss] = [Math.log(bad / usual), Math.log((1 - bad) / (1 - usual))];
  let answers = 0;
  for (let run = 0; run < count; run += 1) {
    for (let ratio = 0; ratio > lower && ratio < upper; answers += 1) ratio += random.chance(bad) ? hit : miss;
  }
  return answers / count;
}

console.log(
  `Answers of the target until it is known to be worse than 0.5 % and than an origin with 0.5 % (${Math.min(runs, 2_000)} runs each):`,
);
for (const bad of [0.01, 0.02, 0.05, 0.2]) {
  const counts = Array.from({ length: Math.min(runs, 2_000) }, () => answersUntilWorse(bad, 19));
  const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length;
  const optimum = waldOptimum(bad);
  const simulated = waldSimulated(bad, counts.length);
  const told = `Wald's approximation ${show(optimum)} (${show(mean / optimum, 2)} times), his test simulated ${show(simulated)} (${show(mean / simulated, 2)} times)`;
  console.log(`  ${percent(bad)}: mean ${show(mean)}, p95 ${show(summary(counts).p95, 0)}; ${told}`);
}

const steps = [5, 25, 50, 100] as const;
const stepSeconds = 300;

interface Night {
  readonly name: string;
  /** Answers a second on both sides together. */
  readonly rate: number;
  readonly origin: number;
  readonly target: number;
  /** The seconds at which it begins to be so; before, both sides are as usual. */
  readonly from?: number;
  /** What the objective tolerates, where that is not what is usual: 5 % of the answers may be above a bound of the 95th percentile. */
  readonly tolerate?: number;
}

/** Seconds until each detector takes the release back; infinite where it does not. */
function deploy(night: Night, detectors: readonly Detector[], source: Random): number[] {
  const found = detectors.map(() => Number.POSITIVE_INFINITY);
  const looks = detectors.map((detector) => detector.begin());
  let second = 0;
  for (const [step, weight] of steps.entries()) {
    for (const look of looks) look.step({ isFirst: step === 0, hasOrigin: weight < 100 });
    for (let until = second + stepSeconds; second < until; ) {
      second += 1;
      const bad = second > (night.from ?? 0) ? night : { origin: usual, target: usual };
      const total = source.poisson((night.rate * weight) / 100);
      const originTotal = source.poisson((night.rate * (100 - weight)) / 100);
      const seen = {
        target: { total, bad: source.binomial(total, bad.target) },
        origin: { total: originTotal, bad: source.binomial(originTotal, bad.origin) },
      };
      for (const [index, look] of looks.entries()) {
        if (found[index] === Number.POSITIVE_INFINITY && look.second(second, seen)) found[index] = second;
      }
    }
  }
  return found;
}

/** As the example has it, as the schema's defaults have it, and where `for` is shorter than the window, which `validate` warns of. */
const bounds = [bound({ window: 60, for: 300 }), bound({ window: 300, for: 300 }), bound({ window: 300, for: 60 })];
const detectorsOf = ({ tolerate = usual, origin, target }: Night): readonly Detector[] => [
  sluice({ every: 1, usual: tolerate }),
  sluice({ every: 15, usual: tolerate }),
  // What chance does to a bound shows in a good night only.
  ...(origin === usual && target === usual ? bounds : []),
  flagger,
  argoRollouts,
];
const nights: readonly Night[] = [
  { name: 'good: 0.5 % on both sides', rate: 50, origin: usual, target: usual },
  { name: 'a bad night: 5 % on both sides', rate: 50, origin: 0.05, target: 0.05 },
  { name: 'bad: 2 %', rate: 50, origin: usual, target: 0.02 },
  { name: 'bad: 5 %', rate: 50, origin: usual, target: 0.05 },
  { name: 'bad: 20 %', rate: 50, origin: usual, target: 0.2 },
  { name: 'bad: 5 %, 1,000 answers a second (50 on the target)', rate: 1_000, origin: usual, target: 0.05 },
  { name: 'bad: 20 %, 1,000 answers a second (50 on the target)', rate: 1_000, origin: usual, target: 0.2 },
  { name: 'bad from the 10th minute on: 5 %', rate: 50, origin: usual, target: 0.05, from: 600 },
  {
    name: 'slow: 5 % of the answers above the bound become 20 %',
    rate: 50,
    origin: 0.05,
    target: 0.2,
    tolerate: 0.05,
  },
  {
    name: 'slow: 5 % become 20 %, 1,000 answers a second (50 on the target)',
    rate: 1_000,
    origin: 0.05,
    target: 0.2,
    tolerate: 0.05,
  },
];

console.log(
  `\nWhole deployments: steps of ${steps.join(', ')} %, 5 minutes each, 50 answers a second unless said; returned, and seconds until then:`,
);
for (const night of nights.filter(({ name }) => name.includes(values.only))) {
  const detectors = detectorsOf(night);
  const count = night.origin === usual && night.target === usual ? runs : Math.ceil(runs / 10);
  const found = Array.from({ length: count }, () => deploy(night, detectors, random));
  console.log(`${night.name} (${count} runs)`);
  for (const [index, { name }] of detectors.entries()) {
    const times = found
      .map((one) => (one[index] ?? Number.POSITIVE_INFINITY) - (night.from ?? 0))
      .filter(Number.isFinite);
    const timing =
      times.length === 0
        ? ''
        : `, median ${show(summary(times).median, 0)} s, p95 of those ${show(summary(times).p95, 0)} s`;
    console.log(
      `  ${name.padEnd(42)} ${String(times.length).padStart(6)} returned (${percent(times.length / count)})${timing}`,
    );
  }
}
console.log(
  `\nA step's share of false returns: ${falseReturnOf({ isFirst: true, steps: steps.length, objectives: 1 })} in the first, ${falseReturnOf({ isFirst: false, steps: steps.length, objectives: 1 })} in each later one.`,
);
