import * as z from 'zod';
import { environmentNameSchema, weightsSchema } from './environment.ts';

/** The annotation of the route object that carries the fence, as JSON (DESIGN §5, the fence). */
export const fenceAnnotation = 'sluice.dev/fence';

/** A pause that an alert demanded. It stands on the route, so that no weight rises over it while the database is slow or away (I7). */
const fencePauseSchema = z.object({
  at: z.iso.datetime({ offset: true }),
  /** For people. */
  reason: z.string(),
  /** Which alert: its end may end the pause. */
  alert: z.object({
    environment: environmentNameSchema.nullable(),
    fingerprint: z.string(),
    startsAt: z.string(),
    by: z.string(),
  }),
});

export type FencePause = Readonly<z.output<typeof fencePauseSchema>>;

/** Who last wrote the route, in which turn, and what. Lives on the route object itself, so it needs no database. */
export const fenceSchema = z.object({
  /** The lock's counter when its holder took over. A higher one on the route makes every older holder stale (I12). */
  epoch: z.int().min(1),
  /** Counts the writes of this route, claims included, and never restarts; tells a redelivered write from the next one (I10). */
  seq: z.int().min(1),
  /** Id of the operation that wrote. */
  operation: z.string().min(1),
  /** Where the traffic was before the shift in progress: where a return goes. */
  origin: environmentNameSchema,
  /** The weights that this write left behind, so that drift is seen. */
  weights: weightsSchema,
  /** When it was written, RFC 3339: how recent a shift is, for a rescue without the database (rule 6). Stamped by whoever writes. */
  at: z.iso.datetime({ offset: true }).optional(),
  /** Until a weight is written once a person, or the end of the alert, has ended the pause. */
  paused: fencePauseSchema.optional(),
});

export type Fence = Readonly<z.output<typeof fenceSchema>>;

/** The annotation's value for a fence; keys in a fixed order, so that equal fences are equal text. */
export const formatFence = ({ epoch, seq, operation, origin, weights, at, paused }: Fence): string =>
  JSON.stringify({
    epoch,
    seq,
    operation,
    origin,
    weights: { blue: weights.blue, green: weights.green },
    at,
    paused,
  });

/** Reads the annotation's value. `null` when there is none, or when it is damaged: both count as a lost fence. */
export function parseFence(text: string | undefined | null): Fence | null {
  if (!text) return null;
  try {
    return fenceSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
