import * as z from 'zod';
import { readDuration } from '../duration.ts';
import { type Instant, instant } from '../instant.ts';

/** A moment as people name it: itself, or how long ago it is, in ms. */
export type Since = { readonly at: Instant } | { readonly ago: number };

const dateOrTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?$/;

/** `30d`, `12h`, `2026-11-01`, `2026-11-01T09:00Z`. Dates begin at midnight, UTC. */
export const sinceSchema = z.string().transform((text, context): Since => {
  const ago = readDuration(text);
  if (ago !== null) return { ago };
  const at = dateOrTime.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return { at: instant(at) };
  const message = `${JSON.stringify(text)} is neither a time like 2026-11-01 or 2026-11-01T09:00Z nor a duration like 30d`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** When that was, as seen from now. */
export const momentOf = (since: Since, now: Instant): Instant => ('at' in since ? since.at : instant(now - since.ago));
