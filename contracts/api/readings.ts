import * as z from 'zod';
import { readingUnits } from '../words.ts';

const sideSchema = z.object({
  /** Percent of the traffic. */
  weight: z.int(),
  /** Pods that are ready; null when nobody knows. */
  ready: z.int().nullable(),
  /** Answers behind the readings; null when they are not counted, or were not read. */
  samples: z.number().nullable(),
  /** Readings by the objective's name; one that could not be read is not there. */
  values: z.record(z.string(), z.number()),
});

/**
 * `GET /api/operations/:id/readings`: what both sides measured while it was judged. Empty for an operation that was never judged, or from
 * before readings were kept. Of a long one, adjacent looks are one point, with the worse readings of both.
 */
export const operationReadingsSchema = z.object({
  operation: z.string(),
  /** What is measured, with its bounds of that time. A `ratio` is 0 to 1. */
  objectives: z
    .array(
      z.object({
        name: z.string(),
        /** What a reading must not be below; null where there is no such bound, and from an earlier API. */
        min: z.number().nullable().default(null),
        /** What a reading must not be above; null where there is no such bound. */
        max: z.number().nullable(),
        unit: z.enum(readingUnits).nullable(),
        /** Whether it only runs dry, and decides nothing. */
        dryRun: z.boolean().default(false),
      }),
    )
    .readonly(),
  /** Oldest first. */
  points: z.array(z.object({ at: z.string(), blue: sideSchema, green: sideSchema })).readonly(),
});

export type ApiReadings = z.output<typeof operationReadingsSchema>;
export type ApiReadPoint = ApiReadings['points'][number];
