import * as z from 'zod';
import { environmentNameSchema } from '../environment.ts';
import { timeText } from './record.ts';

/**
 * What was told of one alert about a service, beside the deliveries. Alertmanager repeats what fires at its `repeat_interval` and says when it
 * is resolved; `seenAt` is when it last said something. Times have one form, so that they can be compared as text.
 */
export const alertSightingSchema = z.object({
  fingerprint: z.string(),
  /** Null: the alert names neither blue nor green. */
  environment: environmentNameSchema.nullable().default(null),
  name: z.string().default('unnamed alert').catch('unnamed alert'),
  severity: z.string().default('none').catch('none'),
  startsAt: timeText,
  seenAt: timeText,
  status: z.enum(['firing', 'resolved']),
  /** Id of the operation, if it becomes one, of the execution that last judged it; alerts of one storm share it. */
  judgedBy: z.string().nullable().default(null).catch(null),
});

export type AlertSighting = Readonly<z.output<typeof alertSightingSchema>>;

/** What was done for an alert: it is not done again. */
export const actedOnSchema = z.object({
  /** The operation that was returned or paused for it; the one that returned, where nothing else is known. */
  operation: z.string(),
  /** `page`: nothing was at work that could be paused, and people were told. */
  action: z.enum(['return', 'pause', 'page']),
  /** Id of what judged it: that may do so again, since its task may be repeated. */
  by: z.string(),
  /** Which firing of the alert: it may fire again later. */
  startsAt: timeText,
  at: timeText,
});

export type ActedOn = Readonly<z.output<typeof actedOnSchema>>;

export interface AlertRecord extends AlertSighting {
  /** Null while nothing was done for it: too early, too late, or about a side without traffic. */
  readonly actedOn: ActedOn | null;
}
