import * as z from 'zod';
import { listOf, timeText } from './record.ts';

const writtenCommitSchema = z.object({
  commit: z.string(),
  version: z.string(),
  /** `sha256:…` of the image that the commit names. */
  digest: z.string(),
  operation: z.string(),
  at: timeText,
  /** The earlier commit whose files it put back, which may still be what the Application is pinned to; null for a release. */
  restores: z.string().nullable().default(null),
});

/** One commit of Sluice. */
export type WrittenCommit = Readonly<z.output<typeof writtenCommitSchema>>;

/** What stands on a branch and was not written by Sluice, as people are shown it. */
export const foreignChangeSchema = z.object({
  /** The head that was found. */
  head: z.string(),
  /** The last commit that Sluice wrote; null when it is not known on which one to build. */
  base: z.string().nullable(),
  /** As GitHub compares them; `diverged` and `behind`: the branch's history was rewritten. */
  status: z.enum(['ahead', 'behind', 'diverged', 'identical', 'unknown']),
  commits: listOf(z.object({ sha: z.string(), title: z.string(), author: z.string() })),
  files: listOf(z.object({ path: z.string(), change: z.string(), patch: z.string().nullable() })),
  /** Whether there is more than is listed. */
  more: z.boolean(),
  /** The operation that found it, and when. */
  operation: z.string(),
  at: timeText,
});

export type ForeignChange = Readonly<z.output<typeof foreignChangeSchema>>;

/** What a person has decided about what somebody else wrote on a branch. */
export const branchDecisionSchema = z.object({
  /** `reset`: thrown away by the next commit. `propose`: put before the approvers of the next release. */
  kind: z.enum(['reset', 'propose']),
  /** The decision is about exactly this head; another commit on top of it voids the decision. */
  head: z.string(),
  actor: z.string(),
  reason: z.string(),
  at: timeText,
});

export type BranchDecision = Readonly<z.output<typeof branchDecisionSchema>>;

/**
 * What Sluice has written on the branch of one environment. It, and no text of a commit, says which commits are Sluice's: a commit is
 * noted as intended before the branch moves, so that a process that died in between leaves a head that is known.
 */
export const branchRecordSchema = z.object({
  /** Counts the writes of this record. */
  revision: z.int(),
  /** The highest epoch of the lock that wrote: the fence of Git (I12). */
  epoch: z.int().default(0),
  /** The commit at the head after Sluice's last write, or the one that it began with; null before that. */
  commit: z.string().nullable().default(null),
  /** Newest first. */
  written: listOf(writtenCommitSchema).default([]),
  /** Made, and perhaps on the branch. */
  intended: listOf(writtenCommitSchema).default([]),
  /** What an operation stopped at; null once Sluice has written again. */
  foreign: foreignChangeSchema.nullable().default(null).catch(null),
});

export type BranchRecord = Readonly<z.output<typeof branchRecordSchema>>;
