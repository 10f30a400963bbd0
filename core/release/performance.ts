import type { PerformanceMeasurement } from '../../contracts/configuration/performance.ts';
import type { Measured, MeasuredBeside } from '../../contracts/records/measured.ts';
import { amount, timeWords } from '../../contracts/words.ts';
import type { ValidationCheck } from './validate.ts';

type Verdict = Pick<ValidationCheck, 'result' | 'reason' | 'advisory'>;

const fail = (reason: string): Verdict => ({ result: 'fail', reason });
const pass = (reason: string): Verdict => ({ result: 'pass', reason });
const unknown = (reason: string): Verdict => ({ result: 'inconclusive', reason });
/** What no waiting would change, and no release is to blame for. */
const incomparable = (reason: string): Verdict => ({ result: 'inconclusive', reason, advisory: true });

/**
 * How a release has done on staging by one measurement: a check for its own bounds, another one beside what the live release had there (docs/adr/0082). What is not
 * known of the release is waited for and never passes. What can never be known of the live release is shown as such and stops nothing: each
 * release after one that was never measured would else be refused.
 *
 * @param measured null while nobody has looked.
 */
export function performanceChecks(
  rule: PerformanceMeasurement,
  measured: MeasuredBeside | null,
  staging: string,
): ValidationCheck[] {
  const own = measured === null ? 'nobody has looked' : measuredValue(rule.name, measured.release);
  const bounded: ValidationCheck = {
    name: `${rule.name} on ${staging}`,
    ...(typeof own === 'string' ? unknown(own) : withinBounds(own, rule)),
  };
  if (typeof own === 'string' || (rule.atMost === undefined && rule.atLeast === undefined)) return [bounded];
  const name = `${rule.name} beside the live release`;
  return [bounded, { name, ...besideLive(own, rule, measured?.live ?? null), besideLive: true }];
}

/** The number that was measured, or why there is none. */
function measuredValue(name: string, { until, readings }: Measured): number | string {
  const reading = readings.find((one) => one.name === name)?.reading;
  if (reading?.kind === 'value' && Number.isFinite(reading.value)) return reading.value;
  if (reading !== undefined) return (reading.kind === 'value' ? null : reading.reason) ?? 'no data';
  return until === null ? 'since when it is there is not known' : `it is measured until ${timeWords(until)}`;
}

function withinBounds(value: number, { min, max, unit }: PerformanceMeasurement): Verdict {
  if (min !== undefined && value < min) return fail(together([value, min], unit).join(' is below '));
  if (max !== undefined && value > max) return fail(together([value, max], unit).join(' is above '));
  return pass(withLimits(value, { least: min, most: max, unit }));
}

function besideLive(
  value: number,
  { name, atMost, atLeast, unit }: PerformanceMeasurement,
  live: Measured | null,
): Verdict {
  if (live === null) return incomparable('nothing is live to compare it with');
  const { version, until, readings } = live;
  const former = measuredValue(name, live);
  if (typeof former === 'string') {
    const isLost = until === null || readings.some((one) => one.name === name && one.reading.kind === 'no-data');
    return isLost
      ? incomparable(`there is nothing to compare it with; ${version}: ${former}`)
      : unknown(`${version}: ${former}`);
  }
  const words = `${amount(former, unit)} with ${version}`;
  if (former <= 0) return incomparable(`${words}, of which nothing can be a multiple`);
  const most = atMost === undefined ? undefined : former * atMost;
  const least = atLeast === undefined ? undefined : former * atLeast;
  if (most !== undefined && value > most) {
    const [own, limit] = together([value, most], unit);
    return fail(`${own}, ${words}: at most ${atMost} times that, ${limit}, is allowed`);
  }
  if (least !== undefined && value < least) {
    const [own, limit] = together([value, least], unit);
    return fail(`${own}, ${words}: at least ${atLeast} times that, ${limit}, is needed`);
  }
  return pass(`${withLimits(value, { least, most, unit })}; ${words}`);
}

/** `212 ms, at most 500 ms` */
function withLimits(
  value: number,
  { least, most, unit }: { least: number | undefined; most: number | undefined; unit: PerformanceMeasurement['unit'] },
): string {
  const limits = [
    ...(least === undefined ? [] : [{ words: ', at least ', limit: least }]),
    ...(most === undefined ? [] : [{ words: ', at most ', limit: most }]),
  ];
  const [own, ...others] = together([value, ...limits.map(({ limit }) => limit)], unit);
  return `${own}${limits.map(({ words }, index) => `${words}${others[index]}`).join('')}`;
}

/** Numbers that are read side by side: in three digits, or in as many as it takes for those to look different that are. */
function together(values: readonly number[], unit: PerformanceMeasurement['unit']): string[] {
  const different = new Set(values).size;
  for (let digits = 3; digits < 15; digits++) {
    const told = values.map((value) => amount(value, unit, digits));
    if (new Set(told).size === different) return told;
  }
  return values.map((value) => amount(value, unit, 15));
}
