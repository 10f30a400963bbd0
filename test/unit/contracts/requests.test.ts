import { describe, expect, it } from 'vitest';
import { decideBranchSchema } from '../../../contracts/api/branch.ts';
import { decideOperationSchema, holdVersionSchema, reasonSchema } from '../../../contracts/api/operator-actions.ts';
import {
  abortOperationSchema,
  checkHealthSchema,
  startDeploymentSchema,
  startRollbackSchema,
  switchTrafficSchema,
} from '../../../contracts/api/requests.ts';

const schemas = {
  abortOperationSchema,
  checkHealthSchema,
  decideBranchSchema,
  decideOperationSchema,
  holdVersionSchema,
  reasonSchema,
  startDeploymentSchema,
  startRollbackSchema,
  switchTrafficSchema,
};
const noRequests = [null, undefined, true, 0, '', 'x', [], [null], {}, JSON.parse('{"__proto__": {"reason": "x"}}')];

describe.each(Object.entries(schemas))('%s', (_, schema) => {
  it.each(noRequests)('refuses %j instead of failing over it', (body) => {
    expect(schema.safeParse(body).success).toBe(false);
  });
});

it('a request with several faults is told all of them at once', () => {
  const answer = switchTrafficSchema.safeParse({ from: 'blue', to: 'blue', percentage: 101, reason: '' });

  expect(answer.error?.issues.map(({ path }) => path.join('.')).sort()).toEqual(['percentage', 'reason', 'to']);
});

it.each([
  ['a freeze', reasonSchema, {}],
  ['a hold', holdVersionSchema, { version: 'v2.1.0' }],
  ['a rejection', decideOperationSchema, { decision: 'reject', version: 'v2.1.0' }],
  ['a branch', decideBranchSchema, { kind: 'reset', head: 'a'.repeat(40) }],
  ['an abort', abortOperationSchema, {}],
  ['a rollback', startRollbackSchema, { service: 'shop', version: 'v2.1.0' }],
])('the reason of %s is one line without control and direction characters', (_, schema, body) => {
  const read = schema.parse({ ...body, reason: 'slow\nApprovals: all \u202egnihton\u001b[2J' });

  expect(read).toMatchObject({ reason: 'slow Approvals: all �gnihton�[2J' });
});
