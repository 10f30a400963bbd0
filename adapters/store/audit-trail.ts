import { seconds } from '../../contracts/duration.ts';
import { DependencyRefused, DependencyUnavailable } from '../../contracts/errors.ts';
import {
  type AuditEntry,
  type AuditSeal,
  auditEntrySchema,
  auditSealSchema,
  type ChainHead,
  chainHeadSchema,
  type NewAuditEntry,
} from '../../contracts/records/audit-entry.ts';
import { chainEntry, isUnchanged } from '../../core/audit/chain.ts';
import type { Seal } from '../seal/seal.ts';
import { type OnUnreadable, readIfThere, readList, readRecord } from './read-record.ts';
import { assignments, type Item, type Table } from './table.ts';

/** The audit of each operation: an append-only chain (rule 9, I9), each entry sealed by who wrote it (I13). */
export interface AuditTrail {
  /** Appends an entry behind the newest one; entries of concurrent writers are put in a row, none is lost. */
  append(operation: string, entry: NewAuditEntry): Promise<AuditEntry>;
  /**
   * Where the chain of an operation stood when its record was last written; null when nothing was ever appended, or by an earlier Sluice
   * only. It may be behind the newest entry, whose writer died in between, and is never ahead of it: an entry that it knows and the chain
   * has not was taken away.
   */
  head(operation: string): Promise<ChainHead | null>;
  /** All entries of an operation that can be read, oldest first. One that cannot leaves a gap, which verifyChain finds. */
  list(operation: string): Promise<AuditEntry[]>;
  /** What proves each entry of a chain, oldest first; with `newest` only so many of the newest. Errors: DependencyUnavailable. */
  proofs(operation: string, newest?: number): Promise<AuditProof[]>;
  /** Seals what this process has appended and could not seal, or was not to wait for. Errors: DependencyUnavailable. */
  sealKept(): Promise<void>;
  /** Seals what has no seal, saying that it came later: for chains of the way back, which does not wait for KMS. @param at RFC 3339 */
  sealLate(operation: string, at: string): Promise<number>;
}

/**
 * `sealed` by who wrote it; `late`: by somebody who found it without; `unsealed`: nobody says who wrote it; `forged`: the seal is of another
 * entry, or of nobody who may write.
 */
export interface AuditProof {
  readonly entry: AuditEntry;
  readonly state: 'sealed' | 'late' | 'unsealed' | 'forged';
  /** The function that sealed it, as the seal proves; null without one that holds. */
  readonly by: string | null;
  readonly lateAt: string | null;
}

/** How entries are sealed. */
export interface AuditSealing {
  /** The function that writes. */
  readonly by: string;
  readonly seal: Seal;
  /** `later`: only by `sealKept`, for a writer that must not wait for KMS (rule 6). */
  readonly when: 'at-once' | 'later';
}

const pk = (operation: string) => `AUDIT#${operation}`;
const prefix = 'AUDIT#';
/** Numbers are padded, so that text order is their order; 25,000 history events bound an execution's entries far below this. */
const sk = (seq: number) => `${prefix}${String(seq).padStart(8, '0')}`;
/**
 * An item of its own beside the operation's, which every change of state writes and an index copies: this one stays at one write unit, and
 * the chain of a service, which has no operation, has it too.
 */
const headKey = (operation: string) => ({ pk: pk(operation), sk: 'HEAD' });
const ATTEMPTS = 50;
/** So long an entry waits for its seal. Nothing waits for KMS longer: what is not sealed says so. */
const sealWithin = seconds(1);
/** So long nobody asks again after that. */
const sealPause = seconds(30);

