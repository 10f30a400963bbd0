import * as z from 'zod';
import { listOf, timeText } from './record.ts';

/**
 * What is wrong with a service while nothing is at work, one item for each service: who was told already, so that nobody is told at every
 * look. When it cannot be read, people are told once more, which is better than not at all (`catch`).
 */
export const atRestRecordSchema = z.object({
  /** By what is wrong (core/traffic/at-rest.ts). */
  open: z.record(z.string(), z.object({ since: timeText, paged: listOf(z.string()) })).catch({}),
  /** Counts the writes: of two looks at once one pages. */
  revision: z.int().catch(0),
});

export type AtRestRecord = Readonly<z.output<typeof atRestRecordSchema>>;
