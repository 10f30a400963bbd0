import * as z from 'zod';
import { operationSchema, operationSummarySchema } from './operation.ts';
import { serviceSchema } from './service.ts';

/** Query of `GET /api/overview`. */
export const readOverviewSchema = z.object({
  /** The one of `operation`, else the first of the configuration, when it is not said. */
  service: z.string().min(1).max(100).optional(),
  /** The operation to show in full: the one at work, else the newest, when it is not said. */
  operation: z.string().min(1).max(100).optional(),
});

/** An operation as a line of history. */
export const historyEntrySchema = operationSummarySchema.omit({ checks: true, diagnosis: true });

/**
 * `GET /api/overview`: everything that the console shows, in one answer, so that it changes as a whole and one `ETag` stands for it.
 * Nothing in it depends on the clock alone: while nothing happens it stays byte for byte the same.
 */
export const overviewSchema = z.object({
  /** Mail of who looks; null when only a token is known of them. */
  viewer: z.string().nullable(),
  /** Names of all services. */
  services: z.array(z.string()),
  service: serviceSchema,
  /** Newest first. */
  history: z.array(historyEntrySchema),
  /** Null when nothing ever happened to this service. */
  operation: operationSchema.nullable(),
});

export type ApiOverview = z.output<typeof overviewSchema>;
export type ApiHistoryEntry = z.output<typeof historyEntrySchema>;
