import { isDeepStrictEqual } from 'node:util';
import { nameKey } from '../../contracts/name-key.ts';
import {
  type ApprovalDecision,
  type ApprovalRecord,
  approvalRecordSchema,
  brokenDecisionSchema,
  decisionItemSchema,
  type LinkTarget,
  linkTargetSchema,
} from '../../contracts/records/approval.ts';
import type { Seal } from '../seal/seal.ts';
import { readIfThere } from './read-record.ts';
import { assignments, type ForgetAfter, type Item, type Table } from './table.ts';

export interface Approvals {
  create(record: ApprovalRecord): Promise<'created' | 'exists'>;
  /** With the decisions that are proven (I13). Errors: DependencyUnavailable when KMS cannot be asked about one. */
  read(operation: string): Promise<ApprovalRecord | null>;
  /**
   * Writes `change(record)` if nobody else did meanwhile, else reads and asks `change` again. `null` leaves it alone. A decision that is added
   * is sealed and stays as it is: another one of the same approver is judged anew.
   */
  change(operation: string, change: (record: ApprovalRecord) => ApprovalRecord | null): Promise<ApprovalRecord | null>;
  /** Makes a link's token known before its mail leaves. It is forgotten 30 days after its approval is over (`until`, RFC 3339). */
  putLink(hash: string, link: LinkTarget, until: string): Promise<void>;
  findLink(hash: string): Promise<LinkTarget | null>;
}

const key = (operation: string) => ({ pk: `APPROVAL#${operation}`, sk: 'APPROVAL' });
const decisionPk = (operation: string) => `DECISION#${operation}`;
/** One for each approver, subject and proof: a second one is no new item. */
const decisionKey = (
  operation: string,
  { approver, subject, via }: Omit<ApprovalDecision, 'decision' | 'reason' | 'at'>,
) => ({
  pk: decisionPk(operation),
  sk: `DECISION#${subject ?? 'none'}#${via}#${nameKey(approver)}`,
});
const linkKey = (hash: string) => ({ pk: `LINK#${hash}`, sk: 'LINK' });
const ATTEMPTS = 20;

export function createApprovals(table: Table, forgetAfter: ForgetAfter, seal: Seal): Approvals {
  const readDecisions = async (operation: string): Promise<ReadDecisions> => {
    const items = await table.query({
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': decisionPk(operation) },
      ConsistentRead: true,
    });
    const read = await Promise.all(items.map(async (item) => readDecision(operation, item, seal)));
    const of = (isProven: boolean) =>
      read
        .filter(({ proven }) => proven === isProven)
        .toSorted((one, other) => one.decision.at.localeCompare(other.decision.at));
    const forged = of(false);
    return {
      decisions: of(true).map(({ decision }) => decision),
      ...(forged.length === 0 ? {} : { forged: forged.map(({ decision }) => decision) }),
      forgedMacs: new Map(forged.map(({ sk, mac }) => [sk, mac])),
    };
  };
  const load = async (operation: string) => {
    const request = readIfThere(approvalRecordSchema, await table.get(key(operation)));
    if (request === null) return null;
    // What stands in the request itself was not written by who decides.
    const { decisions: _, forged: __, voided: ___, ...rest } = request;
    const { forgedMacs, decisions: all, ...decided } = await readDecisions(operation);
    const isCurrent = ({ subject }: ApprovalDecision) => subject === request.subject;
    const decisions = all.filter(isCurrent);
    const record: ApprovalRecord = { ...rest, ...decided, decisions, voided: all.filter((one) => !isCurrent(one)) };
    return { record, forgedMacs };
  };
  const decide = async (operation: string, decision: ApprovalDecision, forgedMacs: ReadDecisions['forgedMacs']) => {
    const content = { ...decision, operation };
    const place = decisionKey(operation, decision);
    // Somebody's forgery must not keep them from deciding; a decision that was sealed stays.
    return table.put(
      place,
      { ...content, mac: await seal.make(content) },
      {
        expression: 'attribute_not_exists(pk) OR attribute_not_exists(mac) OR mac = :forged',
        values: { ':forged': forgedMacs.get(place.sk) ?? null },
      },
    );
  };

  return {
    async create(record) {
      const { decisions: _, forged: __, voided: ___, ...request } = record;
      const written = await table.put(key(record.operation), request, { expression: 'attribute_not_exists(pk)' });
      return written === 'written' ? 'created' : 'exists';
    },
    read: async (operation) => (await load(operation))?.record ?? null,
    async change(operation, change) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const loaded = await load(operation);
        if (loaded === null) return null;
        const { record: seen, forgedMacs } = loaded;
        const wanted = change(seen);
        if (wanted === null) return seen;
        const { decisions: before, forged: _, voided: __, ...request } = seen;
        const { decisions, forged: ___, voided: ____, ...changed } = wanted;
        const made = decisions.filter((one) => !before.includes(one));
        const outcomes = await Promise.all(made.map((decision) => decide(operation, decision, forgedMacs)));
        if (outcomes.includes('condition-failed')) continue;
        if (isDeepStrictEqual(changed, request)) return wanted;
        const next = { ...changed, revision: seen.revision + 1 };
        // Field by field: what a newer version has added to the item stays.
        const set = assignments({ ...next });
        const written = await table.update(key(operation), {
          ...set,
          ConditionExpression: '#revision = :seen',
          ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ':seen': seen.revision },
        });
        if (written === 'written') return { ...wanted, revision: next.revision };
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

interface ReadDecisions extends Pick<ApprovalRecord, 'decisions' | 'forged'> {
  /** By their sort keys. */
  readonly forgedMacs: ReadonlyMap<string, string | null>;
}

/**
 * Of an item that anybody may have put there: whatever it says, only its seal proves it, and that it is about this operation. One that is no
 * decision at all is a forgery like others, and keeps nobody from theirs.
 */
async function readDecision(operation: string, item: Item, seal: Seal) {
  const read = decisionItemSchema.safeParse(item);
  if (!read.success) {
    const mac = typeof item.mac === 'string' ? item.mac : null;
    return { sk: item.sk, mac, proven: false, decision: brokenDecisionSchema.parse(item) };
  }
  const { pk: _, sk: __, format: ___, mac, ...content } = read.data;
  const { operation: about, approver, decision, reason, at, via, subject, ...more } = content;
  const own = about === operation && item.sk === decisionKey(operation, content).sk;
  const proven = own && mac !== null && (await seal.verify(sealedContent(item), mac));
  return { sk: item.sk, mac, proven, decision: { ...more, approver, decision, reason, at, via, subject } };
}

/** Exactly what is stored: defaults of a schema were not sealed. */
function sealedContent(item: Item): object {
  const { pk: _, sk: __, format: ___, mac: ____, ...content } = item;
  return content;
}
