import * as z from 'zod';
import { positiveDurationSchema } from '../duration-schema.ts';
import { readCron } from './cron.ts';
import { timeZone } from './primitives.ts';

const schedule = z
  .string()
  .trim()
  .superRefine((text, context) => {
    const read = readCron(text);
    if (read.kind === 'problem') {
      context.addIssue({ code: 'custom', message: `must be a cron expression like "0 9 * * 1-5": it ${read.problem}` });
    }
  });

/** A window of the Argo CD kind: it opens at each start of `schedule` for `duration`. */
export const windowSchema = z.strictObject({
  kind: z.enum(['allow', 'deny']),
  schedule,
  duration: positiveDurationSchema,
  timeZone: timeZone.default('UTC'),
});

/** When deployments may start to change production, or may not. */
export type DeploymentWindow = Readonly<z.output<typeof windowSchema>>;
