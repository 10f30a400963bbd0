import * as z from 'zod';
import { type Instant, instant } from './instant.ts';

/** Epoch milliseconds in JSON. */
export const instantSchema = z.number().transform((value) => instant(value));

/** An RFC 3339 time in JSON, read into an instant. */
export const instantTextSchema = z.string().transform((text, context): Instant => {
  const parsed = Date.parse(text);
  if (!Number.isNaN(parsed)) return instant(parsed);
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is not an RFC 3339 time` });
  return z.NEVER;
});
