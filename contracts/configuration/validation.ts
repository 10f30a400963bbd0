import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { positiveDurationSchema } from '../duration-schema.ts';
import { nameKey } from '../name-key.ts';
import { complianceSchema } from './compliance.ts';
import { imageRulesSchema } from './image.ts';
import { liveMargin } from './live-margin.ts';
import { performanceSchema } from './performance.ts';
import { text, uniqueBy } from './primitives.ts';

const boundsSchema = z
  .strictObject({ min: z.number().optional(), max: z.number().optional(), ...liveMargin })
  .refine(
    (bounds) => Object.values(bounds).some((bound) => bound !== undefined),
    'must have min, max, atMost or atLeast: else it proves nothing',
  )
  .refine((bounds) => (bounds.min ?? -Infinity) <= (bounds.max ?? Infinity), 'min must not be above max');

const checkName = text.superRefine((name, context) => {
  if (/^\.github\/|\.ya?ml\/?$/.test(name)) {
    context.addIssue({
      code: 'custom',
      message: 'must be a job, alone or after the file of its workflow: ci.yml/test',
    });
  }
});

/** Conclusions of a job that are neither good nor bad. */
const acceptable = z.enum(['skipped', 'neutral']);

/** A job that must have succeeded: `test` of the workflow that builds the release, or `scan.yml/image` of another one. */
const requiredCheckSchema = z.preprocess(
  (check) => (typeof check === 'string' ? { name: check } : check),
  z.strictObject({
    name: checkName,
    /** What counts as good beside `success`. */
    accept: z.array(acceptable).readonly().default([]),
  }),
);

/** Where the commit must have been deployed well, and whose deployments count. */
const stagingSchema = z.preprocess(
  (staging) => (typeof staging === 'string' ? { environment: staging } : staging),
  z.strictObject({
    /** Name of the GitHub environment. */
    environment: text,
    /** GitHub logins, and apps as `app/slug`: whoever may write to the repository can create a deployment. */
    createdBy: z
      .array(text)
      .min(1, 'must name who may deploy there')
      .default(['github-actions[bot]'])
      .superRefine(uniqueBy(nameKey, 'creator')),
  }),
);

/** `validation:` of a service: what a release must prove; nothing is required that is not written. */
export const validationSchema = z.strictObject({
  staging: stagingSchema.nullable().default(null),
  requiredChecks: z
    .array(requiredCheckSchema)
    .default([])
    .superRefine(uniqueBy(({ name }) => name, 'check')),
  /** Bounds for the model's metrics, by themselves and as multiples of what the live release's model has. */
  model: z.record(z.string(), boundsSchema).default({}),
  image: imageRulesSchema.prefault({}),
  compliance: complianceSchema.prefault({}),
  /** What the release must have measured on staging, by bounds and beside the live release; null: nothing is measured. */
  performance: performanceSchema.nullable().default(null),
  /** How long evidence that is under way (the run, a check, a scan, staging) is waited for. */
  waitFor: positiveDurationSchema.default(parseDuration('30m')),
  /** How old the evidence may be when the deployment starts to change something; it is gathered and judged again then, and approvals stay if it says the same. */
  maxAge: positiveDurationSchema.default(parseDuration('1h')),
});

/** What a release must prove. */
export type RequiredCheck = Readonly<z.output<typeof requiredCheckSchema>>;

/** A required check by the file of its workflow and its job; the workflow is null where only the job is named. */
export function splitCheck(name: string): { workflow: string | null; job: string } {
  const [, workflow, job] = /^([^/]+\.ya?ml)\/(.+)$/.exec(name) ?? [];
  return workflow === undefined || job === undefined ? { workflow: null, job: name } : { workflow, job };
}

export type ValidationRules = Readonly<z.output<typeof validationSchema>>;
