import * as z from 'zod';
import { auditEntrySchema } from './audit.ts';
import { sinceSchema } from './since.ts';

const text = z.string().min(1).max(200);

/** Query of `GET /api/audit`. */
export const listAuditSchema = z.strictObject({
  service: text.optional(),
  since: sinceSchema.default({ ago: 24 * 3_600_000 }),
  until: sinceSchema.optional(),
  /** Exactly this one, as it stands in the entries: a mail address, a login of GitHub, `sluice`. */
  actor: text.optional(),
  action: text.optional(),
  /** The `next` of the page before. */
  before: text.optional(),
});

/** `GET /api/audit`: entries of several chains, page by page of operations, each chain in its own order. */
export const auditListSchema = z.object({
  entries: z.array(auditEntrySchema.extend({ service: z.string() })).readonly(),
  /** `before` of the next page; null when there is no operation left that may have entries of this time. */
  next: z.string().nullable(),
});

export type ApiAuditList = z.output<typeof auditListSchema>;
export type ListedAuditEntry = z.output<typeof auditListSchema>['entries'][number];
