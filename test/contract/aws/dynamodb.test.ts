import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startDynamoDb } from '../../../sandbox/aws/start-dynamodb.ts';
import { readTableGrants } from '../../../sandbox/aws/table-grants.ts';
import { patienceMs, until } from '../../support/until.ts';
import { clientSettings } from './client-settings.ts';
import { closedAfterwards, startProcess } from './opened.ts';

let folder: string;
let dataDir: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-dynamodb-'));
});
beforeEach(async () => {
  dataDir = await mkdtemp(join(folder, 'of-one-test-'));
});

// What a test started is closed after its `afterEach`, and writes until then.
afterAll(() => rm(folder, { recursive: true }));

const createTable = new CreateTableCommand({
  TableName: 'operations',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
});

/** Like AWS, it answers before the table is there. */
async function createdTable(client: DynamoDBClient): Promise<void> {
  await client.send(createTable);
  await until('the table is active', patienceMs, async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'operations' }));
    return Table?.TableStatus === 'ACTIVE';
  });
}

it('keeps what it answered for across kill -9, table included', async () => {
  const child = await startProcess(fileURLToPath(new URL('./dynamodb-process.ts', import.meta.url)), dataDir);
  const before = new DynamoDBClient(clientSettings(child.endpoint));
  await createdTable(before);
  for (let epoch = 1; epoch <= 20; epoch += 1) {
    await before.send(
      new PutItemCommand({ TableName: 'operations', Item: { pk: { S: 'lock' }, epoch: { N: String(epoch) } } }),
    );
  }

  await child.kill();
  const again = await closedAfterwards(startDynamoDb({ port: 0, dataDir }));

  const after = new DynamoDBClient(clientSettings(again.endpoint));
  const found = await after.send(new GetItemCommand({ TableName: 'operations', Key: { pk: { S: 'lock' } } }));
  expect(found.Item?.epoch).toEqual({ N: '20' });
});

it('refuses a conditional write whose condition fails', async () => {
  const dynamodb = await closedAfterwards(startDynamoDb({ port: 0, dataDir }));
  const client = new DynamoDBClient(clientSettings(dynamodb.endpoint));
  await createdTable(client);
  const takeLock = (epoch: number) =>
    client.send(
      new UpdateItemCommand({
        TableName: 'operations',
        Key: { pk: { S: 'lock' } },
        UpdateExpression: 'SET epoch = :epoch',
        ConditionExpression: 'attribute_not_exists(epoch) OR epoch < :epoch',
        ExpressionAttributeValues: { ':epoch': { N: String(epoch) } },
      }),
    );
  await takeLock(7);

  await expect(takeLock(7)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
});

it('holds a function to the partitions and the actions of its printed policy, and nobody else (I13)', async () => {
  const keys = new Map(
    ['observe', 'operator'].map((name) => [`AKIA${name}`, { secretAccessKey: 'secret', roleName: name }]),
  );
  const grants = readTableGrants();
  const dynamodb = await closedAfterwards(startDynamoDb({ port: 0, dataDir, keys, grants }));
  const clientOf = (name: string) => new DynamoDBClient(clientSettings(dynamodb.endpoint, `AKIA${name}`));
  const [observe, operator] = [clientOf('observe'), clientOf('operator')];
  await createdTable(operator);
  const put = (pk: string) => new PutItemCommand({ TableName: 'operations', Item: { pk: { S: pk } } });
  const query = (pk: string) =>
    new QueryCommand({
      TableName: 'operations',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
    });
  const refused = { name: 'AccessDeniedException', message: expect.stringContaining('is not authorized to perform') };

  await expect(observe.send(put('DECISION#1'))).rejects.toMatchObject(refused);
  await expect(observe.send(put('RELEASE#service'))).rejects.toMatchObject(refused);
  await expect(observe.send(query('DECISION#1'))).rejects.toMatchObject(refused);
  await expect(observe.send(new ScanCommand({ TableName: 'operations' }))).rejects.toMatchObject(refused);
  expect((await operator.send(new ScanCommand({ TableName: 'operations' }))).Items).toEqual([]);

  await observe.send(put('AUDIT#1'));
  expect((await observe.send(query('AUDIT#1'))).Items).toHaveLength(1);
  await operator.send(put('DECISION#1'));
});

it('outlives a client that goes away in the middle of a request', async () => {
  const dynamodb = await closedAfterwards(startDynamoDb({ port: 0, dataDir }));
  const { port } = new URL(dynamodb.endpoint);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 100\r\n\r\n{"half":`);
  await once(socket, 'connect');

  socket.resetAndDestroy();
  await once(socket, 'close');

  expect((await fetch(dynamodb.endpoint)).status).toBe(200);
});

it('is bound to loopback and answers only to loopback host names', async () => {
  const dynamodb = await closedAfterwards(startDynamoDb({ port: 0, dataDir }));

  const { status } = await fetchAs('evil.example.com', dynamodb.endpoint);

  expect(new URL(dynamodb.endpoint).hostname).toBe('127.0.0.1');
  expect(status).toBe(421);
});

async function fetchAs(host: string, endpoint: string): Promise<{ status: number }> {
  const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  const [data] = await once(socket, 'data');
  socket.destroy();
  return { status: Number(String(data).split(' ')[1]) };
}
