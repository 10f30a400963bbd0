import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { positiveDurationSchema } from '../duration-schema.ts';
import { imageRulesSchema } from './image.ts';
import { text, uniqueBy } from './primitives.ts';

const boundsSchema = z
  .strictObject({ min: z.number().optional(), max: z.number().optional() })
  .refine((bounds) => bounds.min !== undefined || bounds.max !== undefined, 'must have min or max')
  .refine((bounds) => (bounds.min ?? -Infinity) <= (bounds.max ?? Infinity), 'min must not be above max');

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
  image: imageRulesSchema.prefault({}),
  /** How old the evidence may be when the deployment starts to change something. */
  maxAge: positiveDurationSchema.default(parseDuration('14d')),
});

/** What a release must prove. */
export type ValidationRules = Readonly<z.output<typeof validationSchema>>;
