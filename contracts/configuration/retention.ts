import * as z from 'zod';
import { hours, type Milliseconds, parseDuration } from '../duration.ts';
import { durationSchema } from '../duration-schema.ts';

const day = hours(24);

/** Days that CloudWatch Logs can keep a log group. @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const logDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** A number of whole days in ms, between two others. */
const wholeDays = (least: number, most: number) =>
  durationSchema.refine(
    (duration) => duration % day === 0 && duration >= least * day && duration <= most * day,
    `must be whole days, from ${least}d to ${most}d`,
  );

/** How long records and logs that nothing is decided by are kept, by class; docs/records.md says what each class holds. */
export const retentionSchema = z.strictObject({
  /**
   * What was delivered: webhooks and their answers, alerts, links in mails, marks of messages. At least 14 days, since a repetition is known by
   * them.
   */
  deliveries: wholeDays(14, 3_650).default(parseDuration('30d')),
  /** What both sides measured while an operation was judged; null: as long as the operation itself. */
  readings: wholeDays(30, 3_650).nullable().default(null),
  /** The log groups of functions, state machines and the API. */
  logs: durationSchema
    .refine(
      (duration) => logDays.some((days) => days * day === duration),
      `must be as many days as CloudWatch can keep logs: ${logDays.map((days) => `${days}d`).join(', ')}`,
    )
    .default(parseDuration('180d')),
});

/** In ms. */
export interface Retention {
  readonly deliveries: Milliseconds;
  readonly readings: Milliseconds | null;
}
