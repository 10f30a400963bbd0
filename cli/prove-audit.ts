import type { ApiAudit } from '../contracts/api/audit.ts';
import { instant } from '../contracts/instant.ts';
import type { AuditEntry } from '../contracts/records/audit-entry.ts';
import { verifyChain } from '../core/audit/chain.ts';

/** What can be said of an audit by whoever has all its entries. */
export interface AuditProof {
  readonly chain: string;
  readonly state: ApiAudit['state'];
  readonly count: number;
  /** Hash of the newest entry: whoever has noted it can tell later that nothing before it was changed. Null when broken. */
  readonly head: string | null;
  /** Number of the entry that is on record as the last, which a chain that was cut off lacks; null when an earlier Sluice wrote it. */
  readonly onRecord: number | null;
  readonly broken: { readonly at: number; readonly why: string } | null;
  /** What an audit of something that has ended should have and has not (I9). */
  readonly missing: readonly string[];
}

/** Proves an audit: the chain by recomputing its hashes up to the head on record and beyond; of an ended operation also that each intent has its result, and its end. */
export function proveAudit({ chain, state, entries, head }: Omit<ApiAudit, 'anchoredIn'>): AuditProof {
  const own = ownEntries(entries);
  const verdict = verifyChain(chain, own, head);
  return {
    chain,
    state,
    count: entries.length,
    head: verdict.kind === 'ok' ? verdict.head.hash : null,
    onRecord: head?.seq ?? null,
    broken: verdict.kind === 'ok' ? null : { at: verdict.at, why: verdict.why },
    missing: state === 'open' ? [] : missingOf(entries),
  };
}

/** The entries as they were hashed. */
export const ownEntries = (entries: ApiAudit['entries']): AuditEntry[] =>
  entries.map((entry) => ({ ...entry, at: instant(entry.at) }));

/** A task that died is repeated: an intent is answered by the first later result of the same action. */
function missingOf(entries: ApiAudit['entries']): string[] {
  const unanswered = entries.filter(
    ({ phase, action, seq }) =>
      phase === 'intent' &&
      !entries.some((later) => later.phase === 'result' && later.action === action && later.seq > seq),
  );
  const ended = entries.some(({ action, phase }) => action === 'end' && phase === 'result');
  return [
    ...unanswered.map(({ seq, action }) => `the intent of entry ${seq} (${action}) has no result`),
    ...(ended ? [] : ['it has ended, but no entry says how']),
  ];
}
