/** Times for people. Instants are milliseconds since 1970; `now` always comes in. */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `just now`, `12 s ago`, `in 3 min`, `2 h ago`, `4 days ago`. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 2 * second) return 'just now';
  const words = roughly(distance);
  return at < now ? `${words} ago` : `in ${words}`;
}

/**
 * `6 s`, `3 min`, `2 h`, `4 days`.
 * `length` in ms.
 */
export function roughly(length: number): string {
  if (length < minute) return `${Math.floor(length / second)} s`;
  if (length < hour) return `${Math.floor(length / minute)} min`;
  if (length < 2 * day) return `${Math.floor(length / hour)} h`;
  return `${Math.floor(length / day)} days`;
}

/**
 * `40 ms`, `3.1 s`, `4 min 10 s`, `2 h 5 min`.
 * `length` in ms.
 */
export function duration(length: number): string {
  if (length < second) return `${Math.max(0, Math.round(length))} ms`;
  if (length < 10 * second) return `${(length / second).toFixed(1)} s`;
  if (length < minute) return `${Math.round(length / second)} s`;
  if (length < hour) return withRest(Math.floor(length / minute), 'min', Math.floor((length % minute) / second), 's');
  return withRest(Math.floor(length / hour), 'h', Math.floor((length % hour) / minute), 'min');
}

const withRest = (whole: number, unit: string, rest: number, restUnit: string): string =>
  rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${restUnit}`;

/** The time of day to the second, `09:44:58`, where the reader is; in UTC when `timeZone` says so. */
export const clock = (at: number, timeZone?: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', ...(timeZone ? { timeZone } : {}) }).format(at);

/** The day as well, for what may be days away: `Mon 23 Nov, 09:44:58`. */
export const dayAndClock = (at: number, timeZone?: string): string =>
  `${new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', ...(timeZone ? { timeZone } : {}) }).format(at).replace(',', '')}, ${clock(at, timeZone)}`;

/** The whole of it, here and in UTC: `Mon, 23 Nov 2026, 10:44:58 CET · 2026-11-23T09:44:58.878Z`. */
export function exact(at: number, timeZone?: string): string {
  const here = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
    ...(timeZone ? { timeZone } : {}),
  }).format(at);
  return `${here} · ${new Date(at).toISOString()}`;
}
