import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { Milliseconds } from '../../contracts/duration.ts';
import { type AwsOptions, awsClientConfig, callAws } from '../shared/aws.ts';

/** Key of one item. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** How a conditional write ended: DynamoDB's ConditionalCheckFailedException is an expected outcome, not a fault. */
export type ConditionalWrite = 'written' | 'condition-failed';

/** The few calls that the store needs from the table, each on a single item or one query. */
export interface Table {
  /** Reads one item, strongly consistent. */
  get<T>(key: Key): Promise<T | null>;
  put(key: Key, item: object, condition?: Condition): Promise<ConditionalWrite>;
  update(key: Key, update: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<ConditionalWrite>;
  delete(key: Key): Promise<void>;
  query<T>(query: Omit<QueryCommandInput, 'TableName'>): Promise<T[]>;
}

/** A DynamoDB condition expression with its names and values. */
export interface Condition {
  readonly expression: string;
  readonly names?: Record<string, string>;
  readonly values?: Record<string, unknown>;
}

export interface TableOptions {
  readonly aws: AwsOptions;
  readonly tableName: string;
  /** Budget of one call with all its retries. The emergency return allows the database 1 s in all (rule 6). */
  readonly within: Milliseconds;
}

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

/** Builds `SET a = :a, …` for the given changes; `null` values are stored, `undefined` ones left alone. */
export function assignments(changes: Record<string, unknown>): {
  UpdateExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, unknown>;
} {
  const entries = Object.entries(changes).filter(([, value]) => value !== undefined);
  return {
    UpdateExpression: `SET ${entries.map(([name]) => `#${name} = :${name}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value])),
  };
}

/**
 * When DynamoDB forgets a record that nobody asks for any more: 30 days after `at` (RFC 3339). Seconds since 1970, for the attribute
 * `expiresAt`. Operations, releases and the audit have none: they stay.
 */
export const forgetAfter = (at: string): number => Math.floor(Date.parse(at) / 1_000) + 30 * 24 * 3_600;

/** The table's definition: CDK installs it, the sandbox and the tests create it, from this one place. */
export const tableDefinition = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'service', AttributeType: 'S' },
    { AttributeName: 'id', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byService',
      KeySchema: [
        { AttributeName: 'service', KeyType: 'HASH' },
        { AttributeName: 'id', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
} as const;
