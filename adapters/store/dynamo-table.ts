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
import { recordFormat } from '../../contracts/records/record.ts';
import { awsClientConfig, callAws } from '../shared/aws.ts';
import type { ConditionalWrite, Item, Table, TableOptions } from './table.ts';

/** Opens the table. Faults of DynamoDB surface as `DependencyUnavailable`, which the state machines retry. */
export function openTable({ aws, tableName, within }: Omit<TableOptions, 'retention'>): Table {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(awsClientConfig(aws)), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const call = <T>(attempted: string, retry: 'safe' | 'never', send: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    callAws({ dependency: 'DynamoDB', attempted, retry, within }, send);
  const conditional = async (attempted: string, send: (signal: AbortSignal) => Promise<unknown>) =>
    call<ConditionalWrite>(attempted, 'never', async (signal) => {
      try {
        await send(signal);
        return 'written';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'condition-failed';
        throw error;
      }
    });

  return {
    async get({ pk, sk }) {
      const answer = await call(`read ${pk}/${sk}`, 'safe', (abortSignal) =>
        documents.send(new GetCommand({ TableName: tableName, Key: { pk, sk }, ConsistentRead: true }), {
          abortSignal,
        }),
      );
      return answer.Item === undefined ? null : asItem(answer.Item);
    },
    put: ({ pk, sk }, item, condition) =>
      conditional(`write ${pk}/${sk}`, (abortSignal) =>
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...item, pk, sk, format: recordFormat },
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
      await call(`delete ${pk}/${sk}`, 'never', (abortSignal) =>
        documents.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }), { abortSignal }),
      );
    },
    async query(query) {
      const items: Item[] = [];
      let from: QueryCommandInput['ExclusiveStartKey'];
      const wanted = query.Limit ?? Number.POSITIVE_INFINITY;
      do {
        // A page ends at 1 MB, however many items were asked for.
        const rest = query.Limit === undefined ? {} : { Limit: wanted - items.length };
        const input = { TableName: tableName, ExclusiveStartKey: from, ...query, ...rest };
        const page = await call('query', 'safe', (abortSignal) =>
          documents.send(new QueryCommand(input), { abortSignal }),
        );
        items.push(...(page.Items ?? []).map(asItem));
        from = page.LastEvaluatedKey;
      } while (from !== undefined && items.length < wanted);
      return items;
    },
  };
}

/** Every item of the table has both keys, which are text, and so has every entry of its index. */
const asItem = (item: Record<string, unknown>): Item => item as Item;
