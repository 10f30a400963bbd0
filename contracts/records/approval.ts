import * as z from 'zod';
import { involvements } from '../contributor.ts';
import { listOf, timeText } from './record.ts';

const approvalLinkSchema = z.object({
  hash: z.string(),
  approver: z.string(),
  sentAt: timeText.nullable(),
  /** Hash of the subject for which it was sent. */
  subject: z.string().nullable().default(null),
});

/** A mail's link: only the hash of its token is kept. */
export type ApprovalLink = Readonly<z.output<typeof approvalLinkSchema>>;

const approvalDecisionSchema = z.object({
  approver: z.string(),
  decision: z.enum(['approve', 'reject']),
  reason: z.string().nullable().default(null),
  at: timeText,
  via: z.enum(['mail-link', 'signed-in']),
  /**
   * Hash of the subject that was decided on (core/approvals/subject.ts), which names the image. Null when an earlier Sluice wrote it: then it
   * approves nothing.
   */
  subject: z.string().nullable().default(null),
});

/** One person's decision. `via` says what it proves: possession of a mailbox, or a sign-in. */
export type ApprovalDecision = Readonly<z.output<typeof approvalDecisionSchema>>;

/**
 * A decision as it is kept: an item of its own, which only those may write who take decisions, and sealed by them. Loose, since the seal is
 * over everything in it: a field that this version does not know must stay.
 */
export const decisionItemSchema = approvalDecisionSchema.loose().extend({
  operation: z.string(),
  /** Base64; what is without is not believed. */
  mac: z.string().nullable().default(null).catch(null),
});

/** What can be told of an item among the decisions that is none, as somebody may have put it there. */
export const brokenDecisionSchema = z.object({
  approver: z.string().catch('somebody'),
  decision: approvalDecisionSchema.shape.decision.catch('approve'),
  reason: z.string().nullable().catch(null),
  at: timeText.catch('1970-01-01T00:00:00.000Z'),
  via: approvalDecisionSchema.shape.via.catch('signed-in'),
  subject: z.string().nullable().catch(null),
});

/**
 * The approval of one operation, in one item: every change is conditional on `revision`. Nothing of it is guessed: a rule or an exclusion that
 * got lost would let a release through (I3). The decisions are kept apart from it and put in by the store.
 */
export const approvalRecordSchema = z.object({
  operation: z.string(),
  service: z.string(),
  version: z.string(),
  requestedAt: timeText,
  expiresAt: timeText,
  remindedAt: timeText.nullable().default(null),
  /** Who was told that it takes too long, once (`approvals.escalate`). */
  escalatedAt: timeText.nullable().default(null),
  rules: listOf(
    z.object({
      role: z.string(),
      members: listOf(z.string()),
      count: z.int(),
      /** A mailbox is not enough: the member must have signed in. */
      require: z.literal('signed-in').optional(),
    }),
  ),
  /** False: a person counts in every role of theirs. */
  distinct: z.boolean().default(true),
  /** Mail addresses whose approval does not count: whoever took part in the release, as known. */
  excluded: listOf(z.string()),
  /** How they took part; only shown. */
  involved: listOf(z.object({ person: z.string(), as: listOf(z.enum(involvements)) }))
    .default([])
    .catch([]),
  /** Logins and addresses that no entry of `people` explains; shown to the approvers. */
  unknownAuthors: listOf(z.string()).default([]),
  /** Hash of what is to be decided on: only decisions on it count (I3). */
  subject: z.string().nullable().default(null),
  links: listOf(approvalLinkSchema),
  /** Those on the subject that are proven by their seal; each is an item of its own. */
  decisions: listOf(approvalDecisionSchema).default([]),
  /** Decisions on what has changed since: they count no more. Items of their own as well. */
  voided: listOf(approvalDecisionSchema).default([]),
  /** Decisions in the table that nobody who may decide has written: they count for nothing, and people are told. */
  forged: listOf(approvalDecisionSchema).optional(),
  /** How often everybody was asked, since what there is to decide on had changed; 1 at first. */
  asked: z.int().default(1),
  supersededBy: z.string().nullable().default(null),
  /** Callback of the waiting execution; never leaves the server. */
  taskToken: z.string().nullable().default(null),
  revision: z.int(),
});

export type ApprovalRecord = Readonly<z.output<typeof approvalRecordSchema>>;

/** What the hash of a link's token leads to. */
export const linkTargetSchema = z.object({ operation: z.string(), approver: z.string() });

export type LinkTarget = Readonly<z.output<typeof linkTargetSchema>>;
