import * as z from 'zod';
import { timeText } from './record.ts';

/** Why no deployment begins on a service until a person ends the freeze. An odd one freezes all the same, and says that it could not be read. */
export const freezeRecordSchema = z.object({
  reason: z.string().catch('its freeze could not be read; unfreeze the service once you know why it was set'),
  operation: z.string().nullable().catch(null),
  by: z.string().catch('unknown'),
  at: timeText.catch('unknown'),
  /** Anything but a clear yes freezes on. */
  lifted: z.boolean().catch(false),
});

export type Freeze = Readonly<Omit<z.output<typeof freezeRecordSchema>, 'lifted'>>;
