import * as z from 'zod';
import { positiveDurationSchema } from '../duration-schema.ts';
import { environmentNameSchema } from '../environment.ts';
import { givenReason as reason } from '../given-reason.ts';
import { outcomes } from '../operation.ts';
import { deploymentTypeSchema, lastKnownGood } from '../trigger.ts';
import { versionSchema } from '../version.ts';
import { wholeObject } from '../whole-object.ts';
import { sinceSchema } from './since.ts';

const service = z.string().min(1).max(100);

/** `POST /api/deployments`. A hotfix says why it is one. */
export const startDeploymentSchema = z
  .strictObject({
    service,
    version: versionSchema,
    type: deploymentTypeSchema.default('standard'),
    justification: reason.nullable().default(null),
    /** Declares that what is live is older, where Git cannot tell, and says why that is known. */
    liveIsOlder: reason.nullable().default(null),
  })
  .refine((body) => body.type !== 'hotfix' || body.justification !== null, {
    path: ['justification'],
    error: 'must say why it is a hotfix',
    ...wholeObject,
  });

/**
 * `POST /api/rollbacks`. `last-known-good` is a word, not a version; an emergency skips the approval (I3). `hold` puts on hold what a planned
 * one leaves, which an emergency does anyway.
 */
export const startRollbackSchema = z.strictObject({
  service,
  version: z.union([z.literal(lastKnownGood), versionSchema], {
    error: `must be a version like v2.1.0, or ${lastKnownGood}`,
  }),
  reason,
  emergency: z.boolean().default(false),
  hold: z.boolean().default(false),
});

/**
 * `POST /api/services/:name/traffic`: `percentage` of the traffic on `to`, the rest on `from`. While a switch is under way the same
 * request changes it; `percentage: 100` back on its origin ends it.
 */
export const switchTrafficSchema = z
  .strictObject({
    from: environmentNameSchema,
    to: environmentNameSchema,
    percentage: z.int('must be a whole number').min(0).max(100),
    reason,
    /** How long a split stays before everything goes back; `deadlines.switch` unless written. */
    for: positiveDurationSchema.optional(),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    error: 'must be the other side: the traffic is to go from one to the other',
    ...wholeObject,
  });

/** `POST /api/operations/:id/abort`. */
export const abortOperationSchema = z.strictObject({ reason });

/** `POST /api/services/:name/health-check`. */
export const checkHealthSchema = z.strictObject({ environment: environmentNameSchema });

/** Query of `GET /api/operations`. */
export const listOperationsSchema = z.object({
  service: service.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  /** Only those that began then or later, and before `until`. */
  since: sinceSchema.optional(),
  until: sinceSchema.optional(),
  outcome: z.enum(outcomes).optional(),
  /** Only those before this one: the `next` of the page before. */
  before: z.string().min(1).max(100).optional(),
});

export type StartDeployment = z.input<typeof startDeploymentSchema>;
export type StartRollback = z.input<typeof startRollbackSchema>;
export type SwitchTraffic = z.input<typeof switchTrafficSchema>;
export type AbortOperation = z.input<typeof abortOperationSchema>;
export type CheckHealth = z.input<typeof checkHealthSchema>;
