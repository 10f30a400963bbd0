import * as z from 'zod';
import { environmentNameSchema } from '../environment.ts';
import { evidenceSchema } from '../evidence.ts';
import { releaseModelSchema, releaseSchema } from '../release.ts';
import { measuredSchema } from './measured.ts';
import { timeText } from './record.ts';

// CI's file is strict, so that no misspelling passes; a record may have been written by a newer version, whose fields are left aside.
const model = releaseModelSchema.strip().nullable();

/** What is known of a release: where it came from, what was proven of it, whether it was allowed in (I3). */
export const releaseRecordSchema = z.object({
  release: releaseSchema.extend({ model }),
  evidence: evidenceSchema.extend({ model }),
  validatedAt: timeText.nullable().default(null),
  approvedAt: timeText.nullable().default(null),
  /** When it last became the active release by a deployment that succeeded, and where. */
  succeededAt: timeText.nullable().default(null),
  /** SHA-256 of what the Application added to the chart when it went live last (core/gitops/application-source.ts). */
  source: z.string().nullable().default(null),
  environment: environmentNameSchema.nullable().default(null),
  /** What it had measured on staging when it was validated: what later releases are compared with, whatever the source still knows. */
  measured: measuredSchema.nullable().default(null).catch(null),
});

export type ReleaseRecord = Readonly<z.output<typeof releaseRecordSchema>>;
