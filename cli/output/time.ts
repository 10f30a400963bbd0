import { milliseconds } from '../../contracts/duration.ts';
import { formatInstant, type Instant, instant } from '../../contracts/instant.ts';
import { durationWords } from '../../contracts/words.ts';

/** `10:41:03Z`, as in every log beside this one; `11:41:03` by the clock of a time zone. */
export const clockTime = (at: Instant, timeZone: string | null = null): string =>
  timeZone === null ? `${formatInstant(at).slice(11, 19)}Z` : localTime(at, timeZone).slice(11);

/** `2026-11-23 11:41:03` */
const localTime = (at: Instant, timeZone: string): string =>
  // Swedish writes dates and times as ISO 8601 does.
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at);

/**
 * A text with its times by another clock: `2026-11-23 10:41:03Z` becomes `2026-11-23 11:41:03`, with a space more where columns follow. The
 * texts of the server are among them, which gives times in UTC.
 */
export const inTimeZone = (text: string, timeZone: string): string =>
  text.replaceAll(/\b(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)Z( {2})?/g, (found, day: string, time: string, gap = '') => {
    const at = Date.parse(`${day}T${time}Z`);
    return Number.isNaN(at) ? found : `${localTime(instant(at), timeZone)}${gap === '' ? '' : '   '}`;
  });

/** `1 min 12 s`: whole seconds that passed between two instants. */
export const elapsed = (from: Instant, to: Instant): string =>
  durationWords(milliseconds(Math.max(0, Math.floor((to - from) / 1_000) * 1_000)));
