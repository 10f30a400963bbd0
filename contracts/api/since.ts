import * as z from 'zod';
import { readDuration } from '../duration.ts';
import { InvalidInput } from '../errors.ts';
import { formatInstant, type Instant, instant } from '../instant.ts';

/** A moment as people name it: itself, or how long ago it is, in ms. */
export type Since = { readonly at: Instant } | { readonly ago: number };

const dateOrTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?$/;

/** `30d`, `12h`, `2026-11-01`, `2026-11-01T09:00Z`. Dates begin at midnight, UTC. */
export const sinceSchema = z.string().transform((text, context): Since => {
  const ago = readDuration(text);
  if (ago !== null) return { ago };
  const at = dateOrTime.test(text) ? Date.parse(text) : Number.NaN;
  // `Date.parse` takes 2026-11-31 for the first of December.
  if (Number.isFinite(at) && new Date(at).toISOString().startsWith(text.slice(0, 10))) return { at: instant(at) };
  const message = `${JSON.stringify(text)} is neither a time like 2026-11-01 or 2026-11-01T09:00Z nor a duration like 30d`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** When that was, as seen from now. */
export const momentOf = (since: Since, now: Instant): Instant => ('at' in since ? since.at : instant(now - since.ago));

/**
 * Refuses a time in which nothing can have happened: an answer of "nothing" would be taken for news.
 *
 * @throws {InvalidInput} for one that ends before it begins, or has not begun.
 */
export function refuseEmptyTime(from: Instant | undefined, to: Instant | undefined, now: Instant): void {
  if (from === undefined) return;
  if (to !== undefined && from >= to)
    throw new InvalidInput(`\`since\` (${formatInstant(from)}) is not before \`until\` (${formatInstant(to)}).`);
  if (from > now)
    throw new InvalidInput(`\`since\` (${formatInstant(from)}) has not come yet: it is ${formatInstant(now)}.`);
}
