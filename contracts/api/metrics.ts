import * as z from 'zod';
import { operationStates, outcomes } from '../operation.ts';
import { sinceSchema } from './since.ts';

/** Query of `GET /api/metrics`. */
export const readMetricsSchema = z.strictObject({
  service: z.string().min(1).max(100).optional(),
  /** From when on: a time, or how long ago (`30d`). */
  since: sinceSchema.default({ ago: 30 * 24 * 3_600_000 }),
  /** Up to when; now unless written. */
  until: sinceSchema.optional(),
});

/** How long something took, in ms; null where it never happened. */
const spreadSchema = z.object({ count: z.int(), median: z.number(), p90: z.number() }).nullable();

export type Spread = Readonly<NonNullable<z.output<typeof spreadSchema>>>;

const share = z.number().nullable();

/** What the operations of a time say of how releases come in. Shares are 0 to 1, null where there is nothing to take a share of. */
export const deliveryMetricsSchema = z.object({
  /** Deployments that began in this time, by how they ended; those that have not ended are `open`. */
  deployments: z.object({ began: z.int(), open: z.int(), outcomes: z.partialRecord(z.enum(outcomes), z.int()) }),
  /** Deployments that succeeded, per day. */
  deploymentFrequency: z.number(),
  /** From the release's commit to the end of the deployment that succeeded. */
  leadTime: spreadSchema,
  /** Of the deployments that gave a release traffic and have ended, those whose traffic had to be returned, or that froze. */
  changeFailureRate: share,
  /** From the start of each return that was no person's plan until the traffic was back. */
  timeToRestore: spreadSchema,
  /** Of the deployments that have ended, those that succeeded. */
  successRate: share,
  /** Returns that moved traffic, per day, and who asked for them. */
  rollbackFrequency: z.number(),
  rollbacks: z.object({ automatic: z.int(), emergency: z.int(), planned: z.int() }),
  /** How long deployments were in each state. */
  phases: z.partialRecord(z.enum(operationStates), spreadSchema),
});

export type DeliveryMetrics = z.output<typeof deliveryMetricsSchema>;

/** `GET /api/metrics`. */
export const metricsSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** Of all services that were asked about, together. */
  all: deliveryMetricsSchema,
  services: z.array(z.object({ service: z.string(), metrics: deliveryMetricsSchema })).readonly(),
});

export type ApiMetrics = z.output<typeof metricsSchema>;
