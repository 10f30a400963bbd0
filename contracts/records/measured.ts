import * as z from 'zod';
import { listOf, timeText } from './record.ts';

const readingSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('value'), value: z.number() }),
  z.object({ kind: z.literal('no-data'), reason: z.string().optional() }),
  z.object({ kind: z.literal('unreachable'), reason: z.string() }),
]);

/** What was measured of one release on staging (`validation.performance`). */
export const measuredSchema = z.object({
  version: z.string(),
  /** When its window there is over; null where nobody knows when it was deployed to staging. */
  until: timeText.nullable(),
  /** What the source said of that window; nothing before it is over. */
  readings: listOf(
    z.object({
      name: z.string(),
      /** The query as it was asked: an answer to another one says nothing. */
      asked: z.string(),
      reading: readingSchema,
    }),
  ),
});

export type Measured = Readonly<z.output<typeof measuredSchema>>;

/** What was measured of a release, and of the live one; null where nothing is live. */
export const measuredBesideSchema = z.object({ release: measuredSchema, live: measuredSchema.nullable() });

export type MeasuredBeside = Readonly<z.output<typeof measuredBesideSchema>>;
