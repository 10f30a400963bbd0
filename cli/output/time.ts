import { milliseconds } from '../../contracts/duration.ts';
import { formatInstant, type Instant } from '../../contracts/instant.ts';
import { durationWords } from '../../contracts/words.ts';

/** `10:41:03Z`: times are UTC, as in every log beside this one. */
export const clockTime = (at: Instant): string => `${formatInstant(at).slice(11, 19)}Z`;

/** `1 min 12 s`: whole seconds that passed between two instants. */
export const elapsed = (from: Instant, to: Instant): string =>
  durationWords(milliseconds(Math.max(0, Math.floor((to - from) / 1_000) * 1_000)));
