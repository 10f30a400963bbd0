import * as z from 'zod';

/** Bounds of a number of a release, as multiples of the same number of the live one. Spread them into the schema of what is measured. */
export const liveMargin = {
  /** How many times what the live release had it may be: 1.2 is a fifth more. */
  atMost: z.number().min(1, 'must be at least 1: 1.2 is a fifth more than the live release has').optional(),
  /** How many times what the live release had it must be: 0.9 is a tenth less. */
  atLeast: z
    .number()
    .gt(0, 'must be above 0')
    .max(1, 'must be at most 1: 0.9 is a tenth less than the live release has')
    .optional(),
};
