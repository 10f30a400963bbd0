import { createHmac, randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Seal, type SealOptions, sealedText } from '../../adapters/seal/seal.ts';
import type { Seals } from '../../adapters/store/store.ts';
import type { Key, TableOptions } from '../../adapters/store/table.ts';
import type { Retention } from '../../contracts/configuration/retention.ts';
import { hours, seconds } from '../../contracts/duration.ts';
import { startDynamoDb } from '../../sandbox/aws/start-dynamodb.ts';
import { installTable } from '../../sandbox/install.ts';

/** One for all test files of a process, or for a file that is simulated: it ends with them. */
let database: { readonly of: object; readonly started: ReturnType<typeof startDynamoDb> } | null = null;

function ownDatabase(): ReturnType<typeof startDynamoDb> {
  const { simulation: of = process } = globalThis as { simulation?: object };
  if (database?.of !== of) database = { of, started: startDynamoDb({ port: 0, dataDir: '', inMemory: true }) };
  return database.started;
}

/** As a configuration without `retention` has it. */
export const testRetention: Retention = { deliveries: hours(30 * 24), readings: null };

/** An empty table in a database in memory, or in the one that `SLUICE_TEST_DYNAMODB` names (test/long/moto.test.ts). */
export async function freshTable(): Promise<TableOptions> {
  const endpoint = process.env.SLUICE_TEST_DYNAMODB ?? (await ownDatabase()).endpoint;
  const tableName = `table-${randomUUID()}`;
  await installTable(endpoint, tableName);
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  return {
    aws: { region: 'us-east-1', endpoint, credentials },
    tableName,
    within: seconds(60),
    retention: testRetention,
  };
}

/** Seals as KMS makes them, by keys of the test's own, without asking anybody. */
export function testSeals(by = 'sluice-test'): Seals {
  return { decisions: localSeal('decision'), audit: { by, seal: localSeal('audit'), when: 'at-once' } };
}

export const localSeal = (kind: SealOptions['kind']): Seal => {
  const make = async (content: object) =>
    createHmac('sha256', `the test's key of ${kind}`).update(sealedText(kind, content)).digest('base64');
  return { make, verify: async (content, mac) => (await make(content)) === mac };
};

/** Changes one field of an item, as somebody does who edits it in AWS's console. */
export async function editItem(
  { aws, tableName }: TableOptions,
  { pk, sk }: Key,
  field: string,
  value: unknown,
): Promise<void> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...aws }));
  await client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: { pk, sk },
      UpdateExpression: 'SET #field = :value',
      ExpressionAttributeNames: { '#field': field },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
  client.destroy();
}
