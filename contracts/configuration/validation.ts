import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { positiveDurationSchema } from '../duration-schema.ts';
import { text, uniqueBy } from './primitives.ts';

const boundsSchema = z
  .strictObject({ min: z.number().optional(), max: z.number().optional() })
  .refine((bounds) => bounds.min !== undefined || bounds.max !== undefined, 'must have min or max')
  .refine((bounds) => (bounds.min ?? -Infinity) <= (bounds.max ?? Infinity), 'min must not be above max');

const cannotBeProven =
  'cannot be required yet: Sluice has no way to verify the signature of an image, so every release would fail; leave it out';

/** `validation:` of a service: what a release must prove; nothing is required that is not written. */
export const validationSchema = z.strictObject({
  /** Name of the GitHub environment in which the commit must have been deployed well. */
  staging: text.nullable().default(null),
  /** Checks of the commit that must have succeeded. */
  requiredChecks: z
    .array(text)
    .default([])
    .superRefine(uniqueBy((check) => check, 'check')),
  /** Bounds for the model's metrics. */
  model: z.record(z.string(), boundsSchema).default({}),
  image: z
    .strictObject({
      /** How many critical findings the scan may have; null: no scan is required. */
      critical: z.int().min(0).nullable().default(null),
      /** A signature that is known to be wrong always fails; `required` is refused until something can prove a good one. */
      signature: z
        .enum(['required', 'optional'])
        .superRefine((signature, context) => {
          if (signature === 'required') context.addIssue({ code: 'custom', message: cannotBeProven });
        })
        .default('optional'),
    })
    .prefault({}),
  /** How old the evidence may be when the deployment starts to change something. */
  maxAge: positiveDurationSchema.default(parseDuration('14d')),
});

/** What a release must prove. */
export type ValidationRules = Readonly<z.output<typeof validationSchema>>;
