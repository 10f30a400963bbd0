import * as z from 'zod';
import { operationKinds } from '../operation.ts';
import { timeText } from './record.ts';

/**
 * The lock of one service (I4). Nothing of it is guessed: who holds it, and in which turn, is what every write to the route rests on. What is
 * only shown of the holder is replaced when it is odd (`catch`).
 */
export const lockRecordSchema = z.object({
  /** Only grows: it is the fence's counter. */
  epoch: z.int(),
  holder: z.string().nullable().default(null),
  kind: z.enum(operationKinds).nullable().default(null).catch(null),
  executionArn: z.string().nullable().default(null),
  acquiredAt: timeText.nullable().default(null).catch(null),
  /** Beyond this instant whoever finds the lock may treat its holder as dead. */
  deadline: timeText.nullable().default(null),
  /** Whether the route has ever carried a fence: afterwards a missing one is damage, not a first adoption. */
  adopted: z.enum(['never', 'before']).default('never'),
});

export type LockRecord = Readonly<z.output<typeof lockRecordSchema>>;

/** The callback of an operation that waits for a lock; it never leaves the server. */
export const waitingRecordSchema = z.object({ taskToken: z.string() });
