import * as z from 'zod';
import { givenReason as reason } from '../given-reason.ts';
import { oneLine } from '../one-line.ts';
import { versionSchema } from '../version.ts';
import { wholeObject } from '../whole-object.ts';
import { told } from './told.ts';

/** `POST /api/operations/:id/decision`, signed in. The version is typed, as on the page behind a mailed link; rejecting needs a reason. */
export const decideOperationSchema = z
  .strictObject({
    decision: z.enum(['approve', 'reject']),
    version: z.string().trim().min(1, 'must be the version that is being decided on').max(200),
    reason: z.string().overwrite(oneLine).trim().max(1_000).default(''),
    /** `approvals.subject.hash` of the operation as it was looked at, which an approval has to name: a decision on anything else is refused. */
    subject: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the subject, 64 hexadecimal digits')
      .optional(),
    /** How the caller is known. There is one way here: the API authenticated them. */
    via: z.literal('signed-in').default('signed-in'),
  })
  .refine((body) => body.decision !== 'reject' || body.reason !== '', {
    path: ['reason'],
    error: 'must say why it is rejected',
    ...wholeObject,
  });

/** `POST /api/services/:name/freeze`, `/unfreeze` and `/unlock`. */
export const reasonSchema = z.strictObject({ reason });

/** `POST /api/operations/:id/promote`: the rest of the step that is judged now is skipped, or every step that is left. */
export const promoteSchema = z.strictObject({ reason, to: z.enum(['next', 'all']).default('next') });

/** `POST /api/services/:name/holds` and `/holds/release`: every image that was built of this version. */
export const holdVersionSchema = z.strictObject({ version: versionSchema, reason });

/** What became of a freeze, an unfreeze, a hold or the release of one. Repeating it changes nothing and says so (I10). */
export const actionAnswerSchema = z.object({
  service: z.string(),
  outcome: z.enum([
    'frozen',
    'already-frozen',
    'unfrozen',
    'not-frozen',
    'held',
    'already-held',
    'released',
    'not-held',
  ]),
  /** Digests that were put on hold or released by this call. */
  digests: z.array(z.string()).readonly(),
  ...told,
});

/** `POST /api/services/:name/unlock`. */
export const unlockedSchema = z.object({
  service: z.string(),
  /** The operation that held the lock; null when it was free. */
  holder: z.string().nullable(),
  /**
   * `released`: the lock was free to go. `rescue-started`: its execution is dead, the one way back has been started and frees the lock.
   * `frozen`: a rollback that lives was ended, or the rescue died as well; the lock is free, no deployment begins until a person has looked at the
   * traffic (I5). Nothing was to do: `rescue-at-work`, `already-free`.
   */
  outcome: z.enum(['released', 'rescue-started', 'rescue-at-work', 'frozen', 'already-free']),
  ...told,
});

/** `GET /api/starts/:execution`: what became of a start that never showed up as an operation. */
export const startStateSchema = z.object({
  execution: z.string(),
  state: z.enum(['running', 'ended', 'unknown']),
  /** What the execution ended with, e.g. `ignored`; null while it runs, and when it does not say. */
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
});

export type DecideOperation = z.input<typeof decideOperationSchema>;
export type HoldVersion = z.input<typeof holdVersionSchema>;
export type ApiActionAnswer = z.output<typeof actionAnswerSchema>;
export type ApiUnlocked = z.output<typeof unlockedSchema>;
export type Told = Pick<ApiActionAnswer, keyof typeof told>;
export type ApiStartState = z.output<typeof startStateSchema>;
