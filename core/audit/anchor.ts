import type { Instant } from '../../contracts/instant.ts';
import type { AuditEntry, ChainHead } from '../../contracts/records/audit-entry.ts';
import { verifyChain } from './chain.ts';

/** What was written down of a chain where nobody can change it: its head when the operation had ended, or when something was done to a service. */
export interface Anchor extends ChainHead {
  readonly operation: string;
  /** Of the entry. */
  readonly at: Instant;
  readonly outcome: string;
}

/** An anchor as it was found. */
export interface KeptAnchor extends Anchor {
  /** When it was written, by the clock of who keeps it. */
  readonly keptAt: Instant;
}

export type AnchorVerdict =
  /** All that came up to the newest of the anchors is as it was. */
  | { readonly kind: 'anchored'; readonly seq: number; readonly keptAt: Instant }
  | { readonly kind: 'none' }
  | { readonly kind: 'tampered'; readonly at: number; readonly why: string };

/**
 * Compares a chain with everything that is kept of it. Later entries may follow an anchored one, but the anchored one must be there as
 * it was: whoever could rewrite the whole chain, its hashes and the head on record included, could not rewrite this.
 */
export function compareWithAnchors(entries: readonly AuditEntry[], anchors: readonly KeptAnchor[]): AnchorVerdict {
  const ordered = anchors.toSorted((one, other) => one.keptAt - other.keptAt);
  for (const { seq, hash, keptAt } of ordered) {
    const entry = entries[seq - 1];
    if (entry?.hash === hash) continue;
    const anchored = `was anchored with hash ${hash} at ${new Date(keptAt).toISOString()}`;
    return { kind: 'tampered', at: seq, why: `${anchored}, and ${entry ? `now has hash ${entry.hash}` : 'is gone'}` };
  }
  const newest = ordered.toSorted((one, other) => one.seq - other.seq).at(-1);
  return newest === undefined ? { kind: 'none' } : { kind: 'anchored', seq: newest.seq, keptAt: newest.keptAt };
}

/**
 * What to anchor of a chain whose operation ended as `outcome`: the newest entry that says so. Null of a chain that does not hold
 * together, which nobody must vouch for, and of one that does not say how it ended.
 */
export function anchorOf(operation: string, entries: readonly AuditEntry[], outcome: string): Anchor | null {
  if (verifyChain(operation, entries, null).kind === 'broken') return null;
  const end = entries.findLast(isEnd);
  return end === undefined ? null : { operation, seq: end.seq, hash: end.hash, at: end.at, outcome };
}

/**
 * What to anchor of a chain that has no end: its newest result, with what was done as its outcome. Null of a chain that does not hold together,
 * or has none.
 */
export function anchorOfNewest(chain: string, entries: readonly AuditEntry[]): Anchor | null {
  if (verifyChain(chain, entries, null).kind === 'broken') return null;
  const newest = entries.findLast(({ phase }) => phase === 'result');
  if (newest === undefined) return null;
  const { seq, hash, at, action } = newest;
  return { operation: chain, seq, hash, at, outcome: action };
}

/** The entry with which an operation is over. */
export const isEnd = ({ action, phase }: Pick<AuditEntry, 'action' | 'phase'>): boolean =>
  action === 'end' && phase === 'result';
