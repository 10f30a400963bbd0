import * as z from 'zod';
import { parseDuration } from '../duration.ts';
import { positiveDurationSchema } from '../duration-schema.ts';
import { text, uniqueBy } from './primitives.ts';

const checkSchema = z
  .strictObject({
    name: text,
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT']).default('GET'),
    path: z.string().regex(/^\/(?!\/)\S*$/, 'must be a path that begins with one slash'),
    headers: z
      .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a header name'), z.string())
      .default({}),
    /** Text sent as it is, anything else as JSON. */
    body: z.json().optional(),
    /** A file beside the configuration whose bytes are sent. */
    bodyFile: text.optional(),
    status: z.int().min(100).max(599).default(200),
    /** How long an answer may take. */
    within: positiveDurationSchema.default(parseDuration('2s')),
    /** How many good answers in a row make the check pass before the release has traffic. */
    consecutive: z.int().min(1).max(100).default(1),
    /** How many bad answers in a row, one every `objectives.every`, make it fail once the release has traffic. */
    failures: z.int().min(1).max(100).default(3),
  })
  .refine((check) => check.body === undefined || check.bodyFile === undefined, {
    path: ['bodyFile'],
    error: 'must not be set together with body',
  })
  .refine((check) => !/GET|HEAD/.test(check.method) || (check.body ?? check.bodyFile) === undefined, {
    path: ['method'],
    error: 'must be POST or PUT when there is a body',
  });

/** One probe against an environment's preview address. */
export type HealthCheck = Readonly<z.output<typeof checkSchema>>;

/** `health:` of a service. */
export const healthSchema = z.strictObject({
  deadline: positiveDurationSchema.default(parseDuration('10m')),
  /** Time between two probes of one check. */
  every: positiveDurationSchema.default(parseDuration('2s')),
  /** The release's own pods, once it has traffic. */
  pods: z
    .strictObject({
      /** How often a container may start again before the release fails: a crash loop. */
      restarts: z.int().min(1, 'must be at least 1').max(100).default(3),
      /** How long too few pods may be ready for the weight, and how long a pod may be unable to start (its image, its configuration). */
      unready: positiveDurationSchema.default(parseDuration('2m')),
    })
    .prefault({}),
  checks: z
    .array(checkSchema)
    .min(1, 'must have at least one check')
    .superRefine(uniqueBy((check) => check.name, 'check')),
});
