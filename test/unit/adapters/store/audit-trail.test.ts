import { beforeAll, expect, it } from 'vitest';
import { type AuditTrail, createAuditTrail } from '../../../../adapters/store/audit-trail.ts';
import { openTable } from '../../../../adapters/store/dynamo-table.ts';
import type { Key, Table } from '../../../../adapters/store/table.ts';
import { instant } from '../../../../contracts/instant.ts';
import { verifyChain } from '../../../../core/audit/chain.ts';
import { freshTable, testSeals } from '../../../support/table.ts';

let table: Table;
beforeAll(async () => {
  table = openTable(await freshTable());
});

const trailOn = (on: Table) =>
  createAuditTrail(
    on,
    (error) => {
      throw error;
    },
    testSeals().audit,
  );
const append = (trail: AuditTrail, operation: string, actor = 'ana') =>
  trail.append(operation, { at: instant(0), actor, action: 'set-weight', phase: 'intent', details: {} });
const verdictOn = async (operation: string) => {
  const trail = trailOn(table);
  return verifyChain(operation, await trail.list(operation), await trail.head(operation));
};
const cutOff = (operation: string, seq: number) =>
  table.delete({ pk: `AUDIT#${operation}`, sk: `AUDIT#${String(seq).padStart(8, '0')}` });
const isHead = ({ sk }: Key) => sk === 'HEAD';

it('the head on record is the newest entry, also when many write at once', async () => {
  const writers = Array.from({ length: 8 }, (_, index) => append(trailOn(table), 'op-1', `writer-${index}`));
  const written = await Promise.all(writers);

  expect(new Set(written.map(({ seq }) => seq)).size).toBe(8);
  expect(await verdictOn('op-1')).toMatchObject({ kind: 'ok', head: { seq: 8 } });
  expect((await trailOn(table).head('op-1'))?.seq).toBe(8);
});

it('a chain without its last entries is found out, and appending to it does not hide that', async () => {
  const trail = trailOn(table);
  for (let count = 0; count < 4; count += 1) await append(trail, 'op-2');

  await cutOff('op-2', 4);
  await cutOff('op-2', 3);
  const cut = await verdictOn('op-2');
  await append(trail, 'op-2');

  expect(cut).toEqual({ kind: 'broken', at: 3, why: 'is missing: entry 4 is recorded as the last' });
  expect(await verdictOn('op-2')).toMatchObject({ kind: 'broken', at: 3 });
});

it('a writer that died before its entry was on record is no damage, and the next one goes on behind it', async () => {
  await append(trailOn(table), 'op-3');
  const dying = trailOn({
    ...table,
    put: async (key, ...more) => (isHead(key) ? Promise.reject(new Error('died')) : table.put(key, ...more)),
  });
  await expect(append(dying, 'op-3')).rejects.toThrow('died');

  const before = await verdictOn('op-3');
  await append(trailOn(table), 'op-3');

  expect(before).toMatchObject({ kind: 'ok', head: { seq: 2 } });
  expect(await verdictOn('op-3')).toMatchObject({ kind: 'ok', head: { seq: 3 } });
  expect((await trailOn(table).head('op-3'))?.seq).toBe(3);
});

it('a writer that is overtaken does not set the head back', async () => {
  const slow = trailOn({
    ...table,
    put: async (key, ...more) => {
      if (isHead(key)) await append(trailOn(table), 'op-4');
      return table.put(key, ...more);
    },
  });

  await append(slow, 'op-4');

  expect((await trailOn(table).head('op-4'))?.seq).toBe(2);
});

it('a chain of an earlier Sluice, which kept no head, is continued and gets one', async () => {
  const trail = trailOn(table);
  await append(trail, 'op-5');
  await append(trail, 'op-5');
  await table.delete({ pk: 'AUDIT#op-5', sk: 'HEAD' });

  const before = await verdictOn('op-5');
  await append(trail, 'op-5');

  expect(before).toMatchObject({ kind: 'ok', head: { seq: 2 } });
  expect(await trail.head('op-5')).toMatchObject({ seq: 3 });
});