export function createAuditTrail(table: Table, onUnreadable: OnUnreadable, sealing: AuditSealing): AuditTrail {
  const { seal, by, when } = sealing;
  let kept: AuditEntry[] = [];
  let pausedUntil = 0;

  const query = (operation: string, newestOnly: { Limit?: number; ScanIndexForward?: boolean }) =>
    table.query({
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk(operation), ':prefix': prefix },
      ConsistentRead: true,
      ...newestOnly,
    });
  const head = async (operation: string): Promise<ChainHead | null> =>
    readIfThere(chainHeadSchema, await table.get(headKey(operation)));
  const moveHead = async (operation: string, { seq, hash }: ChainHead) => {
    await table.put(
      headKey(operation),
      { seq, hash },
      { expression: 'attribute_not_exists(pk) OR seq < :seq', values: { ':seq': seq } },
    );
  };
  const sealOf = async (entry: AuditEntry): Promise<AuditSeal | null> => {
    if (when === 'later' || performance.now() < pausedUntil) return null;
    try {
      return { by, lateAt: null, mac: await seal.make(sealed(entry, by, null), { within: sealWithin }) };
    } catch (error) {
      if (!(error instanceof DependencyUnavailable || error instanceof DependencyRefused)) throw error;
      pausedUntil = performance.now() + sealPause;
      return null;
    }
  };
  const addSeal = async ({ operation, seq, hash }: AuditEntry, made: AuditSeal) => {
    const set = assignments({ seal: made });
    await table.update(
      { pk: pk(operation), sk: sk(seq) },
      {
        ...set,
        ConditionExpression: '#hash = :hash AND attribute_not_exists(#seal)',
        ExpressionAttributeNames: { ...set.ExpressionAttributeNames, '#hash': 'hash' },
        ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ':hash': hash },
      },
    );
  };
  const prove = async (item: Item): Promise<AuditProof> => {
    const entry = readEntry(item);
    const found = auditSealSchema.safeParse(item.seal);
    const of = (state: AuditProof['state']) => ({ entry, state, by: null, lateAt: null });
    if (!found.success) return of(item.seal === undefined ? 'unsealed' : 'forged');
    const { by: writer, lateAt, mac } = found.data;
    const holds = isUnchanged(entry) && (await seal.verify(sealed(entry, writer, lateAt), mac));
    return holds ? { entry, state: lateAt === null ? 'sealed' : 'late', by: writer, lateAt } : of('forged');
  };

  const sealKept = async () => {
    const entries = kept;
    kept = [];
    const done = new Set<AuditEntry>();
    try {
      for (const entry of entries) {
        await addSeal(entry, { by, lateAt: null, mac: await seal.make(sealed(entry, by, null)) });
        done.add(entry);
      }
    } finally {
      // What could not be sealed is tried again by this process later, and by the guardian.
      kept.push(...entries.filter((entry) => !done.has(entry)));
    }
  };

  return {
    async append(operation, entry) {
      // Behind the head on record rather than the newest entry: where the end was cut off, a gap stays for everybody to see.
      let previous = await head(operation);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const chained = chainEntry(operation, previous, entry);
        const made = await sealOf(chained);
        const written = await table.put(
          { pk: pk(operation), sk: sk(chained.seq) },
          { ...chained, ...(made === null ? {} : { seal: made }) },
          { expression: 'attribute_not_exists(pk)' },
        );
        if (written === 'written') {
          await moveHead(operation, chained);
          if (made === null) kept.push(chained);
          // KMS answers again.
          else if (kept.length > 0) await sealKept().catch(() => undefined);
          return chained;
        }
        const [newest] = await query(operation, { Limit: 1, ScanIndexForward: false });
        // Its place and hash are all that the next one needs.
        if (newest !== undefined) previous = readRecord(chainHeadSchema, newest);
      }
      throw new Error(`The audit of operation ${operation} is being written by others all the time; try again.`);
    },
    head,
    async list(operation) {
      return readList(await query(operation, {}), readEntry, onUnreadable);
    },
    async proofs(operation, newest) {
      const items =
        newest === undefined
          ? await query(operation, {})
          : (await query(operation, { Limit: newest, ScanIndexForward: false })).toReversed();
      const readable = readList(items, (item) => ({ item, entry: readEntry(item) }), onUnreadable);
      return Promise.all(readable.map(({ item }) => prove(item)));
    },
    sealKept,
    async sealLate(operation, at) {
      const items = (await query(operation, {})).filter((item) => item.seal === undefined);
      const entries = readList(items, readEntry, onUnreadable);
      for (const entry of entries)
        await addSeal(entry, { by, lateAt: at, mac: await seal.make(sealed(entry, by, at)) });
      return entries.length;
    },
  };
}

/** What the seal of an entry is over. Its hash is over everything else of it, and over all entries before it. */
const sealed = ({ operation, seq, hash }: AuditEntry, by: string, lateAt: string | null) => ({
  operation,
  seq,
  hash,
  by,
  lateAt,
});

function readEntry(item: Item): AuditEntry {
  const { pk: _, sk: __, format: ___, seal: ____, ...entry } = readRecord(auditEntrySchema, item);
  return entry;
}
