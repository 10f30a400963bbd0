import {
  type AuditEntry,
  auditEntrySchema,
  type ChainHead,
  chainHeadSchema,
  type NewAuditEntry,
} from '../../contracts/records/audit-entry.ts';
import { chainEntry } from '../../core/audit/chain.ts';
import { type OnUnreadable, readIfThere, readList, readRecord } from './read-record.ts';
import type { Item, Table } from './table.ts';

/** The audit of each operation: an append-only chain (rule 9, I9). */
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
}

const pk = (operation: string) => `OPERATION#${operation}`;
const prefix = 'AUDIT#';
/** Numbers are padded, so that text order is their order; 25,000 history events bound an execution's entries far below this. */
const sk = (seq: number) => `${prefix}${String(seq).padStart(8, '0')}`;
/**
 * An item of its own beside the operation's, which every change of state writes and an index copies: this one stays at one write unit, and
 * the chain of a service, which has no operation, has it too.
 */
const headKey = (operation: string) => ({ pk: pk(operation), sk: 'HEAD' });
const ATTEMPTS = 50;

export function createAuditTrail(table: Table, onUnreadable: OnUnreadable): AuditTrail {
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
  return {
    async append(operation, entry) {
      // Behind the head on record rather than the newest entry: where the end was cut off, a gap stays for everybody to see.
      let previous = await head(operation);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const chained = chainEntry(operation, previous, entry);
        const written = await table.put({ pk: pk(operation), sk: sk(chained.seq) }, chained, {
          expression: 'attribute_not_exists(pk)',
        });
        if (written === 'written') {
          await moveHead(operation, chained);
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
  };
}

function readEntry(item: Item): AuditEntry {
  const { pk: _, sk: __, format: ___, ...entry } = readRecord(auditEntrySchema, item);
  return entry;
}
