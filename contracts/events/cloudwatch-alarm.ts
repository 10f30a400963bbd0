import * as z from 'zod';
import { instantTextSchema } from '../instant-schema.ts';

const dimensionsSchema = z.array(z.looseObject({ name: z.string(), value: z.string() })).catch([]);

/** What CloudWatch publishes about an alarm, one of a metric or a composite one. What is only shown may be anything. */
export const cloudWatchAlarmSchema = z.looseObject({
  AlarmName: z.string().min(1),
  AlarmDescription: z.string().nullish().catch(null),
  AWSAccountId: z.string().catch(''),
  Region: z.string().catch(''),
  AlarmArn: z.string().optional().catch(undefined),
  NewStateValue: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']),
  NewStateReason: z.string().catch(''),
  StateChangeTime: instantTextSchema,
  /** A composite alarm has none. */
  Trigger: z
    .looseObject({
      Dimensions: dimensionsSchema,
      /** Of metric math. */
      Metrics: z
        .array(
          z.looseObject({
            MetricStat: z
              .looseObject({ Metric: z.looseObject({ Dimensions: dimensionsSchema }) })
              .optional()
              .catch(undefined),
          }),
        )
        .catch([]),
    })
    .optional()
    .catch(undefined),
});

export type CloudWatchAlarm = Readonly<z.output<typeof cloudWatchAlarmSchema>>;
