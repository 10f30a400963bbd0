import * as z from 'zod';
import { deploymentTypeSchema } from '../trigger.ts';
import { timeText } from './record.ts';

/** The newest release waiting before the lock: one per service, and beside it one hotfix. */
export const candidateSchema = z.object({
  /** Empty when the last one has stepped down. */
  operation: z.string(),
  version: z.string(),
  commit: z.string(),
  at: timeText,
  type: deploymentTypeSchema.catch('standard'),
});

export type Candidate = Readonly<z.output<typeof candidateSchema>>;
