import { type Bounds, brokenBound } from '../../contracts/bounds.ts';
import { type EnvironmentName, environmentNames, otherEnvironment } from '../../contracts/names.ts';
import { metricName, readingWords, type ToldMetric } from '../../contracts/words.ts';
import { missing, type Readings } from './reading.ts';

/** What is known of one environment at one moment. */
export interface SideObservation {
  /** Whether any of its pods is ready; without one it is no side to go to, however bad the other is. */
  readonly serves: boolean;
  /** Whether it serves and its health checks pass. */
  readonly healthy: boolean;
  /** Null: it has no traffic, so that there is nothing to measure and its health alone counts. */
  readonly readings: Readings | null;
  /** Critical alerts that fire about it. */
  readonly alerts?: readonly string[];
}

export type SideComparison =
  | { kind: 'none-bad' }
  | { kind: 'one-bad'; bad: EnvironmentName; reasons: readonly string[] }
  /** `lessBad` is null when neither is clearly better. */
  | { kind: 'both-bad'; lessBad: EnvironmentName | null; reasons: readonly string[] }
  | { kind: 'inconclusive'; reasons: readonly string[] };

interface Side {
  broken: readonly string[];
  unknown: readonly string[];
  serves: boolean;
  healthy: boolean;
  measured: boolean;
  /** The worst of `timesItsBound`. */
  worst: number;
}

/**
 * Compares both environments, for an alert that names none and for the case that both are bad (I2's exception). A side is bad
 * when it is unhealthy, an alert about it fires, or any objective is beyond a bound, without waiting for `for`. With a side of which something is not
 * known the answer is inconclusive, unless that side is bad already: nothing is raised blindly (I7).
 */
export function compareSides(
  objectives: readonly ToldMetric[],
  sides: Readonly<Record<EnvironmentName, SideObservation>>,
): SideComparison {
  const seen = { blue: look(objectives, sides.blue), green: look(objectives, sides.green) };
  const reasons = environmentNames.flatMap((name) =>
    [...(seen[name].healthy ? [] : ['unhealthy']), ...seen[name].broken, ...seen[name].unknown].map(
      (text) => `${name}: ${text}`,
    ),
  );
  const bad = environmentNames.filter((name) => !seen[name].healthy || seen[name].broken.length > 0);
  const unclear = environmentNames.filter((name) => !bad.includes(name) && seen[name].unknown.length > 0);
  if (unclear.length > 0) return { kind: 'inconclusive', reasons };
  const [first, second] = bad;
  if (first === undefined) return { kind: 'none-bad' };
  if (second === undefined) return { kind: 'one-bad', bad: first, reasons };
  return { kind: 'both-bad', lessBad: lessBad(seen), reasons };
}

/** The one that serves; else the healthy one; else the one with fewer broken objectives; else the one whose worst is less. */
function lessBad(seen: Record<EnvironmentName, Side>): EnvironmentName | null {
  const prefer = (blue: number, green: number): EnvironmentName | null => {
    if (blue === green) return null;
    return blue < green ? 'blue' : 'green';
  };
  const { blue, green } = seen;
  if (!blue.serves && !green.serves) return null;
  const byHealth =
    prefer(blue.serves ? 0 : 1, green.serves ? 0 : 1) ?? prefer(blue.healthy ? 0 : 1, green.healthy ? 0 : 1);
  if (byHealth !== null) return byHealth;
  // a side that is not fully known cannot be called the better one by its readings
  const known = (side: Side) => side.measured && side.unknown.length === 0;
  const byReadings = prefer(blue.broken.length, green.broken.length) ?? prefer(blue.worst, green.worst);
  return byReadings !== null && known(seen[byReadings]) ? byReadings : null;
}

function look(objectives: readonly ToldMetric[], { serves, healthy, readings, alerts = [] }: SideObservation): Side {
  const broken = alerts.map((name) => `alert ${name} fires`);
  const unknown: string[] = [];
  let worst = 0;
  for (const objective of readings === null ? [] : objectives) {
    const { name } = objective;
    const reading = readings?.[name];
    const absent = missing(reading);
    if (absent !== null || reading?.kind !== 'value') {
      unknown.push(`${metricName(name)}: ${absent}`);
      continue;
    }
    const bound = brokenBound(objective, reading.value);
    if (bound === null) continue;
    broken.push(readingWords(objective, reading.value));
    worst = Math.max(worst, timesItsBound(objective, bound, reading.value));
  }
  return { broken, unknown, serves, healthy, measured: readings !== null, worst };
}

/**
 * How bad a broken reading is, in multiples of its bound; a bound of 0 counts as 1. Below a `min` it is the other way round: a third of it is 3,
 * and nothing at all is infinite. A ratio that is too low is told by what it lacks, as an error rate would be: 95 % of at least 99 % is 5.
 */
function timesItsBound(
  { min = 0, max = 0, unit }: Bounds & Pick<ToldMetric, 'unit'>,
  bound: 'min' | 'max',
  value: number,
) {
  if (bound === 'max') return value / (max > 0 ? max : 1);
  if (unit === 'ratio' && min < 1) return (1 - value) / (1 - min);
  if (min <= 0) return value / (min < 0 ? min : -1);
  return value > 0 ? min / value : Number.POSITIVE_INFINITY;
}

/** The environment to which a comparison lets the traffic go: away from the only bad side, or to the less bad one. */
export function betterSide(comparison: SideComparison): EnvironmentName | null {
  if (comparison.kind === 'one-bad') return otherEnvironment(comparison.bad);
  return comparison.kind === 'both-bad' ? comparison.lessBad : null;
}

/**
 * What becomes of a paused shift of which nobody decided: back to the origin, if that is known to be good; else the traffic stays and
 * the service freezes, for the origin is never raised blindly (I7), nor the target.
 */
export const afterPause = (comparison: SideComparison, target: EnvironmentName): 'return' | 'freeze' =>
  comparison.kind === 'none-bad' || (comparison.kind === 'one-bad' && comparison.bad === target) ? 'return' : 'freeze';
