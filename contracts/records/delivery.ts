import * as z from 'zod';
import { timeText } from './record.ts';

/** The id of the record that says how many alerts Alertmanager left out of a notification. */
export const truncatedDelivery = 'truncated';

const startedExecutionSchema = z.object({
  executionArn: z.string(),
  stateMachineArn: z.string(),
  /** As Step Functions gave it. */
  startedAt: timeText,
  /** JSON text. */
  input: z.string(),
});

/** An execution that was started, as it was started: what finds it when nothing else knows of it any more (pipeline/rescue). */
export type StartedExecution = Readonly<z.output<typeof startedExecutionSchema>>;

/** The item of a delivery. `id` and `service` are the keys of the index byService, where operations live: here they have other names. */
export const deliveryItemSchema = z.object({
  /** GitHub's delivery id, Alertmanager's fingerprint, or the name of the execution that a person started. */
  deliveryId: z.string(),
  deliveredTo: z.string().nullable().default(null),
  source: z.enum(['github', 'alertmanager', 'person']),
  at: timeText,
  /** `paused`: it stopped an operation that was at work, and started none of its own. */
  accepted: z.enum(['started', 'paused', 'ignored']),
  reason: z.string(),
  /** Null when it started nothing. */
  started: startedExecutionSchema.nullable().default(null),
  /** ARN of the execution whose start is recorded already, and of which this says what came of it; absent in the record of a start. */
  answers: z.string().nullable().optional(),
});

/** What came in from outside and what was made of it, so that nobody has to guess why nothing started. */
export interface DeliveryRecord
  extends Readonly<Omit<z.output<typeof deliveryItemSchema>, 'deliveryId' | 'deliveredTo'>> {
  readonly id: string;
  readonly service: string | null;
}
