import * as z from 'zod';
import { environmentNameSchema } from '../environment.ts';
import { givenReason } from '../given-reason.ts';
import { branchDecisionSchema, foreignChangeSchema } from '../records/branch.ts';
import { told } from './told.ts';

/** `GET /api/services/:name/branches/:environment`: what Sluice has written there, and what somebody else has. */
export const branchSchema = z.object({
  service: z.string(),
  environment: environmentNameSchema,
  repository: z.string(),
  branch: z.string(),
  /** The last commit that Sluice wrote, or began with; null before that. */
  written: z.string().nullable(),
  /** As the newest operation found it; null when none has found anything since Sluice wrote last. */
  foreign: foreignChangeSchema.nullable(),
  /** What a person has decided about exactly that; null when nobody has. */
  decision: branchDecisionSchema.nullable(),
});

/** `POST` to the same: what is to become of exactly the head that the caller has been shown. */
export const decideBranchSchema = z.strictObject({
  kind: z.enum(['reset', 'propose']),
  head: z.string().regex(/^[0-9a-f]{40}$/, 'must be the whole id of the commit that was shown'),
  reason: givenReason,
});

export const branchDecidedSchema = z.object({
  service: z.string(),
  environment: environmentNameSchema,
  outcome: z.enum(['reset', 'proposed', 'already-so']),
  ...told,
});

export type ApiBranch = z.output<typeof branchSchema>;
export type ApiBranchDecided = z.output<typeof branchDecidedSchema>;
