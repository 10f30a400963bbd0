import { hours } from '../../contracts/duration.ts';
import { type Instant, instant, later } from '../../contracts/instant.ts';

/** The clock of a time zone. */
export interface ZoneClock {
  /** Milliseconds by which its wall clock is ahead of UTC at that moment. */
  offsetAt(at: Instant): number;
  /** The first moment after `at` with another offset; null when there is none within 400 days. */
  nextChange(at: Instant): Instant | null;
}

/** A stretch of time with one offset. */
interface Stretch {
  readonly from: Instant;
  readonly offset: number;
  readonly change: Instant | null;
}

/** Less than any zone keeps an offset: the shortest in use, without daylight saving time during Ramadan, lasts a month. */
const step = hours(7 * 24);
const horizon = hours(24 * 400);

const clocks = new Map<string, ZoneClock>();

/** @throws RangeError when the time zone is unknown. */
export function zoneClock(timeZone: string): ZoneClock {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = createClock(timeZone);
  clocks.set(timeZone, clock);
  return clock;
}

function createClock(timeZone: string): ZoneClock {
  // Without Intl, which takes milliseconds to begin with.
  if (timeZone === 'UTC') return { offsetAt: () => 0, nextChange: () => null };
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const ask = (at: Instant): number => {
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hour, minute, second = 0] = /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
    if (sign === undefined) return 0;
    return (sign === '-' ? -1_000 : 1_000) * (Number(hour) * 3_600 + Number(minute) * 60 + Number(second));
  };
  // asking costs a few microseconds and a search hundreds of questions, so what was found is kept
  const known: Stretch[] = [];
  const stretchAt = (at: Instant): Stretch | undefined =>
    known.find(({ from, change }) => at >= from && at < (change ?? from + horizon));
  return {
    offsetAt: (at) => stretchAt(at)?.offset ?? ask(at),
    nextChange(at) {
      const found = stretchAt(at) ?? { from: at, offset: ask(at), change: search(at, ask) };
      if (!known.includes(found)) known.push(found);
      return found.change;
    },
  };
}

function search(at: Instant, ask: (at: Instant) => number): Instant | null {
  const offset = ask(at);
  for (let from = at; from < at + horizon; from = later(from, step)) {
    const to = later(from, step);
    if (ask(to) !== offset) return firstWith(from, to, (moment) => ask(moment) !== offset);
  }
  return null;
}

/** The first millisecond in (`from`, `to`] at which `changed` holds; it does not at `from` and does at `to`. */
function firstWith(from: Instant, to: Instant, changed: (moment: Instant) => boolean): Instant {
  let [before, after] = [from, to];
  while (after - before > 1) {
    const middle = instant(Math.floor((before + after) / 2));
    if (changed(middle)) after = middle;
    else before = middle;
  }
  return after;
}
