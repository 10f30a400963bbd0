import * as z from 'zod';

/** One thing that is wrong with a request. */
export const apiProblemSchema = z.object({
  /** Like `services[0].name`; empty for the whole body. */
  path: z.string(),
  message: z.string(),
});

/** Every answer of the API and the webhooks that is not a success. */
export const apiErrorSchema = z.object({
  error: z.object({
    /** Stable, for programs: one of contracts/reason-codes.ts. */
    name: z.string(),
    /** For people. */
    message: z.string(),
    problems: z.array(apiProblemSchema).optional(),
  }),
});

export type ApiProblem = z.output<typeof apiProblemSchema>;
export type ApiError = z.output<typeof apiErrorSchema>;
