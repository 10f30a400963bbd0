import * as z from 'zod';
import { consequences } from '../consequence.ts';
import { hours, parseDuration } from '../duration.ts';
import { positiveDurationSchema } from '../duration-schema.ts';
import { nameKey } from '../name-key.ts';
import { text, uniqueBy } from './primitives.ts';
import { queryTemplate } from './template.ts';

const day = hours(24);

/** Nothing that a return of the traffic would mend: it is reported, or somebody is paged. */
const told = z.enum(['report', 'page']).default('report');

const performanceSchema = z.strictObject({
  /** How far back the previous release is measured: whole days, so that it is the same hour of the day. */
  offset: positiveDurationSchema
    .refine((offset) => offset % day === 0, 'must be whole days: the same hour of the day is compared')
    .default(parseDuration('1d')),
  /** The share by which a reading may be above the previous release's; below this share of its bound no reading counts as worse. */
  margin: z.number().gt(0, 'must be above 0').max(10, 'must be at most 10: 0.1 is ten percent').default(0.1),
  onFailure: z.enum(consequences).default('report'),
});

const monitoringSchema = z.strictObject({
  /** Selector of the series `up` of the targets by which the release is scraped; null: not asked. */
  targets: queryTemplate.nullable().default('up{namespace="{{namespace}}"}'),
  /** Alerts that must be loaded, by name; with none of them, any alerting rule will do. null: not asked. */
  rules: z
    .array(text)
    .readonly()
    .superRefine(uniqueBy((rule) => rule, 'rule'))
    .nullable()
    .default([]),
  /** Whether Prometheus must have an Alertmanager that takes its alerts. */
  alertmanager: z.boolean().default(true),
  onFailure: told,
});

const backupSchema = z
  .strictObject({
    name: text,
    /** Query for the age of the newest backup in seconds. */
    age: queryTemplate.optional(),
    /** Query for the time of the newest backup, in seconds since 1970. */
    timestamp: queryTemplate.optional(),
    maxAge: positiveDurationSchema,
    onFailure: told,
  })
  .transform(({ age, timestamp, ...backup }, context) => {
    const query = age ?? timestamp;
    if (query === undefined || (age !== undefined && timestamp !== undefined)) {
      context.addIssue({ code: 'custom', message: 'must have either age or timestamp, a query for one of them' });
      return z.NEVER;
    }
    return { ...backup, measures: age === undefined ? ('timestamp' as const) : ('age' as const), query };
  });

/** `postDeployment:` of a service: what is looked at once the bake is over, besides its health; nothing that is not written. */
export const postDeploymentSchema = z.strictObject({
  /** The objectives beside those of the release that was live before, over the same hour of an earlier day. */
  performance: performanceSchema.nullable().default(null),
  /** Whether anybody would notice if the release turned bad tomorrow. */
  monitoring: monitoringSchema.nullable().default(null),
  backups: z
    .array(backupSchema)
    .readonly()
    .default([])
    .superRefine(uniqueBy(({ name }) => nameKey(name), 'backup')),
});

export type PostDeployment = Readonly<z.output<typeof postDeploymentSchema>>;
export type BackupRule = PostDeployment['backups'][number];
export type PerformanceRule = NonNullable<PostDeployment['performance']>;
export type MonitoringRule = NonNullable<PostDeployment['monitoring']>;
