import * as z from 'zod';

/** Who set a minimum: the holder's epoch and operation, in the same annotation as the route's fence. */
export interface CapacityFence {
  readonly epoch: number;
  readonly operation: string;
  /** The minimum that this write left behind, so that drift is seen; absent where another kind of object is fenced. */
  readonly minimum?: number | undefined;
  /** The minimum that people want, below which Sluice does not go; absent when they have set nothing (docs/adr/0035). */
  readonly people?: number | undefined;
  /** What was there before, as long as the replicas themselves are still to be written; only where no autoscaler carries them. */
  readonly before?: number | undefined;
}

const fenceSchema = z.object({
  epoch: z.int(),
  operation: z.string(),
  minimum: z.int().optional(),
  people: z.int().optional(),
  before: z.int().optional(),
});

/** The annotation's value; keys in a fixed order, so that equal fences are equal text. */
export const formatCapacityFence = ({ epoch, operation, minimum, people, before }: CapacityFence): string =>
  JSON.stringify({ epoch, operation, minimum, people, before });

/** Reads the annotation; null when there is none or it is damaged, and then the lock's holder writes a new one. */
export function readCapacityFence(text: string | undefined): CapacityFence | null {
  if (!text) return null;
  try {
    return fenceSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
