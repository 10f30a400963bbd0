import * as z from 'zod';
import type { Instant } from '../../contracts/instant.ts';
import { instantSchema } from '../../contracts/instant-schema.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { type DryRunState, dryRunAnew } from '../../core/judgement/dry-run.ts';
import type { JudgementState } from '../../core/judgement/judge.ts';
import type { HealthState } from '../../core/judgement/target-health.ts';

const stateSchema: z.ZodType<JudgementState | null> = z
  .object({ brokenSince: z.record(z.string(), instantSchema), inconclusiveSince: instantSchema.nullable() })
  .nullable();

const counts = z.record(z.string(), z.int());
const healthSchema: z.ZodType<HealthState> = z.object({
  failed: counts,
  stuckSince: z.record(z.string(), instantSchema),
  tooFewSince: instantSchema.nullable(),
  restartsBefore: counts.nullable(),
});

const dryRunSchema: z.ZodType<DryRunState> = z.object({
  brokenSince: z.record(z.string(), instantSchema),
  failed: z.record(z.string(), z.string()),
});

/** What is carried from look to look, on the operation. */
const judgingSchema = z.object({
  since: instantSchema,
  state: stateSchema,
  /** Of the origin; it is judged only while the target is breaking. */
  origin: stateSchema,
  /** Null before the first look, and in records of versions that did not judge it. */
  health: healthSchema.nullable().default(null),
  /** Of what only runs dry. Null before the first look, where there is nothing of that kind, and in records of versions that knew none. */
  dryRun: dryRunSchema.nullable().default(null),
  /** The latest look; null before the first one. */
  lookedAt: instantSchema.nullable().default(null),
});

export type Judging = Readonly<z.output<typeof judgingSchema>>;

export function readJudging({ judgement }: Pick<OperationRecord, 'judgement'>, now: Instant): Judging {
  // What is not there, or cannot be read, begins anew: the step is judged for longer, never for less.
  return judgingSchema.safeParse(judgement).data ?? unjudgedSince(now);
}

const unjudgedSince = (since: Instant): Judging => ({
  since,
  state: null,
  origin: null,
  health: null,
  dryRun: null,
  lookedAt: null,
});

/** The judgement of a step that begins now. Health goes on: a pod that has restarted twice at 5 % has done so at 25 %, too. */
export function judgingAnew(operation: Pick<OperationRecord, 'judgement'>, now: Instant): Judging {
  const { health, dryRun } = readJudging(operation, now);
  return { ...unjudgedSince(now), health, dryRun: dryRun && dryRunAnew(dryRun) };
}

/** The judgement of an operation that a person lets go on: nothing of what was bad counts any more. */
export function judgingResumed(operation: Pick<OperationRecord, 'judgement'>, now: Instant): Judging {
  const { dryRun } = readJudging(operation, now);
  return { ...unjudgedSince(now), dryRun: dryRun && dryRunAnew(dryRun) };
}
