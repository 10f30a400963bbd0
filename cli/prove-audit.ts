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
  /** Number of the entry that is recorded as the last, which a chain that was cut off lacks; null when an earlier Sluice wrote it. */
  readonly onRecord: number | null;
  readonly broken: { readonly at: number; readonly why: string } | null;
  /** What the seals of the entries say; null when nobody could ask KMS. */
  readonly seals: { readonly sealed: number; readonly late: number; readonly doubtful: readonly string[] } | null;
  /** What an audit of something that has ended should have and has not (I9). */
  readonly missing: readonly string[];
}

/** Proves an audit: the chain by recomputing its hashes up to the head on record and beyond; of an ended operation also that each intent has its result, and its end. */
export function proveAudit({
  chain,
  state,
  entries,
  head,
  seals,
}: Omit<ApiAudit, 'anchoredIn' | 'seals'> & Partial<Pick<ApiAudit, 'seals'>>): AuditProof {
  const own = ownEntries(entries);
  const verdict = verifyChain(chain, own, head);
  return {
    chain,
    state,
    count: entries.length,
    head: verdict.kind === 'ok' ? verdict.head.hash : null,
    onRecord: head?.seq ?? null,
    broken: verdict.kind === 'ok' ? null : { at: verdict.at, why: verdict.why },
    seals: seals ? sealsOf(entries, seals) : null,
    missing: state === 'open' ? [] : missingOf(entries),
  };
}

function sealsOf(entries: ApiAudit['entries'], seals: NonNullable<ApiAudit['seals']>): AuditProof['seals'] {
  const of = (state: string) => seals.filter((one) => one.state === state).length;
  const doubtful = seals
    .filter(({ state }) => state === 'forged' || state === 'unsealed')
    .map(({ seq, state }) => {
      const entry = entries.find((one) => one.seq === seq);
      const what = entry === undefined ? '' : ` (${entry.action} by ${entry.actor})`;
      return `entry ${seq}${what} ${state === 'forged' ? 'has a seal that is not its own' : 'has no seal'}`;
    });
  return { sealed: of('sealed'), late: of('late'), doubtful };
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
