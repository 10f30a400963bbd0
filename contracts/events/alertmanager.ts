import * as z from 'zod';
import { instantTextSchema } from '../instant-schema.ts';

const texts = z.record(z.string(), z.string());

const alertSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts.default({}),
  startsAt: instantTextSchema,
  /** Identifies the alert by its labels. */
  fingerprint: z.string().min(1),
});

/** Alertmanager's webhook, version 4 (0.16 and later): one group of alerts. */
export const alertmanagerEventSchema = z.looseObject({
  version: z.literal('4'),
  alerts: z.array(alertSchema),
  /** How many alerts the receiver's `max_alerts` left out. */
  truncatedAlerts: z.int().default(0),
});

export type AlertmanagerAlert = z.output<typeof alertSchema>;
export type AlertmanagerEvent = z.output<typeof alertmanagerEventSchema>;
