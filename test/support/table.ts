import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { TableOptions } from '../../adapters/store/table.ts';
import { seconds } from '../../contracts/duration.ts';
import { startDynamoDb } from '../../sandbox/aws/start-dynamodb.ts';
import { installTable } from '../../sandbox/install.ts';

/** The database of a test file: started by the first test that wants a table, closed after the last one. */
let database: ReturnType<typeof start> | null = null;
let tables = 0;

/** An empty table of its own in the test file's database. */
export async function freshTable(): Promise<TableOptions> {
  database ??= start();
  const { endpoint } = await database;
  const tableName = `table-${tables++}`;
  await installTable(endpoint, tableName);
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  return { aws: { region: 'us-east-1', endpoint, credentials }, tableName, within: seconds(5) };
}

async function start() {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-table-'));
  const { endpoint, close } = await startDynamoDb({ port: 0, dataDir });
  return {
    endpoint,
    async close() {
      await close();
      await rm(dataDir, { recursive: true });
    },
  };
}

afterAll(async () => {
  await (await database)?.close();
});
