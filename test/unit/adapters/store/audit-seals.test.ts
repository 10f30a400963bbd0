import { beforeEach, expect, it } from 'vitest';
import { type AuditSealing, createAuditTrail } from '../../../../adapters/store/audit-trail.ts';
import { openTable } from '../../../../adapters/store/dynamo-table.ts';
import type { Table, TableOptions } from '../../../../adapters/store/table.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { instant } from '../../../../contracts/instant.ts';
import { chainEntry } from '../../../../core/audit/chain.ts';
import { editItem, freshTable, localSeal } from '../../../support/table.ts';

const entry = { at: instant(0), actor: 'ana', action: 'freeze', phase: 'intent' as const, details: {} };
const keyOf = (seq: number) => ({ pk: 'AUDIT#op', sk: `AUDIT#${String(seq).padStart(8, '0')}` });

let options: TableOptions;
let table: Table;
let asked: number;
let kmsAnswers: boolean;
beforeEach(async () => {
  options = await freshTable();
  table = openTable(options);
  asked = 0;
  kmsAnswers = true;
});

const trailOf = (by: string, when: AuditSealing['when'] = 'at-once') => {
  const seal = localSeal('audit');
  const make: typeof seal.make = async (content) => {
    asked += 1;
    if (kmsAnswers) return seal.make(content);
    throw new DependencyUnavailable('KMS', 'GenerateMac: no answer');
  };
  const onUnreadable = (error: Error) => {
    throw error;
  };
  return createAuditTrail(table, onUnreadable, { by, seal: { ...seal, make }, when });
};
const states = async () => (await trailOf('api-read').proofs('op')).map(({ state, by }) => [state, by]);

it('every entry is sealed by the function that wrote it', async () => {
  await trailOf('act').append('op', entry);
  await trailOf('operation').append('op', entry);

  expect(await states()).toEqual([
    ['sealed', 'act'],
    ['sealed', 'operation'],
  ]);
});

it('a chain that somebody wrote anew, head and hashes included, is found out entry by entry', async () => {
  const trail = trailOf('api-operate');
  for (const actor of ['ben', 'ana']) await trail.append('op', { ...entry, actor });
  const first = chainEntry('op', null, { ...entry, actor: 'ben' });
  const forged = chainEntry('op', first, { ...entry, actor: 'cleo' });

  await table.put(keyOf(2), forged);
  await table.put({ pk: 'AUDIT#op', sk: 'HEAD' }, { seq: 2, hash: forged.hash });
  const without = await states();
  // With the seal of the entry that was there.
  const [sealed] = await table.query({
    KeyConditionExpression: 'pk = :pk AND sk = :sk',
    ExpressionAttributeValues: { ':pk': keyOf(1).pk, ':sk': keyOf(1).sk },
  });
  await editItem(options, keyOf(2), 'seal', sealed?.seal);

  expect(without).toEqual([
    ['sealed', 'api-operate'],
    ['unsealed', null],
  ]);
  expect(await states()).toEqual([
    ['sealed', 'api-operate'],
    ['forged', null],
  ]);
});

it.each(['actor', 'at', 'details'])('an entry whose %s was changed under its seal is forged', async (field) => {
  await trailOf('act').append('op', entry);

  await editItem(options, keyOf(1), field, field === 'at' ? 7 : field === 'actor' ? 'cleo' : { to: 100 });

  expect(await states()).toEqual([['forged', null]]);
});

it('another writer’s name under the seal is forged', async () => {
  await trailOf('notify').append('op', entry);
  const mac = await localSeal('audit').make({});

  await editItem(options, keyOf(1), 'seal', { by: 'act', lateAt: null, mac });

  expect(await states()).toEqual([['forged', null]]);
});

it('nobody waits for KMS: entries stand without a seal, KMS is left alone for a while, and their writer seals them once it answers', async () => {
  const trail = trailOf('act');
  kmsAnswers = false;
  await trail.append('op', entry);
  await trail.append('op', entry);
  const without = await states();

  kmsAnswers = true;
  await trail.sealKept();

  expect([without, asked]).toEqual([
    [
      ['unsealed', null],
      ['unsealed', null],
    ],
    3,
  ]);
  expect(await states()).toEqual([
    ['sealed', 'act'],
    ['sealed', 'act'],
  ]);
});

it('the way back asks KMS for nothing before its work is done', async () => {
  const trail = trailOf('return-traffic', 'later');
  await trail.append('op', entry);
  const [before, askedBefore] = [await states(), asked];

  await trail.sealKept();

  expect([before, askedBefore]).toEqual([[['unsealed', null]], 0]);
  expect(await states()).toEqual([['sealed', 'return-traffic']]);
});

it('what is sealed by somebody else says so, and since when; what has a seal keeps it', async () => {
  await trailOf('act').append('op', entry);
  await trailOf('return-traffic', 'later').append('op', entry);

  const sealed = await trailOf('guardian').sealLate('op', '2026-11-29T08:00:00.000Z');

  expect(sealed).toBe(1);
  expect(await trailOf('api-read').proofs('op')).toMatchObject([
    { state: 'sealed', by: 'act', lateAt: null },
    { state: 'late', by: 'guardian', lateAt: '2026-11-29T08:00:00.000Z' },
  ]);
});
