import { formatDuration, milliseconds } from '../../contracts/duration.ts';
import { formatInstant, type Instant } from '../../contracts/instant.ts';

/** `10:41:03Z`: times are UTC, as in every log beside this one. */
export const clockTime = (at: Instant): string => `${formatInstant(at).slice(11, 19)}Z`;

/** `2026-11-23 10:41:03Z`, from an ISO 8601 text. */
export const dateTime = (text: string): string => text.replace('T', ' ').replace(/(\.\d+)?Z$/, 'Z');

/** `1m12s`: whole seconds that passed between two instants. */
export const elapsed = (from: Instant, to: Instant): string =>
  formatDuration(milliseconds(Math.max(0, Math.floor((to - from) / 1_000) * 1_000)));
