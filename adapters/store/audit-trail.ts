import { type AuditEntry, chainEntry, type NewAuditEntry } from '../../core/audit/chain.ts';
import type { Table } from './table.ts';

/** The audit of each operation: an append-only chain (rule 9, I9). */
export interface AuditTrail {
  /** Appends an entry behind the newest one; entries of concurrent writers are put in a row, none is lost. */
  append(operation: string, entry: NewAuditEntry): Promise<AuditEntry>;
  /** All entries of an operation, oldest first. */
  list(operation: string): Promise<AuditEntry[]>;
}

const pk = (operation: string) => `OPERATION#${operation}`;
const prefix = 'AUDIT#';
/** Numbers are padded, so that text order is their order; 25,000 history events bound an execution's entries far below this. */
const sk = (seq: number) => `${prefix}${String(seq).padStart(8, '0')}`;
const ATTEMPTS = 50;

export function createAuditTrail(table: Table): AuditTrail {
  const query = (operation: string, newestOnly: { Limit?: number; ScanIndexForward?: boolean }) =>
    table.query<AuditEntry & { pk: string; sk: string }>({
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk(operation), ':prefix': prefix },
      ConsistentRead: true,
      ...newestOnly,
    });
  return {
    async append(operation, entry) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const [newest] = await query(operation, { Limit: 1, ScanIndexForward: false });
        const chained = chainEntry(operation, newest ?? null, entry);
        const written = await table.put({ pk: pk(operation), sk: sk(chained.seq) }, chained, {
          expression: 'attribute_not_exists(pk)',
        });
        if (written === 'written') return chained;
      }
      throw new Error(`The audit of operation ${operation} is being written by others all the time; try again.`);
    },
    async list(operation) {
      return (await query(operation, {})).map(withoutKeys);
    },
  };
}

function withoutKeys({ pk: _pk, sk: _sk, ...entry }: AuditEntry & { pk: string; sk: string }): AuditEntry {
  return entry;
}
