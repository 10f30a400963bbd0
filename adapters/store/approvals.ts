import {
  type ApprovalRecord,
  approvalRecordSchema,
  type LinkTarget,
  linkTargetSchema,
} from '../../contracts/records/approval.ts';
import { readIfThere } from './read-record.ts';
import { assignments, forgetAfter, type Table } from './table.ts';

export interface Approvals {
  create(record: ApprovalRecord): Promise<'created' | 'exists'>;
  read(operation: string): Promise<ApprovalRecord | null>;
  /** Writes `change(record)` if nobody else did meanwhile, else reads and asks `change` again. `null` leaves it alone. */
  change(operation: string, change: (record: ApprovalRecord) => ApprovalRecord | null): Promise<ApprovalRecord | null>;
  /** Makes a link's token known before its mail leaves. It is forgotten 30 days after its approval is over (`until`, RFC 3339). */
  putLink(hash: string, link: LinkTarget, until: string): Promise<void>;
  findLink(hash: string): Promise<LinkTarget | null>;
}

const key = (operation: string) => ({ pk: `OPERATION#${operation}`, sk: 'APPROVAL' });
const linkKey = (hash: string) => ({ pk: `LINK#${hash}`, sk: 'LINK' });
const ATTEMPTS = 20;

export function createApprovals(table: Table): Approvals {
  const read = async (operation: string) => readIfThere(approvalRecordSchema, await table.get(key(operation)));
  return {
    async create(record) {
      const written = await table.put(key(record.operation), record, { expression: 'attribute_not_exists(pk)' });
      return written === 'written' ? 'created' : 'exists';
    },
    read,
    async change(operation, change) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const seen = await read(operation);
        if (seen === null) return null;
        const wanted = change(seen);
        if (wanted === null) return seen;
        const next = { ...wanted, revision: seen.revision + 1 };
        // Field by field: what a newer version has added to the item stays.
        const set = assignments({ ...next });
        const written = await table.update(key(operation), {
          ...set,
          ConditionExpression: '#revision = :seen',
          ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ':seen': seen.revision },
        });
        if (written === 'written') return next;
      }
      throw new Error(
        `The approval of operation ${operation} changed ${ATTEMPTS} times while it was being written. Try again.`,
      );
    },
    async putLink(hash, { operation, approver }, until) {
      await table.put(linkKey(hash), { operation, approver, expiresAt: forgetAfter(until) });
    },
    findLink: async (hash) => readIfThere(linkTargetSchema, await table.get(linkKey(hash))),
  };
}
