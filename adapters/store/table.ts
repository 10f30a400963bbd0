import type { QueryCommandInput, UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Retention } from '../../contracts/configuration/retention.ts';
import type { Milliseconds } from '../../contracts/duration.ts';
import { recordFormat } from '../../contracts/records/record.ts';
import type { AwsOptions } from '../shared/aws.ts';

/** Key of one item. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** An item as it is in the table. What is in it is known only once its record's schema has read it. */
export type Item = Key & Readonly<Record<string, unknown>>;

/** How a conditional write ended: DynamoDB's ConditionalCheckFailedException is an expected outcome, not a fault. */
export type ConditionalWrite = 'written' | 'condition-failed';

/** The few calls that the store needs from the table, each on a single item or one query. */
export interface Table {
  /** Reads one item, strongly consistent. */
  get(key: Key): Promise<Item | null>;
  /** Writes a whole item, in the format of this version. */
  put(key: Key, item: object, condition?: Condition): Promise<ConditionalWrite>;
  update(key: Key, update: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<ConditionalWrite>;
  delete(key: Key): Promise<void>;
  query(query: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]>;
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
  /** How long what nothing is decided by is kept. */
  readonly retention: Retention;
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

/** As above, for a write that may be the first one of its item: then it has a format too. An item that is there keeps its own. */
export function firstAssignments(changes: Record<string, unknown>): ReturnType<typeof assignments> {
  const set = assignments(changes);
  return {
    UpdateExpression: `${set.UpdateExpression}, #format = if_not_exists(#format, :format)`,
    ExpressionAttributeNames: { ...set.ExpressionAttributeNames, '#format': 'format' },
    ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ':format': recordFormat },
  };
}

/**
 * When DynamoDB forgets a record that nobody asks for any more: `after` its time (RFC 3339 or ms). Seconds since 1970, for the attribute
 * `expiresAt`. Operations, releases and the audit have none: they stay.
 */
export type ForgetAfter = (at: string | number) => number;
export const forgetAfter =
  (after: Milliseconds): ForgetAfter =>
  (at) =>
    Math.floor((new Date(at).getTime() + after) / 1_000);

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
