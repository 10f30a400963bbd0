import type { PerformanceMeasurement } from '../../contracts/configuration/performance.ts';
import type { Measured, MeasuredBeside } from '../../contracts/records/measured.ts';
import { amountsBeside, timeWords } from '../../contracts/words.ts';
import { besideLive, incomparable, type Verdict, withLimits } from './live-margin.ts';
import type { ValidationCheck } from './validate.ts';

const fail = (reason: string): Verdict => ({ result: 'fail', reason });
const pass = (reason: string): Verdict => ({ result: 'pass', reason });
const unknown = (reason: string): Verdict => ({ result: 'inconclusive', reason });

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
  return [bounded, { name, ...besideWhatIsLive(own, rule, measured?.live ?? null), besideLive: true }];
}

/** The number that was measured, or why there is none. */
function measuredValue(name: string, { until, readings }: Measured): number | string {
  const reading = readings.find((one) => one.name === name)?.reading;
  if (reading?.kind === 'value' && Number.isFinite(reading.value)) return reading.value;
  if (reading !== undefined) return (reading.kind === 'value' ? null : reading.reason) ?? 'no data';
  return until === null ? 'since when it is there is not known' : `it is measured until ${timeWords(until)}`;
}

function withinBounds(value: number, { min, max, unit }: PerformanceMeasurement): Verdict {
  if (min !== undefined && value < min) return fail(amountsBeside([value, min], unit).join(' is below '));
  if (max !== undefined && value > max) return fail(amountsBeside([value, max], unit).join(' is above '));
  return pass(withLimits(value, { least: min, most: max, unit }));
}

function besideWhatIsLive(value: number, rule: PerformanceMeasurement, live: Measured | null): Verdict {
  if (live === null) return incomparable('nothing is live to compare it with');
  const { version, until, readings } = live;
  const former = measuredValue(rule.name, live);
  if (typeof former !== 'string') return besideLive(value, { value: former, version }, rule);
  const isLost = until === null || readings.some((one) => one.name === rule.name && one.reading.kind === 'no-data');
  return isLost
    ? incomparable(`there is nothing to compare it with; ${version}: ${former}`)
    : unknown(`${version}: ${former}`);
}
