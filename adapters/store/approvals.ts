import { forgetAfter, type Table } from './table.ts';

/** A mail's link: only the hash of its token is kept. */
export interface ApprovalLink {
  readonly hash: string;
  readonly approver: string;
  readonly sentAt: string | null;
}

/** One person's decision. `via` says what it proves: possession of a mailbox, or a sign-in. */
export interface ApprovalDecision {
  readonly approver: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string | null;
  readonly at: string;
  readonly via: 'mail-link' | 'signed-in';
}

/** The approval of one operation, in one item: every change is conditional on `revision`. */
export interface ApprovalRecord {
  readonly operation: string;
  readonly service: string;
  readonly version: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly remindedAt: string | null;
  /** Who was told that it takes too long, once (`approvals.escalate`). */
  readonly escalatedAt: string | null;
  readonly rules: readonly {
    readonly role: string;
    readonly members: readonly string[];
    readonly count: number;
    /** A mailbox is not enough: the member must have signed in. */
    readonly require?: 'signed-in' | undefined;
  }[];
  /** Mail addresses whose approval does not count: who triggered and who authored it, as known. */
  readonly excluded: readonly string[];
  /** Logins that no entry of `people` explains; shown to the approvers. */
  readonly unknownAuthors: readonly string[];
  readonly links: readonly ApprovalLink[];
  readonly decisions: readonly ApprovalDecision[];
  readonly supersededBy: string | null;
  /** Callback of the waiting execution; never leaves the server. */
  readonly taskToken: string | null;
  readonly revision: number;
}

export interface Approvals {
  create(record: ApprovalRecord): Promise<'created' | 'exists'>;
  read(operation: string): Promise<ApprovalRecord | null>;
  /** Writes `change(record)` if nobody else did meanwhile, else reads and asks `change` again. `null` leaves it alone. */
  change(operation: string, change: (record: ApprovalRecord) => ApprovalRecord | null): Promise<ApprovalRecord | null>;
  /** Makes a link's token known before its mail leaves. It is forgotten 30 days after its approval is over (`until`, RFC 3339). */
  putLink(hash: string, link: LinkTarget, until: string): Promise<void>;
  findLink(hash: string): Promise<LinkTarget | null>;
}

/** What the hash of a link's token leads to. */
export interface LinkTarget {
  readonly operation: string;
  readonly approver: string;
}

const key = (operation: string) => ({ pk: `OPERATION#${operation}`, sk: 'APPROVAL' });
const linkKey = (hash: string) => ({ pk: `LINK#${hash}`, sk: 'LINK' });
const ATTEMPTS = 20;

export function createApprovals(table: Table): Approvals {
  const read = (operation: string) => table.get<ApprovalRecord>(key(operation));
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
        const written = await table.put(key(operation), next, {
          expression: '#revision = :seen',
          names: { '#revision': 'revision' },
          values: { ':seen': seen.revision },
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
    findLink: (hash) => table.get<LinkTarget>(linkKey(hash)),
  };
}
