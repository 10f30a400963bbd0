import { readCron } from '../../contracts/configuration/cron.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** When a cron expression starts, in the milliseconds of a wall clock. */
export interface Starts {
  /** The last start before `wall`; null when there is none after `oldest`, for which each question goes equally far back. */
  before(wall: number, oldest: number): number | null;
  /** The starts at or after `from` and before `to`, ascending. */
  within(from: number, to: number): number[];
  /** Whether the days on which `from` and `to` lie have starts; what distinguishes two stretches of the same hours. */
  pattern(from: number, to: number): string;
}

/** Told of each piece of work, so that a test can count what a search takes, which no machine changes. */
export type Watch = (work: 'stretch' | 'day' | 'start') => void;

export const nobodyWatches: Watch = () => undefined;

/**
 * @param watch is told of each question about a `day`, and of each `start` that is listed.
 * @throws RangeError when it is no cron expression; the configuration's schema refuses it before.
 */
export function startsOf(schedule: string, watch: Watch = nobodyWatches): Starts {
  const read = readCron(schedule);
  if (read.kind === 'problem') throw new RangeError(`${JSON.stringify(schedule)} ${read.problem}`);
  const { minutes, hours, days, months, weekdays, eitherDay } = read.fields;
  // The same on each day that has any.
  const ofDay = [...hours]
    .flatMap((hour) => [...minutes].map((one) => (hour * 60 + one) * minute))
    .sort((a, b) => a - b);
  const known = new Map<number, boolean>();
  const hasStarts = (number: number): boolean => {
    watch('day');
    const before = known.get(number);
    if (before !== undefined) return before;
    const date = new Date(number * day);
    const dayFits = days.has(date.getUTCDate());
    const weekdayFits = weekdays.has(date.getUTCDay());
    const fits = months.has(date.getUTCMonth() + 1) && (eitherDay ? dayFits || weekdayFits : dayFits && weekdayFits);
    known.set(number, fits);
    return fits;
  };
  /** What `before` found per day, so that a search that goes on from day to day does not look back all the way each time. */
  const lastDays = new Map<number, number | null>();
  const lastDay = (number: number, oldest: number): number | null => {
    let one = number;
    let found: number | null | undefined;
    while (found === undefined) {
      if (one < oldest) found = null;
      else if (hasStarts(one)) found = one;
      else found = lastDays.get(one);
      one -= 1;
    }
    lastDays.set(number, found);
    return found;
  };
  return {
    before(wall, oldest) {
      const today = Math.floor(wall / day);
      if (hasStarts(today)) {
        const index = firstAtLeast(ofDay, wall - today * day) - 1;
        const start = ofDay[index];
        if (start !== undefined) return today * day + start;
      }
      // A day more, since what was found is kept by the day.
      const number = lastDay(today - 1, Math.floor(oldest / day) - 1);
      const start = ofDay.at(-1);
      return number === null || start === undefined ? null : number * day + start;
    },
    within(from, to) {
      const found: number[] = [];
      for (let number = Math.floor(from / day); number * day < to; number += 1) {
        if (!hasStarts(number)) continue;
        const [first, end] = [firstAtLeast(ofDay, from - number * day), firstAtLeast(ofDay, to - number * day)];
        for (const start of ofDay.slice(first, end)) {
          watch('start');
          found.push(number * day + start);
        }
      }
      return found;
    },
    pattern: (from, to) =>
      [Math.floor(from / day), Math.floor((to - 1) / day)].map((number) => (hasStarts(number) ? 'x' : '-')).join(''),
  };
}

/** The index of the first of `sorted` that is at least `value`; its length when there is none. */
function firstAtLeast(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
