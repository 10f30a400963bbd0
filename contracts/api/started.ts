import * as z from 'zod';
import { told } from './told.ts';

/** What a start answers with 202. */
export const startedSchema = z.object({
  /** Id of the operation; null when an earlier start of the same name is not known any more. */
  operation: z.string().nullable(),
  /** ARN of the execution. */
  execution: z.string(),
  /** Whether nothing was started: an operation carries this version already, with the approvals that it has. */
  joined: z.boolean().optional(),
});

/** What an abort answers with 202: it ends by itself before the lock, and is returned by a rollback after it. A rollback at work ends where it is. */
export const abortedSchema = z.object({
  operation: z.string(),
  /** The rollback that returns the traffic; null when there is nothing to return. */
  rollback: startedSchema.nullable(),
  // An API from before an upgrade does not say it.
  did: told.did.default([]),
  didNot: told.didNot.default([]),
  next: told.next.default([]),
});

export type ApiStarted = z.output<typeof startedSchema>;
export type ApiAborted = z.output<typeof abortedSchema>;
