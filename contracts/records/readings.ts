import * as z from 'zod';
import { instantSchema } from '../instant-schema.ts';
import { readingUnits } from '../words.ts';
import { listOf } from './record.ts';

const sideSchema = z.object({
  /** Percent of the traffic. */
  weight: z.int(),
  /** Pods that are ready; null when nobody knows. */
  ready: z.int().nullable().default(null),
  /** Answers behind the readings; null when they are not counted, or were not read. */
  samples: z.number().nullable().default(null),
  /** Readings by the objective's name; one that could not be read is not there. */
  values: z.record(z.string(), z.number()).default({}),
});

/** What one side measured at one look. */
export type ReadSide = Readonly<z.output<typeof sideSchema>>;

const pointSchema = z.object({ at: instantSchema, blue: sideSchema, green: sideSchema });

/** Both sides at one look. */
export type ReadPoint = Readonly<z.output<typeof pointSchema>>;

/**
 * What both sides measured while an operation was judged, oldest first, with the bounds of that time. It is for people alone: nothing is
 * decided by it, and what is odd in it is left out.
 */
export const readingsRecordSchema = z.object({
  objectives: listOf(
    z.object({
      name: z.string(),
      /** One of both at least; records of versions before `min` have a `max`. */
      min: z.number().optional(),
      max: z.number().optional(),
      unit: z.enum(readingUnits).optional(),
      /** Whether it decided nothing; not there in records of versions before `dryRun`. */
      dryRun: z.boolean().optional(),
    }),
  )
    .default([])
    .catch([]),
  /** Points closer than this, in ms, are made one. It grows with the operation, so that it never has more than so many. */
  spacing: z.number().default(0).catch(0),
  points: listOf(pointSchema).default([]).catch([]),
});

export type ReadingsRecord = Readonly<z.output<typeof readingsRecordSchema>>;
