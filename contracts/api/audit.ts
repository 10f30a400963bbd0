import * as z from 'zod';

/** One link of an audit chain, exactly as it was hashed: `at` in epoch milliseconds. */
export const auditEntrySchema = z.object({
  operation: z.string(),
  /** From 1, without gaps. */
  seq: z.int(),
  at: z.number(),
  actor: z.string(),
  action: z.string(),
  phase: z.enum(['intent', 'result']),
  details: z.record(z.string(), z.unknown()),
  previousHash: z.string(),
  hash: z.string(),
});

/** `GET /api/operations/:id/audit` and `GET /api/services/:name/audit`: everything that a reader needs to prove the chain. */
export const auditSchema = z.object({
  /** What the chain is about: an operation's id, or `service:NAME` for what people did to a service itself. */
  chain: z.string(),
  /** Whether more entries are to come: an operation that has not ended, and every service. */
  state: z.enum(['open', 'ended']),
  entries: z.array(auditEntrySchema).readonly(),
  /** Where the chain stood when it was last put on record: all entries up to it have to be here. Null when an earlier Sluice wrote it. */
  head: z.object({ seq: z.int(), hash: z.string() }).nullable(),
  /**
   * What the seal of each entry proves: `late` is one that came after the entry, by somebody else than its writer; `pending`: it has none and
   * was written within the last minute. Null when KMS could not be
   * asked, or an earlier Sluice answers.
   */
  seals: z
    .array(
      z.object({
        seq: z.int(),
        state: z.enum(['sealed', 'late', 'pending', 'unsealed', 'forged']),
        /** The function that sealed it. */
        by: z.string().nullable(),
        lateAt: z.string().nullable(),
      }),
    )
    .readonly()
    .nullable()
    .default(null),
  /** The bucket in which the chain's head is kept where nobody can change it; null: nowhere. */
  anchoredIn: z.string().nullable().default(null),
});

export type ApiAudit = z.output<typeof auditSchema>;
