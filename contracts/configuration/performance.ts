import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { positiveDurationSchema } from '../duration-schema.ts';
import { nameKey } from '../name-key.ts';
import { readingUnits } from '../words.ts';
import { liveMargin } from './live-margin.ts';
import { sourceSchema } from './objectives.ts';
import { text, uniqueBy } from './primitives.ts';
import { stagingQueryTemplate } from './template.ts';

const bounds = ['min', 'max', 'atMost', 'atLeast'] as const;

const measurementSchema = z
  .strictObject({
    name: text,
    /** One number, of the release on staging: with `{{version}}` it is that of no other. */
    query: stagingQueryTemplate,
    /** What the query measures, so that people are shown its unit; a ratio (0 to 1) is shown in percent. */
    unit: z.enum(readingUnits).optional(),
    /** The bounds, in the query's own unit. */
    min: z.number().optional(),
    max: z.number().optional(),
    ...liveMargin,
  })
  .superRefine((measurement, context) => {
    const refuse = (message: string, ...path: string[]) => context.addIssue({ code: 'custom', path, message });
    if (bounds.every((bound) => measurement[bound] === undefined)) {
      refuse('must have min, max, atMost or atLeast: else it proves nothing');
    }
    const { min = -Infinity, max = Infinity, unit } = measurement;
    if (min > max) refuse('must not be above max', 'min');
    if (unit === 'ratio' && measurement.max !== undefined && max >= 1) {
      refuse('would never be broken: a ratio is at most 1. One percent is 0.01', 'max');
    }
  });

/** A number that a release has on staging, and what it must be. */
export type PerformanceMeasurement = Readonly<z.output<typeof measurementSchema>>;

/** `validation.performance:` of a service: how a release must have done on staging before it goes to production (docs/adr/0082). */
export const performanceSchema = z.strictObject({
  /** Where staging is measured, written like `objectives.source`, which it is unless written; it must know what was earlier. */
  source: sourceSchema.optional(),
  /** How long a release is measured, from the moment that its deployment to staging has succeeded; `{{window}}` in queries. */
  window: positiveDurationSchema.default(parseDuration('10m')),
  list: z
    .array(measurementSchema)
    .min(1, 'must have at least one measurement')
    .readonly()
    .superRefine(uniqueBy(({ name }) => nameKey(name), 'measurement')),
});
