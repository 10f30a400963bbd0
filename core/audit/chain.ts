import { createHash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';
import type { AuditEntry, ChainHead, NewAuditEntry } from '../../contracts/records/audit-entry.ts';

const canonical = configure({ deterministic: true, strict: true });

/** The head of a chain without entries; differs by operation, so that an entry cannot be moved to another one. */
export const emptyChain = (operation: string): ChainHead => ({ seq: 0, hash: sha256(`sluice audit ${operation}`) });

/** The entry behind `previous`, the chain's newest entry (or head), null for the first one. */
export function chainEntry(operation: string, previous: ChainHead | null, entry: NewAuditEntry): AuditEntry {
  const { at, actor, action, phase, details } = entry;
  const head = previous ?? emptyChain(operation);
  const content = {
    operation,
    seq: head.seq + 1,
    at,
    actor,
    action,
    phase,
    details: plain(details),
    previousHash: head.hash,
  };
  return { ...content, hash: hashOf(content) };
}

/** Whether an entry still is what it was hashed as. */
export const isUnchanged = ({ hash, ...content }: AuditEntry): boolean => hashOf(content) === hash;

export type ChainVerdict = { kind: 'ok'; head: ChainHead } | { kind: 'broken'; at: number; why: string };

/**
 * Verifies a chain in the order of its entries. Any edit, insertion, reordering or removal is found; a removal of the newest
 * entries only by comparison with `head`, the one on record, which must be one of the entries: newer ones may follow, since whoever
 * wrote the last may have died before it was on record.
 */
export function verifyChain(operation: string, entries: readonly AuditEntry[], head: ChainHead | null): ChainVerdict {
  let previous = emptyChain(operation);
  let onRecord = head === null || isSame(head, previous);
  for (const entry of entries) {
    const at = previous.seq + 1;
    if (entry.operation !== operation) return { kind: 'broken', at, why: `belongs to operation ${entry.operation}` };
    if (entry.seq !== at) return { kind: 'broken', at, why: `expected entry ${at}, found ${entry.seq}` };
    if (entry.previousHash !== previous.hash) return { kind: 'broken', at, why: 'does not follow the entry before it' };
    const { hash, ...content } = entry;
    if (hashOf(content) !== hash)
      return { kind: 'broken', at, why: 'was changed: its hash does not match its content' };
    previous = { seq: entry.seq, hash };
    onRecord ||= head !== null && isSame(head, previous);
  }
  if (onRecord || head === null) return { kind: 'ok', head: previous };
  return head.seq > previous.seq
    ? { kind: 'broken', at: previous.seq + 1, why: `is missing: entry ${head.seq} is recorded as the last` }
    : { kind: 'broken', at: head.seq, why: 'is not the recorded one: the chain was rewritten' };
}

const isSame = (one: ChainHead, other: ChainHead): boolean => one.seq === other.seq && one.hash === other.hash;

function hashOf(content: Omit<AuditEntry, 'hash'>): string {
  return sha256(canonical(content) ?? '');
}

/** As JSON will keep it, so that the hash is the same before and after storage. */
const plain = (details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  JSON.parse(JSON.stringify(details));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
