import * as z from 'zod';

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

/** What a timer of EventBridge sends: it says nothing but that it is time. */
export const scheduledEventSchema = z.looseObject({
  source: z.literal('aws.events'),
  'detail-type': z.literal('Scheduled Event'),
});

/** What calls the guardian: an execution that ended badly, or the timer. */
export const guardianEventSchema = z.discriminatedUnion('source', [executionStatusEventSchema, scheduledEventSchema]);

export type ExecutionStatusEvent = z.output<typeof executionStatusEventSchema>;
