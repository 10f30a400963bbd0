import * as z from 'zod';
import { environmentNameSchema } from '../environment.ts';
import { operationKinds, operationStates, outcomes } from '../operation.ts';
import { operationWaitingSchema } from './operation.ts';

const operationLine = z.object({
  id: z.string(),
  kind: z.enum(operationKinds),
  /** Of its release, or the one that was asked for; null where nobody knows. */
  version: z.string().nullable(),
});

/** A service in a line: what somebody needs to see which of two hundred needs a person. */
export const serviceLineSchema = z.object({
  name: z.string(),
  /** What has the most of its traffic, by the live route; null when nobody knows. */
  active: environmentNameSchema.nullable(),
  /** What runs there. */
  version: z.string().nullable(),
  /** Its pods that are ready; null when nobody knows, and from an earlier API. */
  ready: z.int().nullable().default(null),
  /** Null when the route could not be read. */
  weights: z.object({ blue: z.int(), green: z.int() }).nullable(),
  frozen: z.object({ reason: z.string(), at: z.string() }).nullable(),
  /** Why the route or what runs there could not be read; null when both could. */
  problem: z.string().nullable(),
  /** The newest operation that has not ended, and what it waits for. */
  atWork: operationLine
    .extend({
      state: z.enum(operationStates),
      startedAt: z.string(),
      waiting: operationWaitingSchema.pick({ kind: true, text: true, until: true }).nullable(),
    })
    .nullable(),
  /** How the newest operation that has ended did. */
  last: operationLine
    .extend({ outcome: z.enum(outcomes), reason: z.string().nullable(), endedAt: z.string().nullable() })
    .nullable(),
});

/** `GET /api/summary`: all services, in the order of sluice.yaml. */
export const summarySchema = z.object({
  viewer: z.string().nullable(),
  services: z.array(serviceLineSchema).readonly(),
});

export type ApiSummary = z.output<typeof summarySchema>;
export type ApiServiceLine = ApiSummary['services'][number];
