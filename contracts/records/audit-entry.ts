import * as z from 'zod';
import { instantSchema } from '../instant-schema.ts';

/** What happened, before it is chained. */
const newAuditEntrySchema = z.object({
  at: instantSchema,
  /** Who: a sign-in name, a mail address, or a part of Sluice. */
  actor: z.string(),
  /** What, e.g. `set-weight`. */
  action: z.string(),
  /** `intent` before the effect, `result` after it (rule 9). */
  phase: z.enum(['intent', 'result']),
  /** Reason, before, wanted, found… as plain JSON. */
  details: z.record(z.string(), z.unknown()),
});

export type NewAuditEntry = Readonly<z.output<typeof newAuditEntrySchema>> & {
  readonly details: Readonly<Record<string, unknown>>;
};

/** Where a chain stands. Kept with the operation's record, so that a chain that lost its end is found out. */
export const chainHeadSchema = z.object({ seq: z.int(), hash: z.string() });

export type ChainHead = Readonly<z.output<typeof chainHeadSchema>>;

/**
 * One link of an operation's chain. Loose, and without a default: its hash is over everything in it, so that a field which this version does
 * not know must stay, and one that is missing must not be made up.
 */
export const auditEntrySchema = newAuditEntrySchema.loose().extend({
  operation: z.string(),
  /** From 1, without gaps. */
  seq: z.int(),
  previousHash: z.string(),
  /** SHA-256 in hexadecimal over everything else of the entry, in canonical JSON. */
  hash: z.string(),
});

/**
 * Who wrote an entry, by the MAC over its hash and this name. Beside the entry and not part of its hash, so that it can come later: a way back
 * does not wait for KMS.
 */
export const auditSealSchema = z.object({
  /** The function that sealed it. */
  by: z.string(),
  /** When, if not as it was written: by whoever made up for it. */
  lateAt: z.string().nullable(),
  /** Base64. */
  mac: z.string(),
});

export type AuditSeal = Readonly<z.output<typeof auditSealSchema>>;

export interface AuditEntry extends NewAuditEntry, ChainHead {
  readonly operation: string;
  readonly previousHash: string;
}
