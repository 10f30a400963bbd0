import * as z from 'zod';
import { environmentNameSchema } from '../environment.ts';

/** `GET /api/services/:name/good-versions`: where a rollback may go now, the newest first. */
export const goodVersionsSchema = z.object({
  versions: z
    .array(
      z.object({
        version: z.string(),
        digest: z.string(),
        /** When its deployment succeeded. */
        succeededAt: z.string(),
        /** The side that runs it without traffic, or with less than all; null where it has to be deployed first. */
        runsOn: environmentNameSchema.nullable(),
        /** How long the traffic takes to be there. */
        takes: z.enum(['seconds', 'minutes']),
        /** Why so long, as half a sentence. */
        text: z.string(),
      }),
    )
    .readonly(),
});

export type ApiGoodVersions = z.output<typeof goodVersionsSchema>;
