import * as z from 'zod';
import { timeText } from './record.ts';

/**
 * Why a release may not be deployed again (I6). The item's key has the digest, and that is what holds: whatever else is odd, the hold stays,
 * and says that it could not be read.
 */
export const holdRecordSchema = z.object({
  version: z.string().catch('unknown'),
  reason: z.string().catch('its hold could not be read; release it once you know why it was set'),
  operation: z.string().catch('unknown'),
  at: timeText.catch('unknown'),
  /** Anything but a clear yes holds on. */
  lifted: z.boolean().catch(false),
});

export interface Hold extends Readonly<Omit<z.output<typeof holdRecordSchema>, 'lifted'>> {
  readonly digest: string;
}
