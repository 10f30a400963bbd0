import * as z from 'zod';
import { consequences } from '../consequence.ts';
import { environmentNameSchema } from '../environment.ts';
import { operationKinds, operationStates, outcomes } from '../operation.ts';

const time = z.string();
const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
/** One check as people see it. */
export const checkResult = z.object({
  name: z.string(),
  result: z.enum(['pass', 'fail', 'inconclusive']),
  reason: z.string(),
  at: time,
  /** Where to look further. */
  url: z.string().optional(),
  /** Of what is looked at after the bake: what a failure leads to. */
  onFailure: z.enum(consequences).optional(),
});

/** One step that was taken or is about to be, from the audit. */
export const timelineEntrySchema = z.object({
  seq: z.int(),
  at: time,
  actor: z.string(),
  action: z.string(),
  phase: z.enum(['intent', 'result']),
  details: z.record(z.string(), z.unknown()),
  /** Null when it is sealed by who wrote it, or when KMS could not be asked; else what is wrong, for people. */
  doubt: z.string().nullable().default(null),
});

const fact = z.object({ name: z.string(), value: z.string(), url: z.string().optional() });

/** What approvers decide on: each decision names its hash. */
export const approvalSubjectSchema = z.object({
  /** SHA-256 of the canonical document. */
  hash: z.string(),
  /** What is out of the ordinary, as sentences. */
  risks: list(z.string()),
  /** What changes, how long it takes and the way back: a line each. */
  short: list(fact).default([]),
  changes: list(fact),
  /** Metrics of a model with their bounds, and those of the live release. */
  model: list(fact).default([]),
  plan: list(fact),
  /** Unified diffs. `cut`: only the beginning is here. */
  diffs: list(
    z.object({ title: z.string(), text: z.string(), cut: z.boolean(), sha256: z.string(), files: list(z.string()) }),
  ),
});

/** Approvals without hashes of links, and without callbacks. */
export const operationApprovalsSchema = z.object({
  state: z.enum(['pending', 'approved', 'rejected', 'expired', 'superseded', 'unfillable']),
  requestedAt: time,
  expiresAt: time,
  rules: list(
    z.object({
      role: z.string(),
      members: list(z.string()),
      count: z.int(),
      require: z.literal('signed-in').nullable(),
    }),
  ),
  decisions: list(
    z.object({
      approver: z.string(),
      decision: z.enum(['approve', 'reject']),
      reason: z.string().nullable(),
      at: time,
      via: z.enum(['mail-link', 'signed-in']),
      /** Why it brings the quorum no nearer, as half a sentence; null when it does, for a rejection, and from an earlier API. */
      uncounted: z.string().nullable().default(null),
    }),
  ),
  /** Decisions in the table that are not sealed by who takes decisions: they count for nothing. */
  forged: list(z.object({ approver: z.string(), decision: z.enum(['approve', 'reject']) })).default([]),
  missing: list(z.object({ role: z.string(), count: z.int(), from: list(z.string()) })),
  excluded: list(z.string()),
  /** A sentence for each approver who does not count, and why; an API from before an upgrade has none. */
  notCounting: list(z.string()).default([]),
  unknownAuthors: list(z.string()),
  /** Null where approvals were asked for before there were subjects. */
  subject: approvalSubjectSchema.nullable().default(null),
});

/**
 * What an operation that stands still waits for, as sentences and complete commands: whoever shows it adds how far away `until.at` is.
 * Nothing in it depends on the clock.
 */
export const operationWaitingSchema = z.object({
  kind: z.enum(['evidence', 'approval', 'window', 'turn', 'sync', 'split', 'pause']),
  /** `Waiting for 1 approval (ml-lead): cleo@example.com.` */
  text: z.string(),
  /** What happens then by itself, and when: `Expires`. Null when nothing does, or nobody knows when. */
  until: z.object({ text: z.string(), at: time }).nullable(),
  /** What may be typed, and what that does: `Approve`. */
  next: list(z.object({ what: z.string(), command: z.string() })),
});

/**
 * What a shift does next by itself when nothing is wrong, and when at the earliest: `Green gets 50 %`. Nothing in it depends on the clock.
 */
export const operationNextSchema = z.object({
  text: z.string(),
  at: time,
  /** When all of it is done, at the earliest. Null from an earlier API. */
  done: time.nullable().default(null),
});

/** An operation in a list. */
export const operationSummarySchema = z.object({
  id: z.string(),
  kind: z.enum(operationKinds),
  service: z.string(),
  actor: z.string(),
  release: z.object({ version: z.string(), commit: z.string(), digest: z.string() }).nullable(),
  /** The version that a person asked for; all that is known of a release that was not found. */
  wanted: z.string().nullish(),
  /** Of a rollback: the version on the side that it gives the traffic, as the newest record of that side knows it; null where none does. */
  returnsTo: z.string().nullish(),
  state: z.enum(operationStates),
  outcome: z.enum(outcomes).nullable(),
  reason: z.string().nullable(),
  /** The code that the reason names (docs/runbooks/reason-codes.md); null where it names none, and from an earlier API. */
  reasonCode: z.string().nullish(),
  startedAt: time,
  endedAt: time.nullable(),
  origin: environmentNameSchema.nullable(),
  target: environmentNameSchema.nullable(),
  weights: z.object({ blue: z.int(), green: z.int() }).nullable(),
  checks: list(checkResult),
  /** Where a switch by hand has to bring the traffic, and until when a split stays; null for others. */
  desired: z.object({ weight: z.int(), until: time, actor: z.string(), reason: z.string() }).nullable(),
  /** The operation that this one returns. */
  related: z.string().nullable(),
  pausedBecause: z.string().nullable(),
  abort: z.object({ actor: z.string(), reason: z.string() }).nullable(),
  /** Null while it works by itself, and once it has ended. */
  waiting: operationWaitingSchema.nullable(),
  /** Null while it waits or is paused, where nobody knows, and from an earlier API. */
  next: operationNextSchema.nullable().default(null),
  diagnosis: list(z.string()),
  /** Of an observation, once it has looked: what Sluice would have done, and what another pipeline did. Null for all others, and from an earlier API. */
  observation: z
    .object({
      /** What Sluice would have done before it moved any traffic, a sentence each. */
      plan: list(z.string()),
      /** Percent of the traffic on the release, whenever it changed, oldest first. */
      seen: list(z.object({ at: time, weights: z.object({ blue: z.number(), green: z.number() }), share: z.int() })),
      /** What Sluice would have done instead of going on, oldest first. */
      decisions: list(z.object({ kind: z.enum(['pause', 'return']), at: time, share: z.int(), reason: z.string() })),
    })
    .nullish(),
});

/** `GET /api/operations/:id`. */
export const operationSchema = operationSummarySchema.extend({
  /** The ARN of its execution, for `aws stepfunctions describe-execution`. Missing from an earlier API. */
  execution: z.string().nullish(),
  timeline: list(timelineEntrySchema),
  /** Null before approvals were asked for, and where none are. */
  approvals: operationApprovalsSchema.nullable(),
});

/** `GET /api/operations`. */
export const operationListSchema = z.object({
  operations: list(operationSummarySchema),
  /** `before` of the next page; null when there is nothing older, and from an earlier API. */
  next: z.string().nullable().default(null),
});

export type ApiOperation = z.output<typeof operationSchema>;
export type ApiOperationSummary = z.output<typeof operationSummarySchema>;
export type OperationWaiting = z.output<typeof operationWaitingSchema>;
export type ApiTimelineEntry = z.output<typeof timelineEntrySchema>;
