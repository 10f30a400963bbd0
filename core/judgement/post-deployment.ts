import { type Bounds, brokenBound } from '../../contracts/bounds.ts';
import type { BackupRule, MonitoringRule, PerformanceRule } from '../../contracts/configuration/post-deployment.ts';
import { milliseconds } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { CheckResult, OperationRecord } from '../../contracts/records/operation.ts';
import { amount, amountsBeside, durationWords, metricName, type ToldMetric, timeWords } from '../../contracts/words.ts';
import { type Observed, tooFewSamples, type Verdict } from './judge.ts';
import { missing, type Reading } from './reading.ts';

/** What one look after the bake found. */
export interface Finding {
  readonly verdict: Verdict;
  readonly reason: string;
}

const pass = (reason: string): Finding => ({ verdict: 'pass', reason });
const fail = (reason: string): Finding => ({ verdict: 'fail', reason });
const unknown = (reason: string): Finding => ({ verdict: 'inconclusive', reason });

/** What was measured of the release that was live before, and when. */
export interface Former {
  readonly version: string;
  readonly at: Instant;
  readonly observed: Observed;
}

/**
 * The objectives beside those of the previous release over the same hour of an earlier day: fails where a reading is worse than the former
 * one by more than the margin: above it with a `max`, below it with a `min`. What was never measured is inconclusive, and so is a comparison of
 * too few samples.
 */
export function besideFormer(
  { margin }: Pick<PerformanceRule, 'margin'>,
  rules: { readonly list: readonly ToldMetric[]; readonly minSamples: number },
  now: Observed,
  former: Former,
): Finding {
  const sides = [
    { observed: now, whose: '' },
    { observed: former.observed, whose: ` of ${former.version}` },
  ];
  for (const { observed, whose } of rules.minSamples > 0 ? sides : []) {
    const few = tooFewSamples(observed.samples, rules.minSamples);
    if (few !== null) return unknown(`${few}${whose}`);
  }
  const worse: string[] = [];
  const absent: string[] = [];
  const good: string[] = [];
  for (const { name, unit, ...bounds } of rules.list) {
    const [reading, before] = [now.readings[name], former.observed.readings[name]];
    const lacking = missing(reading) ?? missing(before);
    if (lacking !== null || reading?.kind !== 'value' || before?.kind !== 'value') {
      const whose = missing(reading) === null ? ` of ${former.version}` : '';
      absent.push(`${metricName(name)}${whose}: ${lacking}`);
      continue;
    }
    const { min, max } = allowed(before.value, { ...bounds, unit }, margin);
    const broken = brokenBound({ min, max }, reading.value);
    const limits = [broken === 'min' ? min : (max ?? min)].filter((limit) => limit !== undefined);
    const [own, ofFormer, limit] = amountsBeside([reading.value, before.value, ...limits], unit);
    const words = `${metricName(name)} ${own}, ${ofFormer} with ${former.version}`;
    if (broken === 'max') worse.push(`${words}, at most ${limit} is allowed`);
    else if (broken === 'min') worse.push(`${words}, at least ${limit} is needed`);
    else good.push(words);
  }
  const when = `${former.version} was measured at ${timeWords(former.at)}`;
  if (worse.length > 0) return fail(`${worse.join('; ')}; ${when}`);
  if (absent.length > 0) return unknown([...absent, when].join('; '));
  return good.length === 0 ? unknown('there are no objectives') : pass([...good, when].join('; '));
}

/** How far from the former reading another one may be, on the side of each bound that there is. */
const allowed = (former: number, { min, max, unit }: Omit<ToldMetric, 'name'>, margin: number): Bounds => ({
  ...(max === undefined ? {} : { max: mostAllowed(former, max, margin) }),
  ...(min === undefined ? {} : { min: leastAllowed(former, { min, unit }, margin) }),
});

/** Above the former reading by its margin; below the same share of the bound nothing counts as worse, since twice almost nothing is nothing. */
const mostAllowed = (former: number, max: number, margin: number): number =>
  Math.max(former + Math.abs(former) * margin, max > 0 ? max * margin : -Infinity);

