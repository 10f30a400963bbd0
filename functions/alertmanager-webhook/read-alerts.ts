import type * as z from 'zod';
import type { ApiProblem } from '../../contracts/api/errors.ts';
import {
  type AlertmanagerAlert,
  alertmanagerAlertSchema,
  alertmanagerGroupSchema,
} from '../../contracts/events/alertmanager.ts';
import { problemsOf } from '../http/answers.ts';

/** An alert that cannot be read, with every problem by its path in the payload. */
export interface MalformedAlert {
  readonly fingerprint: string | null;
  readonly problems: readonly ApiProblem[];
}

export type AlertsRead =
  | { kind: 'refused'; error: z.ZodError }
  | {
      kind: 'read';
      /** In the order of the payload. */
      alerts: readonly (AlertmanagerAlert | MalformedAlert)[];
      truncatedAlerts: number;
    };

/** Reads a group alert by alert: a malformed one is told of and loses no other, since a rescue may depend on it. */
export function readAlerts(document: unknown): AlertsRead {
  const group = alertmanagerGroupSchema.safeParse(document);
  if (!group.success) return { kind: 'refused', error: group.error };
  const alerts = group.data.alerts.map((alert, index) => {
    const read = alertmanagerAlertSchema.safeParse(alert);
    if (read.success) return read.data;
    for (const issue of read.error.issues) issue.path.unshift('alerts', index);
    return { fingerprint: fingerprintOf(alert), problems: problemsOf(read.error) };
  });
  return { kind: 'read', alerts, truncatedAlerts: group.data.truncatedAlerts };
}

export const isMalformed = (alert: AlertmanagerAlert | MalformedAlert): alert is MalformedAlert => 'problems' in alert;

const fingerprintOf = (alert: unknown): string | null =>
  typeof alert === 'object' && alert !== null && 'fingerprint' in alert && typeof alert.fingerprint === 'string'
    ? alert.fingerprint.slice(0, 64)
    : null;
