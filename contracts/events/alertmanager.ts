import * as z from 'zod';
import { instantTextSchema } from '../instant-schema.ts';

/** Labels are text. What others send as numbers is read as such, and what is neither says nothing: no rescue fails over it. */
const labelsSchema = z
  .record(z.string(), z.unknown())
  .transform(
    (labels): Readonly<Partial<Record<string, string>>> =>
      Object.fromEntries(
        Object.entries(labels).flatMap(([name, value]) =>
          typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
            ? [[name, String(value)]]
            : [],
        ),
      ),
  );

/** One alert of a group. What is only shown to people may be anything: no rescue fails over it. */
export const alertmanagerAlertSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels: labelsSchema,
  annotations: z.record(z.string(), z.unknown()).catch({}),
  startsAt: instantTextSchema,
  /** Identifies the alert by its labels. */
  fingerprint: z.string().min(1),
});

/** A group of which nobody has looked at the alerts yet: each is read for itself, so that a malformed one loses no other. */
export const alertmanagerGroupSchema = z.looseObject({
  version: z.literal('4'),
  alerts: z.array(z.unknown()),
  /** How many alerts the receiver's `max_alerts` left out. */
  truncatedAlerts: z.int().min(0).catch(0),
});

/** Alertmanager's webhook, version 4 (0.16 and later): one group of alerts. */
export const alertmanagerEventSchema = alertmanagerGroupSchema.extend({ alerts: z.array(alertmanagerAlertSchema) });

export type AlertmanagerAlert = z.output<typeof alertmanagerAlertSchema>;
export type AlertmanagerEvent = z.output<typeof alertmanagerEventSchema>;