/**
 * The reading that the former one is above by the margin. A ratio that has a `min` is compared by what it lacks, as an error rate would be: of a
 * success rate of 99.9 % a tenth less is no margin.
 */
function leastAllowed(
  former: number,
  { min, unit }: { min: number; unit: ToldMetric['unit'] },
  margin: number,
): number {
  if (unit === 'ratio') return 1 - mostAllowed(1 - former, 1 - min, margin);
  return former > 0 ? former / (1 + margin) : former - Math.abs(former) * margin;
}

/** Whether the previous release had the traffic when it is to be measured. @param since when it last became live; null where nobody knows. */
export const wasLive = (since: Instant | null, at: Instant): boolean => since === null || since <= at;

/** Every target by which the release is scraped has to be up. @param found how many there are, and how many of them are up. */
export function judgeTargets({ all, up }: { readonly all: Reading; readonly up: Reading }): Finding {
  const lacking = missing(all) ?? missing(up);
  if (lacking !== null || all.kind !== 'value' || up.kind !== 'value') return unknown(`targets: ${lacking}`);
  const words = `${up.value} of ${all.value} targets are up`;
  if (all.value === 0) return unknown('there are no targets');
  return up.value < all.value ? fail(words) : pass(words);
}

/** The alerts that are wanted have to be loaded, and those must work; with none named, there has to be one at all. */
export function judgeRules(
  wanted: NonNullable<MonitoringRule['rules']>,
  loaded: readonly { readonly name: string; readonly failure: string | null }[],
): Finding {
  const names = new Set(loaded.map(({ name }) => name));
  const lacking = wanted.filter((name) => !names.has(name));
  if (lacking.length > 0) return fail(`not loaded: ${lacking.join(', ')}`);
  if (loaded.length === 0) return fail('no alerting rule is loaded');
  const looked = wanted.length === 0 ? loaded : loaded.filter(({ name }) => wanted.includes(name));
  const broken = looked.filter(({ failure }) => failure !== null);
  if (broken.length > 0) return fail(broken.map(({ name, failure }) => `${name}: ${failure}`).join('; '));
  return pass(wanted.length === 0 ? `${loaded.length} rules are loaded` : `loaded: ${wanted.join(', ')}`);
}

/** Alerts have to arrive. @param errors notifications that failed lately; no data where Prometheus does not scrape itself. */
export function judgeAlertmanagers(active: number, errors: Reading): Finding {
  if (active === 0) return fail('Prometheus knows no Alertmanager: its alerts reach nobody');
  if (errors.kind === 'value' && errors.value > 0)
    return fail(`Prometheus could not deliver ${amount(errors.value, undefined)} alerts within 10 min`);
  return pass(`Prometheus sends to ${active === 1 ? 'an Alertmanager' : `${active} Alertmanagers`}`);
}

/** The newest backup must be young enough. One from the future is a query that measures something else, and proves nothing. */
export function judgeBackup(
  { measures, maxAge }: Pick<BackupRule, 'measures' | 'maxAge'>,
  reading: Reading,
  now: Instant,
) {
  const lacking = missing(reading);
  if (lacking !== null || reading.kind !== 'value') return unknown(`age of the newest backup: ${lacking}`);
  const { value } = reading;
  const age = measures === 'age' ? value * 1_000 : now - value * 1_000;
  // Clocks differ by a minute; more is another unit.
  if (age < -60_000) return unknown(`the query answers ${value}, which would be in the future: it must be seconds`);
  const old = milliseconds(Math.max(0, age));
  const words = `the newest is ${durationWords(old)} old, at most ${durationWords(maxAge)} is allowed`;
  return old > maxAge ? fail(words) : pass(words);
}

/** What failed of what was looked at after the bake. */
export const failedAfter = ({ checks }: Pick<OperationRecord, 'checks'>): readonly CheckResult[] =>
  checks.filter(({ result, onFailure }) => onFailure !== undefined && result === 'fail');
