import * as z from 'zod';
import { timeText } from './record.ts';

/** The newest release waiting before the lock, one per service: it decides who is newest. */
export const candidateSchema = z.object({
  /** Empty when the last one has stepped down. */
  operation: z.string(),
  version: z.string(),
  commit: z.string(),
  at: timeText,
});

export type Candidate = Readonly<z.output<typeof candidateSchema>>;
