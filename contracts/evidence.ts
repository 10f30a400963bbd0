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

/** One job of a workflow's run of the release's commit, in the newest attempt. */
const jobEvidenceSchema = z.object({
  /** File name of the workflow, e.g. `ci.yml`; empty in evidence that was gathered before jobs were read. */
  workflow: z.string().default(''),
  /** Name of the job as GitHub shows it. */
  name: z.string(),
  /** Null while it is under way. */
  conclusion: checkConclusionSchema,
  url: z.string().nullable().default(null),
});

/** The scan of one manifest: of the image, or of each platform of an image index, which has no scan of its own. */
export const manifestScanSchema = z.object({
  digest: z.string(),
  /** `linux/amd64`; null for an image that is no index. */
  platform: z.string().nullable(),
  /** The registry's own word, such as `COMPLETE` or `IN_PROGRESS`; `NONE` when it knows no scan. */
  status: z.string(),
  /** What the registry says about the status. */
  description: z.string().default(''),
  pushedAt: instantSchema.nullable().default(null),
  /** Findings by severity, as far as the scan has got; null: the registry gave no counts, which is not zero. */
  critical: z.int().min(0).nullable(),
  high: z.int().min(0).nullable(),
  /** The critical findings by id, as often as each was found: what a waiver can name. */
  findings: z.array(z.object({ id: z.string(), count: z.int().min(1) })).default([]),
});

export type ManifestScan = Readonly<z.output<typeof manifestScanSchema>>;

/** Who signed, as the certificate says it in the extensions that Fulcio writes for GitHub's workflows. Null: it says nothing of it. */
export const signerSchema = z.object({
  /** The subject: the workflow that signed, which for a reusable workflow is the called one, with its ref. */
  identity: z.string().nullable(),
  issuer: z.string().nullable(),
  /** The repository whose run it was: `https://github.com/owner/name`. */
  repository: z.string().nullable(),
  /** The branch or tag of that run: `refs/heads/main`. */
  ref: z.string().nullable(),
  /** The commit of that run. */
  commit: z.string().nullable(),
  /** The workflow that was started, with its ref. */
  workflow: z.string().nullable(),
});

export type Signer = Readonly<z.output<typeof signerSchema>>;

/** An attestation or a signature that was found for an image, and whether it holds against the configured trust roots. */
export const attestationSchema = z.object({
  source: z.enum(['github', 'registry']),
  /** Why it does not hold; null when it was verified. Of one that does not hold nothing else is believed. */
  problem: z.string().nullable(),
  /** The in-toto predicate's type; null for a plain signature of an image. */
  predicateType: z.string().nullable(),
  /** What it is about: digests like `sha256:…`. */
  subjects: z.array(z.string()),
  signer: signerSchema.nullable(),
  /** The commit that the predicate of a provenance names; null where it names none. */
  sourceCommit: z.string().nullable().default(null),
});

export type Attestation = Readonly<z.output<typeof attestationSchema>>;

/** What the registry and GitHub know of the image. Lists are null when nobody looked. */
export const imageEvidenceSchema = z.object({
  /** Whether the digest is in the registry. */
  present: z.boolean(),
  scans: z.array(manifestScanSchema).nullable().default(null),
  attestations: z.array(attestationSchema).nullable().default(null),
  /** What versions before `scans` and `attestations` read. Nothing is judged by them any more. */
  scan: z
    .object({ critical: z.int().min(0), high: z.int().min(0) })
    .nullable()
    .optional(),
  signature: z.enum(['verified', 'missing', 'invalid', 'unknown']).optional(),
});

/** Everything that CI and others proved of a release, gathered once before it is judged. */
export const evidenceSchema = z.object({
  gatheredAt: instantSchema,
  /** Page of the CI run. */
  runUrl: z.string(),
  /** How the CI run itself ended. */
  runConclusion: checkConclusionSchema,
  /** Whether the commit is reachable from the branch that it was built for: the deployed one, or the hotfix branch of its run. */
  commitOnBranch: z.boolean(),
  /** Whether it was built by a merge queue that may bring it there yet. */
  inMergeQueue: z.boolean().optional(),
  /** The branch of the run, by which it signs; earlier evidence has none, and is of the deployed branch. */
  branch: z.string().optional(),
  /** File name of the workflow that built the release: where a check without a workflow is looked for. */
  workflow: z.string().default(''),
  /** GitHub logins of who caused the run and of who started its newest attempt. */
  actors: z.array(z.string()).default([]),
  /** Jobs of the workflows that required checks name. */
  checks: z.array(jobEvidenceSchema),
  /** File names of those workflows that have a run of this commit which has not ended: more jobs may come. */
  unfinished: z.array(z.string()).default([]),
  /** The newest deployment of this commit to staging by somebody who may deploy there; null when there is none. */
  staging: z
    .object({
      state: z.string(),
      url: z.string().nullable().default(null),
      /** When it got to that state; null or absent where nobody knows. */
      since: instantSchema.nullable().optional(),
    })
    .nullable(),
  model: releaseModelSchema.nullable(),
  image: imageEvidenceSchema.nullable(),
  /** Change records that the commit or its pull requests name, and the issue that each is; null when nobody looked, as in earlier evidence. */
  changes: z
    .array(
      z.object({
        /** As it is named. */
        id: z.string(),
        /** The address at which the issue would be; absent where none was looked up, and in earlier evidence. */
        lookedUp: z.string().optional(),
        /** Null when there is no such issue, or none was looked up. */
        issue: z
          .object({
            title: z.string(),
            state: z.string(),
            labels: z.array(z.string()),
            url: z.string(),
            isPull: z.boolean(),
          })
          .nullable(),
      }),
    )
    .nullable()
    .optional(),
  /** Required documents: `url` is null for one that the commit does not have. */
  documents: z.array(z.object({ path: z.string(), url: z.string().nullable() })).optional(),
});

export type JobEvidence = Readonly<z.output<typeof jobEvidenceSchema>>;
export type Evidence = Readonly<z.output<typeof evidenceSchema>>;
