import * as z from 'zod';

/** Whether deployments may begin, why not, and when that changes: in `GET /api/services/:name`. */
export const windowsSchema = z.object({
  state: z.enum(['open', 'closed']),
  /** Why, and by which window: `Closed by the deny window "0 12 * * *" for 1 h, UTC.` */
  text: z.string(),
  /** `Opens` or `Closes`, and when; null when that is not within a year. */
  change: z.object({ text: z.string(), at: z.string() }).nullable(),
  /** What becomes of a deployment that finds it closed. */
  outside: z.string(),
  list: z.array(
    z.object({
      kind: z.enum(['allow', 'deny']),
      schedule: z.string(),
      duration: z.string(),
      timeZone: z.string(),
      active: z.boolean(),
    }),
  ),
});

export type ApiWindows = z.output<typeof windowsSchema>;
