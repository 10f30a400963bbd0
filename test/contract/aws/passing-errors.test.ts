import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTable } from '../../../adapters/store/dynamo-table.ts';
import type { Table } from '../../../adapters/store/table.ts';
import { seconds } from '../../../contracts/duration.ts';
import { type ScriptedServer, startScriptedServer } from '../adapters/scripted-server.ts';
import { clientSettings } from './client-settings.ts';

let server: ScriptedServer;
let table: Table;
beforeAll(async () => {
  server = await startScriptedServer();
  table = openTable({ aws: clientSettings(server.url), tableName: 'sluice', within: seconds(5) });
});
afterAll(() => server.close());

const write = () => table.put({ pk: 'LOCK#web', sk: 'LOCK' }, {});

/** Answers as DynamoDB does, with the service's own code in `__type`. */
function answer(status: number, code: string, message = 'no'): void {
  server.answer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message }));
  });
}

it.each([
  [400, 'ProvisionedThroughputExceededException'],
  [400, 'ThrottlingException'],
  [400, 'RequestLimitExceeded'],
  [400, 'LimitExceededException'],
  [400, 'RequestTimeout'],
  [400, 'TransactionInProgressException'],
  [429, 'Whatever'],
  [500, 'InternalServerError'],
  [503, 'ServiceUnavailable'],
  [505, 'Whatever'],
] as const)('AWS answering %i %s may be asked again: the state machines retry it', async (status, code) => {
  answer(status, code);

  await expect(write()).rejects.toMatchObject({
    name: 'DependencyUnavailable',
    message: expect.stringContaining(`${status} ${code}`),
  });
});

it('a request whose signature was too old by the time it arrived may be asked again', async () => {
  answer(400, 'InvalidSignatureException', 'Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z');

  await expect(write()).rejects.toMatchObject({ name: 'DependencyUnavailable' });
});

it.each([
  [400, 'ValidationException'],
  [400, 'AccessDeniedException'],
  [400, 'ResourceNotFoundException'],
  [400, 'UnrecognizedClientException'],
  [403, 'Whatever'],
] as const)('AWS answering %i %s has refused: asking again does not help', async (status, code) => {
  answer(status, code);

  await expect(write()).rejects.toMatchObject({
    name: 'DependencyRefused',
    status,
    message: expect.stringContaining(code),
  });
});
