import type { BranchDecision, BranchRecord, WrittenCommit } from '../../contracts/records/branch.ts';

/** Whose the head of an environment's branch is. */
export type HeadOrigin =
  /** Sluice's: the commit that it wrote, null for the one that it began with. `confirms`: nobody had noted yet that it arrived. */
  | { kind: 'ours'; written: WrittenCommit | null; confirms: boolean }
  /** Somebody else's, and a person has said what becomes of exactly this one. */
  | { kind: 'decided'; decision: BranchDecision }
  | { kind: 'foreign' };

/**
 * Judges a head by what Sluice itself has noted, commit by commit. What a commit says of itself counts for nothing, since anybody can
 * write trailers; nor does its place: a branch that was moved back to an older commit of Sluice's is foreign too.
 */
export function judgeHead(
  { commit, written, intended }: BranchRecord,
  decision: BranchDecision | null,
  head: string,
): HeadOrigin {
  const arrived = intended.find((one) => one.commit === head);
  if (arrived !== undefined) return { kind: 'ours', written: arrived, confirms: true };
  if (head === commit) {
    return { kind: 'ours', written: written.find((one) => one.commit === head) ?? null, confirms: false };
  }
  return decision?.head === head ? { kind: 'decided', decision } : { kind: 'foreign' };
}

/** What a commit of Sluice's is of, also once only a later commit that restored it is still known; undefined for others. */
export const writtenAs = (written: readonly WrittenCommit[], commit: string): WrittenCommit | undefined =>
  written.find((one) => one.commit === commit) ?? written.find((one) => one.restores === commit);
