import * as z from 'zod';
import { environmentNameSchema } from '../environment.ts';
import { evidenceSchema } from '../evidence.ts';
import { operationKinds, operationStates, outcomes } from '../operation.ts';
import { releaseSchema } from '../release.ts';
import { checkResult, operationApprovalsSchema } from './operation.ts';

const time = z.string();
const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

/** The name of this form of the document: fields are added to it, never taken away or changed, or else the number rises. */
export const recordFormat = 'sluice/deployment-record/1';

/**
 * `GET /api/operations/:id/record`: one document that says of an operation what was deployed, what proved it, who approved it, what was found and how it
 * ended, for whoever archives deployments. It is complete once `outcome` is there; `audit` says by what it is proven.
 */
export const deploymentRecordSchema = z.object({
  format: z.literal(recordFormat),
  id: z.string(),
  kind: z.enum(operationKinds),
  service: z.string(),
  repository: z.string().nullable(),
  /** Who or what asked for it, and in words why. */
  actor: z.string(),
  trigger: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  state: z.enum(operationStates),
  outcome: z.enum(outcomes).nullable(),
  reason: z.string().nullable(),
  /** The operation that this one returns, or that returned it. */
  related: z.string().nullable(),
  /** What it is about: with what CI said of it, and what was proven. Null where the release is not known any more. */
  release: releaseSchema
    .omit({ service: true })
    .extend({
      chartTree: z.string().nullable(),
      validatedAt: time.nullable(),
      approvedAt: time.nullable(),
      evidence: evidenceSchema,
    })
    .nullable(),
  /** What was live before. */
  replaced: z.object({ version: z.string(), digest: z.string(), environment: environmentNameSchema }).nullable(),
  origin: environmentNameSchema.nullable(),
  target: environmentNameSchema.nullable(),
  /** The commit on the target's branch of the deploy repository. */
  gitCommit: z.string().nullable(),
  /** Percent, as it left them. */
  weights: z.object({ blue: z.int(), green: z.int() }).nullable(),
  /** Each state that it entered. */
  phases: list(z.object({ state: z.enum(operationStates), at: time })),
  checks: list(checkResult),
  diagnosis: list(z.string()),
  approvals: operationApprovalsSchema.nullable(),
  audit: z.object({
    /** Where its chain of entries stood: `sluice audit verify` proves it. Null when an earlier Sluice wrote it. */
    head: z.object({ seq: z.int(), hash: z.string() }).nullable(),
    /** When the head was put where nobody can change it, and in which bucket. */
    anchoredAt: time.nullable(),
    anchoredIn: z.string().nullable(),
  }),
});

export type DeploymentRecord = z.output<typeof deploymentRecordSchema>;
