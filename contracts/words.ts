import { type Bounds, brokenBound } from './bounds.ts';
import { type Milliseconds, milliseconds } from './duration.ts';
import { formatInstant, type Instant, parseInstant } from './instant.ts';
import type { Weights } from './names.ts';

/** The unit of a reading, as `unit` of what is measured says it. A ratio is shown in percent, bytes in the powers of 1,024 that fit. */
export const readingUnits = ['ratio', 'seconds', 'milliseconds', 'bytes', 'per-second'] as const;
export type ReadingUnit = (typeof readingUnits)[number];

/** A metric as people are told of it. */
export interface ToldMetric extends Bounds {
  /** As in sluice.yaml, e.g. `error-rate`. */
  readonly name: string;
  readonly unit?: ReadingUnit | undefined;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * A length of time for people, in at most two units: `450 ms`, `3.1 s`, `12 s`, `4 min 10 s`, `3 h 20 min`, `2 days 5 h`. Use
 * `formatDuration` for what is parsed again.
 */
export function durationWords(duration: Milliseconds): string {
  const length = Math.max(0, duration);
  if (length < second) return length === 0 ? '0 s' : `${Math.round(length)} ms`;
  if (length < 9.95 * second) return `${Math.round(length / 100) / 10} s`;
  const whole = Math.round(length / second) * second;
  if (whole < minute) return `${whole / second} s`;
  if (whole < hour) return inUnits(whole, [minute, 'min'], [second, 's']);
  if (whole < 2 * day) return inUnits(whole, [hour, 'h'], [minute, 'min']);
  return inUnits(whole, [day, 'days'], [hour, 'h']);
}

function inUnits(length: number, [big, bigName]: [number, string], [small, smallName]: [number, string]): string {
  const rest = Math.floor((length % big) / small);
  return `${Math.floor(length / big)} ${bigName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** A time for people: `2026-11-23 10:41:03Z`, from an instant or from an ISO 8601 text. */
export function timeWords(at: Instant | string): string {
  const text = formatInstant(typeof at === 'string' ? parseInstant(at) : at);
  return `${text.slice(0, 10)} ${text.slice(11, 19)}Z`;
}

/**
 * A time for one person, by their own clock as well where their time zone is known: `2026-11-23 11:41 in Europe/Berlin (2026-11-23
 * 10:41:03Z)`. Null, or `UTC`: as `timeWords`.
 */
export function localTimeWords(at: Instant | string, timeZone: string | null): string {
  const utc = timeWords(at);
  if (timeZone === null || timeZone === 'UTC') return utc;
  // Swedish writes a date and a time as ISO 8601 does.
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return `${local.format(typeof at === 'string' ? parseInstant(at) : at)} in ${timeZone} (${utc})`;
}

/** How far away a time is: `in 3 h 20 min`, `4 min 10 s ago`. */
export function distanceWords(at: Instant | string, now: Instant): string {
  const away = (typeof at === 'string' ? parseInstant(at) : at) - now;
  const words = durationWords(milliseconds(Math.abs(away)));
  return away > 0 ? `in ${words}` : `${words} ago`;
}

/** A text as a sentence of its own, with one full stop: what people and others wrote ends with one or not. */
export const sentence = (text: string): string => `${clause(text)}${/[!?…]$/.test(clause(text)) ? '' : '.'}`;

/** A text as part of a sentence that goes on: without a full stop at its end. */
export function clause(text: string): string {
  const trimmed = text.trim();
  let end = trimmed.length;
  while (trimmed[end - 1] === '.') end--;
  return trimmed.slice(0, end);
}

/** A share (0 to 1) in percent, in two digits: `3.1 %`. */
export const percentWords = (share: number): string => amount(share, 'ratio', 2);

/** `1 pod`, `3 pods`; `1 pod is`, `3 pods are` */
export const podWords = (count: number, verb: '' | 'is' = ''): string => {
  const words = `${count} ${count === 1 ? 'pod' : 'pods'}`;
  return verb === '' ? words : `${words} ${count === 1 ? 'is' : 'are'}`;
};

/** `blue 75 %, green 25 %` */
export const weightWords = ({ blue, green }: Weights): string => `blue ${blue} %, green ${green} %`;

/** `error-rate` → `Error rate` */
export const metricName = (name: string): string => {
  const words = name.replaceAll(/[-_]+/g, ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};

/** `Error rate 11.4 %, limit 1 %`; `Throughput 3 /s, at least 10 /s`. Of two bounds only the broken one is told, if there is one. */
export function readingWords({ name, unit, ...bounds }: ToldMetric, value: number): string {
  const broken = brokenBound(bounds, value);
  const min = broken === 'max' ? undefined : bounds.min;
  const max = broken === 'min' ? undefined : bounds.max;
  const [nearest = value] = [min, max]
    .filter((bound) => bound !== undefined)
    .toSorted((a, b) => Math.abs(a - value) - Math.abs(b - value));
  return [`${metricName(name)} ${amountBeside(value, nearest, unit)}`, ...boundWords({ min, max }, unit)].join(', ');
}

/** `at least 10 /s` and `limit 1 %`, as far as there is such a bound. */
export const boundWords = ({ min, max }: Bounds, unit: ReadingUnit | undefined): string[] => [
  ...(min === undefined ? [] : [`at least ${amount(min, unit, 15)}`]),
  ...(max === undefined ? [] : [`limit ${amount(max, unit, 15)}`]),
];

/** A number in three digits, or in as many as it takes not to look equal to a limit that it is above or below. */
export function amountBeside(value: number, limit: number, unit?: ReadingUnit): string {
  for (let digits = 3; digits < 15; digits++) {
    const told = amount(value, unit, digits);
    if (value === limit || told !== amount(limit, unit, 15)) return told;
  }
  return amount(value, unit, 15);
}

/** Numbers that are read side by side: in three digits, or in as many as it takes for those to look different that are. */
export function amountsBeside(values: readonly number[], unit?: ReadingUnit): string[] {
  const different = new Set(values).size;
  for (let digits = 3; digits < 15; digits++) {
    const told = values.map((value) => amount(value, unit, digits));
    if (new Set(told).size === different) return told;
  }
  return values.map((value) => amount(value, unit, 15));
}

/** How the reason begins of what is over a limit and has not been for long enough to fail. */
export const notDecidedYet = 'not decided yet';

/** How the reason begins of what only runs dry, and decided nothing. */
export const wouldHaveFailed = 'would have failed';

/** `passed: ready answered 200`, `failed: …`; what nobody could tell is called neither. */
export const checkWords = ({
  result,
  reason,
}: {
  readonly result: 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
}): string =>
  [
    reason.startsWith(notDecidedYet) || reason.startsWith(wouldHaveFailed)
      ? ''
      : { pass: 'passed', fail: 'failed', inconclusive: 'no clear result' }[result],
    reason,
  ]
    .filter((part) => part !== '')
    .join(': ');

/** A number with its unit, to so many significant digits: `11.4 %`, `2.31 s`, `412 MiB`, `48 /s`, `0.971`. */
export function amount(value: number, unit: ReadingUnit | undefined, digits = 3): string {
  const [scale, suffix] = unit === undefined ? [1, ''] : scaleOf(value, unit);
  const shown = value * scale;
  // More digits than asked for before the point are kept: 12345 requests are not 12300.
  const whole = Math.trunc(Math.abs(shown)).toString().length;
  const rounded = Number(shown.toPrecision(Math.min(15, Math.max(digits, whole))));
  return `${rounded}${suffix}`;
}

/** By what a number is multiplied to be shown, and what stands behind it. */
function scaleOf(value: number, unit: ReadingUnit): readonly [scale: number, suffix: string] {
  switch (unit) {
    case 'ratio':
      return [100, ' %'];
    case 'seconds':
      return [1, ' s'];
    case 'milliseconds':
      return [1, ' ms'];
    case 'per-second':
      return [1, ' /s'];
    case 'bytes': {
      const power = Math.min(bytePrefixes.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10));
      return [2 ** (-10 * power), ` ${bytePrefixes[power]}B`];
    }
  }
}

const bytePrefixes = ['', 'Ki', 'Mi', 'Gi', 'Ti'];

/** What a freeze stops, and what it does not (docs/operations.md). */
export const whileFrozen =
  'No deployment begins until a person ends the freeze. Alerts and emergencies still return traffic.';
