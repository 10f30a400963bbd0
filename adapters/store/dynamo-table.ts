import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { awsClientConfig, callAws } from '../shared/aws.ts';
import type { ConditionalWrite, Key, Table, TableOptions } from './table.ts';

/** Opens the table. Faults of DynamoDB surface as `NeighbourUnavailable`, which the state machines retry. */
export function openTable({ aws, tableName, within }: TableOptions): Table {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(awsClientConfig(aws)), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const call = <T>(attempted: string, kind: 'read' | 'write', send: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    callAws({ neighbour: 'DynamoDB', attempted, kind, within }, send);
  const conditional = async (attempted: string, send: (signal: AbortSignal) => Promise<unknown>) =>
    call<ConditionalWrite>(attempted, 'write', async (signal) => {
      try {
        await send(signal);
        return 'written';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'condition-failed';
        throw error;
      }
    });

  return {
    async get<T>({ pk, sk }: Key) {
      const answer = await call(`read ${pk}/${sk}`, 'read', (abortSignal) =>
        documents.send(new GetCommand({ TableName: tableName, Key: { pk, sk }, ConsistentRead: true }), {
          abortSignal,
        }),
      );
      // The table is private to this store: what lies under a key was written by the same file that reads it.
      return (answer.Item as T | undefined) ?? null;
    },
    put: ({ pk, sk }, item, condition) =>
      conditional(`write ${pk}/${sk}`, (abortSignal) =>
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...item, pk, sk },
            ConditionExpression: condition?.expression,
            ExpressionAttributeNames: condition?.names,
            ExpressionAttributeValues: condition?.values,
          }),
          { abortSignal },
        ),
      ),
    update: ({ pk, sk }, update) =>
      conditional(`update ${pk}/${sk}`, (abortSignal) =>
        documents.send(new UpdateCommand({ TableName: tableName, Key: { pk, sk }, ...update }), { abortSignal }),
      ),
    async delete({ pk, sk }) {
      await call(`delete ${pk}/${sk}`, 'write', (abortSignal) =>
        documents.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }), { abortSignal }),
      );
    },
    async query<T>(query: Omit<QueryCommandInput, 'TableName'>) {
      const items: T[] = [];
      let from: QueryCommandInput['ExclusiveStartKey'];
      do {
        const page = await call('query', 'read', (abortSignal) =>
          documents.send(new QueryCommand({ TableName: tableName, ExclusiveStartKey: from, ...query }), {
            abortSignal,
          }),
        );
        // As in get: only this store writes what this store reads.
        items.push(...((page.Items ?? []) as T[]));
        from = query.Limit === undefined ? page.LastEvaluatedKey : undefined;
      } while (from !== undefined);
      return items;
    },
  };
}
