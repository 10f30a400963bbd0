import { z } from 'zod';

/** Statuses in which an execution ended without telling anybody. */
export const deadStatuses = ['FAILED', 'TIMED_OUT', 'ABORTED'] as const;

/** EventBridge's "Step Functions Execution Status Change" of an execution that ended badly. Dates are epoch milliseconds. */
export const executionStatusEventSchema = z.looseObject({
  source: z.literal('aws.states'),
  detail: z.looseObject({
    executionArn: z.string().min(1),
    stateMachineArn: z.string().min(1),
    name: z.string().min(1).max(80),
    status: z.enum(deadStatuses),
    startDate: z.number(),
    /** JSON text; null when Step Functions leaves it out for its size. */
    input: z.string().nullish(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});

export type ExecutionStatusEvent = z.output<typeof executionStatusEventSchema>;
