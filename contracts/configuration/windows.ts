import { Cron } from 'croner';
import * as z from 'zod';
import { positiveDurationSchema } from '../duration-schema.ts';

const fiveFields = /^(?:[0-9A-Za-z*,/-]+ +){4}[0-9A-Za-z*,/-]+$/;

function isCron(schedule: string): boolean {
  if (!fiveFields.test(schedule)) return false;
  try {
    return new Cron(schedule, { paused: true, mode: '5-part' }).nextRun(new Date(0)) !== null;
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}

/** A window of the Argo CD kind: it opens at each start of `schedule` for `duration`. */
export const windowSchema = z.strictObject({
  kind: z.enum(['allow', 'deny']),
  schedule: z.string().trim().refine(isCron, 'must be a cron expression of five fields that comes true some day'),
  duration: positiveDurationSchema,
  timeZone: z.string().refine(isTimeZone, 'must be a time zone like America/New_York').default('UTC'),
});

/** When deployments may start to change production, or may not. */
export type DeploymentWindow = Readonly<z.output<typeof windowSchema>>;
