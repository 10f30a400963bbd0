import * as z from 'zod';
import { instantSchema } from './instant-schema.ts';
import { releaseModelSchema } from './release.ts';

/** How a check run or commit status ended, in GitHub's words; null while it has not. */
export const checkConclusionSchema = z
  .enum([
    'success',
    'failure',
    'neutral',
    'cancelled',
    'skipped',
    'timed_out',
    'action_required',
    'stale',
    'startup_failure',
  ])
  .nullable();

export type CheckConclusion = z.output<typeof checkConclusionSchema>;

/** What the registry knows of the image. */
export const imageEvidenceSchema = z.object({
  /** Whether the digest is in the registry. */
  present: z.boolean(),
  /** Findings of the scan by severity; null when no finished scan is there. */
  scan: z.object({ critical: z.int().min(0), high: z.int().min(0) }).nullable(),
  /** `verified`: an attestation whose subject is this digest; `unknown`: nobody looked. */
  signature: z.enum(['verified', 'missing', 'invalid', 'unknown']),
});

/** Everything that CI and others proved of a release, gathered once before it is judged. */
export const evidenceSchema = z.object({
  gatheredAt: instantSchema,
  /** Page of the CI run. */
  runUrl: z.string(),
  /** How the CI run itself ended. */
  runConclusion: checkConclusionSchema,
  /** Whether the commit is reachable from the configured branch. */
  commitOnBranch: z.boolean(),
  checks: z.array(z.object({ name: z.string(), conclusion: checkConclusionSchema })),
  /** The newest GitHub deployment of this commit to the staging environment; null when there is none. */
  staging: z.object({ state: z.string(), url: z.string().nullable().default(null) }).nullable(),
  model: releaseModelSchema.nullable(),
  image: imageEvidenceSchema.nullable(),
});

export type Evidence = Readonly<z.output<typeof evidenceSchema>>;
