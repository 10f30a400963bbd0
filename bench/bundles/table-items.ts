import { diffFiles } from '../../core/approvals/file-diff.ts';
import { subjectHash, subjectOf } from '../../core/approvals/subject.ts';
import { hashToken } from '../../pipeline/approval/link-token.ts';
import { chartOn, headOf } from './deploy-repository.ts';
import { configuration, evidence, execution, id, operation, releases, service } from './deployment.ts';
import { newCommit } from './service-repository.ts';

interface Item extends Readonly<Record<string, unknown>> {
  readonly pk: string;
  readonly sk: string;
}

/** Of the mail's link. */
export const approvalToken = 'A'.repeat(43);

const at = execution.startedAt;
const known = { evidence, validatedAt: at, approvedAt: at };
const rule = { role: 'devops', members: ['ana@example.com'], count: 1 };
/** What release finds at these surroundings: one commit, and the values of the new version. */
const since = {
  changes: { commits: [newCommit], total: 1, url: '' },
  chart: diffFiles(chartOn('blue'), chartOn('green')),
  manifests: null,
  unknown: [],
};
/** What was approved. */
const subject = subjectOf({
  ...{ operation, service: configuration, known: { release: releases.green, evidence }, since },
  contributors: { people: [], complete: true },
});
const hash = subjectHash(subject);

/** What the table knows while the deployment is under way. */
const items: readonly Item[] = [
  { pk: `OPERATION#${id}`, sk: 'OPERATION', ...operation },
  {
    ...{ pk: `APPROVAL#${id}`, sk: 'APPROVAL', operation: id, service, version: releases.green.version },
    ...{ requestedAt: at, expiresAt: '2099-01-01T00:00:00.000Z', remindedAt: null, escalatedAt: null },
    ...{ rules: [rule], excluded: [], unknownAuthors: [], subject: hash, links: [], decisions: [] },
    ...{ supersededBy: null, taskToken: 'token', revision: 1 },
  },
  ...['ben@example.com', 'mia@example.com'].map((approver) => ({
    ...{ pk: `DECISION#${id}`, sk: `DECISION#${hash}#signed-in#${approver}`, operation: id, approver },
    ...{ decision: 'approve', reason: null, at, via: 'signed-in', subject: hash, mac: 'bWFj' },
  })),
  { pk: `SUBJECT#${id}`, sk: `SUBJECT#${hash}`, subject },
  { pk: `CHANGES#${id}`, sk: 'CHANGES', since },
  { pk: `BRANCH#${service}`, sk: 'green', revision: 1, epoch: 3, commit: headOf('green') },
  { pk: `LINK#${hashToken(approvalToken)}`, sk: 'LINK', operation: id, approver: 'ana@example.com' },
  {
    ...{ pk: `LOCK#${service}`, sk: 'LOCK', epoch: 3, holder: id, kind: 'deployment', adopted: 'before' },
    ...{ executionArn: execution.arn, acquiredAt: at, deadline: operation.deadline },
  },
  {
    ...{ pk: `RELEASE#${service}`, sk: `RELEASE#${releases.blue.digest}`, release: releases.blue, ...known },
    ...{ succeededAt: at, environment: 'blue' },
  },
  {
    ...{ pk: `RELEASE#${service}`, sk: `RELEASE#${releases.green.digest}`, release: releases.green, ...known },
    ...{ succeededAt: null, environment: null },
  },
];

interface TableRequest {
  readonly Key?: { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } };
  readonly IndexName?: string;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
}

/** DynamoDB's answer. Every write succeeds, and changes nothing. */
export function readTable(action: string, { Key, IndexName, ExpressionAttributeValues: values }: TableRequest): object {
  switch (action) {
    case 'GetItem': {
      const found = items.find(({ pk, sk }) => pk === Key?.pk.S && sk === Key?.sk.S);
      return found === undefined ? {} : { Item: fieldsOf(found) };
    }
    case 'Query': {
      const found = items.filter(({ pk, sk, service: owner }) =>
        IndexName === undefined
          ? pk === values?.[':pk']?.S && sk.startsWith(values?.[':prefix']?.S ?? '')
          : sk === 'OPERATION' && owner === values?.[':service']?.S,
      );
      return { Items: found.map(fieldsOf), Count: found.length };
    }
    default:
      return {};
  }
}

const fieldsOf = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, attributeOf(value)]));

/** A value as DynamoDB sends it. */
function attributeOf(value: unknown): object {
  if (value === null || value === undefined) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(attributeOf) };
  if (typeof value === 'object') return { M: fieldsOf(value) };
  if (typeof value === 'number') return { N: String(value) };
  return typeof value === 'boolean' ? { BOOL: value } : { S: String(value) };
}
