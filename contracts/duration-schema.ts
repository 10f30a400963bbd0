import * as z from 'zod';
import { type Milliseconds, readDuration } from './duration.ts';

/** Duration text in a document, read into milliseconds. */
export const durationSchema = z.string().transform((text, context): Milliseconds => {
  const parsed = readDuration(text);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is not a duration like 5m, 1h30m or 500ms` });
  return z.NEVER;
});

/** Like `durationSchema`, and longer than nothing. */
export const positiveDurationSchema = durationSchema.refine((duration) => duration > 0, 'must be longer than 0s');
