import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AuditTrail, createAuditTrail } from '../../../../adapters/store/audit-trail.ts';
import { openTable } from '../../../../adapters/store/dynamo-table.ts';
import type { Key, Table } from '../../../../adapters/store/table.ts';
import { seconds } from '../../../../contracts/duration.ts';
import { instant } from '../../../../contracts/instant.ts';
import { verifyChain } from '../../../../core/audit/chain.ts';
import { startDynamoDb } from '../../../../sandbox/aws/start-dynamodb.ts';
import { installTable, tableName } from '../../../../sandbox/install.ts';

let dataDir: string;
let dynamodb: Awaited<ReturnType<typeof startDynamoDb>>;
let table: Table;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-audit-'));
  dynamodb = await startDynamoDb({ port: 0, dataDir });
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  const aws = { region: 'us-east-1', endpoint: dynamodb.endpoint, credentials };
  await installTable(aws.endpoint);
  table = openTable({ aws, tableName, within: seconds(5) });
});
afterAll(async () => {
  await dynamodb.close();
  await rm(dataDir, { recursive: true });
});

const append = (trail: AuditTrail, operation: string, actor = 'ana') =>
  trail.append(operation, { at: instant(0), actor, action: 'set-weight', phase: 'intent', details: {} });
const verdictOn = async (operation: string) => {
  const trail = createAuditTrail(table);
  return verifyChain(operation, await trail.list(operation), await trail.head(operation));
};
const cutOff = (operation: string, seq: number) =>
  table.delete({ pk: `OPERATION#${operation}`, sk: `AUDIT#${String(seq).padStart(8, '0')}` });
const isHead = ({ sk }: Key) => sk === 'HEAD';

it('the head on record is the newest entry, also when many write at once', async () => {
  const writers = Array.from({ length: 8 }, (_, index) => append(createAuditTrail(table), 'op-1', `writer-${index}`));
  const written = await Promise.all(writers);

  expect(new Set(written.map(({ seq }) => seq)).size).toBe(8);
  expect(await verdictOn('op-1')).toMatchObject({ kind: 'ok', head: { seq: 8 } });
  expect((await createAuditTrail(table).head('op-1'))?.seq).toBe(8);
});

it('a chain without its last entries is found out, and appending to it does not hide that', async () => {
  const trail = createAuditTrail(table);
  for (let count = 0; count < 4; count += 1) await append(trail, 'op-2');

  await cutOff('op-2', 4);
  await cutOff('op-2', 3);
  const cut = await verdictOn('op-2');
  await append(trail, 'op-2');

  expect(cut).toEqual({ kind: 'broken', at: 3, why: 'is missing: entry 4 is on record as the last' });
  expect(await verdictOn('op-2')).toMatchObject({ kind: 'broken', at: 3 });
});

it('a writer that died before its entry was on record is no damage, and the next one goes on behind it', async () => {
  await append(createAuditTrail(table), 'op-3');
  const dying = createAuditTrail({
    ...table,
    put: async (key, ...more) => (isHead(key) ? Promise.reject(new Error('died')) : table.put(key, ...more)),
  });
  await expect(append(dying, 'op-3')).rejects.toThrow('died');

  const before = await verdictOn('op-3');
  await append(createAuditTrail(table), 'op-3');

  expect(before).toMatchObject({ kind: 'ok', head: { seq: 2 } });
  expect(await verdictOn('op-3')).toMatchObject({ kind: 'ok', head: { seq: 3 } });
  expect((await createAuditTrail(table).head('op-3'))?.seq).toBe(3);
});

it('a writer that is overtaken does not set the head back', async () => {
  const slow = createAuditTrail({
    ...table,
    put: async (key, ...more) => {
      if (isHead(key)) await append(createAuditTrail(table), 'op-4');
      return table.put(key, ...more);
    },
  });

  await append(slow, 'op-4');

  expect((await createAuditTrail(table).head('op-4'))?.seq).toBe(2);
});

it('a chain of an earlier Sluice, which kept no head, is continued and gets one', async () => {
  const trail = createAuditTrail(table);
  await append(trail, 'op-5');
  await append(trail, 'op-5');
  await table.delete({ pk: 'OPERATION#op-5', sk: 'HEAD' });

  const before = await verdictOn('op-5');
  await append(trail, 'op-5');

  expect(before).toMatchObject({ kind: 'ok', head: { seq: 2 } });
  expect(await trail.head('op-5')).toMatchObject({ seq: 3 });
});
