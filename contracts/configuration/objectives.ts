import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { durationSchema, positiveDurationSchema } from '../duration-schema.ts';
import { readingUnits } from '../words.ts';
import { text, uniqueBy } from './primitives.ts';
import { queryTemplate, queryUrlTemplate } from './template.ts';

const sourceSchema = z
  .strictObject({ prometheus: queryUrlTemplate.optional(), web: queryUrlTemplate.optional() })
  .transform((source, context) => {
    if (source.prometheus !== undefined && source.web === undefined) {
      return { kind: 'prometheus' as const, url: source.prometheus };
    }
    if (source.web !== undefined && source.prometheus === undefined) return { kind: 'web' as const, url: source.web };
    context.addIssue({ code: 'custom', message: 'must have either prometheus or web' });
    return z.NEVER;
  });

/** Where readings come from. For `web`, a query is a JSONata expression on the JSON that the URL answers. */
export type ObjectiveSource = Readonly<z.output<typeof sourceSchema>>;

const aRatio = 'must be below 1: one percent is 0.01';

const compareSchema = z
  .strictObject({
    /** Query for the number of answers in `{{window}}`, which is since the step began. */
    total: queryTemplate,
    /** Query for how many of them were bad: failed, or took too long. */
    bad: queryTemplate,
    /** The share of bad answers, 0 to 1, that nobody minds whatever the origin has; `max` unless written, where that is a ratio. */
    tolerate: z.number().gt(0, 'must be above 0: a single bad answer would be too many').lt(1, aRatio).optional(),
    /**
     * The share of bad answers that a release must be known to be below, with 99 % certainty, before a step passes; until then it is inconclusive.
     * null: what is not known stops nothing.
     */
    notice: z.number().gt(0, 'must be above 0').lt(1, aRatio).nullable().default(null),
  })
  .nullable()
  .default(null);

const objectiveSchema = z
  .strictObject({
    name: text,
    query: queryTemplate,
    /** The bound, in the query's own unit: a reading above it is broken, one equal to it is not. */
    max: z.number(),
    /** What the query measures, so that messages show its readings with a unit; a ratio (0 to 1) is shown in percent. */
    unit: z.enum(readingUnits).optional(),
    /** How long it may be broken without a break before it fails. */
    for: durationSchema.default(parseDuration('5m')),
    /** By which counts the target is compared with the origin under the same traffic; null: `max` alone counts (docs/adr/0046). */
    compare: compareSchema,
  })
  .refine(({ unit, max }) => unit !== 'ratio' || max < 1, {
    path: ['max'],
    message: 'would never be broken: a ratio is at most 1. One percent is 0.01',
  })
  .superRefine(({ compare, max, unit }, context) => {
    if (compare === null) return;
    const tolerate = compare.tolerate ?? (unit === 'ratio' && max > 0 ? max : null);
    if (tolerate === null) {
      const message = 'must be written where `max` is no ratio above 0: the share of bad answers that nobody minds';
      context.addIssue({ code: 'custom', path: ['compare', 'tolerate'], message });
    } else if (compare.notice !== null && compare.notice <= tolerate) {
      const message = `must be above what is tolerated (${tolerate}): a release that has just that would never pass`;
      context.addIssue({ code: 'custom', path: ['compare', 'notice'], message });
    }
  })
  .transform((objective) => ({
    ...objective,
    compare: objective.compare && { ...objective.compare, tolerate: objective.compare.tolerate ?? objective.max },
  }));

/** A metric, its bound, and how long it may be broken. */
export type Objective = Readonly<z.output<typeof objectiveSchema>>;

const fastSchema = z.strictObject({
  /** Query for the number of answers in `window`; Istio's own counter unless written. */
  answers: queryTemplate.optional(),
  /** Query for how many of them failed; those with a status of 500 and above in Istio's own counter unless written. */
  failures: queryTemplate.optional(),
  /** How far back both look with `{{window}}`; never further than to a release's first traffic (docs/adr/0023). */
  window: positiveDurationSchema.default(parseDuration('1m')),
  /** With fewer answers nothing is called gross. */
  minAnswers: z.int().min(1, 'must be at least 1').default(20),
  /** The share of answers, 0 to 1, that is gross once so many have failed. */
  ratio: z
    .number()
    .gt(0, 'must be above 0: with 0, answers without a failure would return the traffic')
    .max(1, 'must be at most 1: one half is 0.5')
    .default(0.5),
});

/** The fast path where nothing is written about it. */
export const fastDefaults = fastSchema.parse({});

/** `objectives:` of a service. */
export const objectivesSchema = z.strictObject({
  source: sourceSchema,
  /** Time between two evaluations. */
  every: positiveDurationSchema.default(parseDuration('15s')),
  /** How far back queries look with `{{window}}`; never further than to a release's first traffic (docs/adr/0023). */
  window: positiveDurationSchema.default(parseDuration('5m')),
  /** Query for the number of samples behind the readings. */
  samples: queryTemplate.nullable().default(null),
  /** With fewer samples a verdict is inconclusive. */
  minSamples: z.int().min(0).default(0),
  /** What a verdict that stays inconclusive for `deadline` leads to; `wait` pauses for a person (with the operation's own deadline). */
  inconclusive: z
    .strictObject({
      // biome-ignore lint/suspicious/noThenProperty: the word of sluice.yaml; a string, so nothing can await it
      then: z.enum(['wait', 'return', 'pass']).default('return'),
      deadline: positiveDurationSchema.default(parseDuration('10m')),
    })
    .prefault({}),
  /**
   * The fast path: a release whose answers fail in such numbers is returned by the first look that sees it, whatever `for` and `minSamples`
   * say. On by itself where both counts are known (Prometheus with Istio), otherwise once both queries are written; `null` turns it off.
   */
  fast: fastSchema.nullable().optional(),
  list: z
    .array(objectiveSchema)
    .min(1, 'must have at least one objective')
    .superRefine(uniqueBy((objective) => objective.name, 'objective')),
});
