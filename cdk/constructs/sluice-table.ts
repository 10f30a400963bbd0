import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { tableDefinition } from '../../adapters/store/table.ts';
import type { Installation } from '../installation.ts';
import type { Use } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';

/** Kinds of records, by how their partition keys begin (adapters/store). */
export type RecordKind =
  | 'OPERATION#'
  | 'AUDIT#'
  | 'APPROVAL#'
  | 'DECISION#'
  | 'SUBJECT#'
  | 'CHANGES#'
  | 'BRANCH#'
  | 'BRANCHDECISION#'
  | 'LINK#'
  | 'LOCK#'
  | 'WAITING#'
  | 'CANDIDATE#'
  | 'RELEASE#'
  | 'HOLD#'
  | 'FREEZE#'
  | 'DELIVERIES'
  | 'WATCH#';
type ItemAction = 'GetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem';

/** The one table (adapters/store/table.ts defines it). Kept when the stack goes: it holds the audit. */
export class SluiceTable extends Construct {
  readonly table: Table;
  readonly #key: EncryptionKey;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly installation: Installation; readonly key: EncryptionKey },
  ) {
    super(scope, id);
    this.#key = props.key;
    const attribute = (name: string | undefined) => {
      const found = tableDefinition.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name);
      if (found === undefined) throw new Error(`tableDefinition does not define the attribute ${name}.`);
      return { name: found.AttributeName, type: AttributeType.STRING };
    };
    const [partition, sort] = tableDefinition.KeySchema;
    this.table = new Table(this, 'Table', {
      tableName: props.installation.name,
      partitionKey: attribute(partition.AttributeName),
      sortKey: attribute(sort.AttributeName),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: props.key.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.installation.protection === 'on',
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    for (const index of tableDefinition.GlobalSecondaryIndexes) {
      const [indexPartition, indexSort] = index.KeySchema;
      this.table.addGlobalSecondaryIndex({
        indexName: index.IndexName,
        partitionKey: attribute(indexPartition.AttributeName),
        sortKey: attribute(indexSort.AttributeName),
        projectionType: ProjectionType.ALL,
      });
    }
  }

  /** Each of these actions on these kinds of records, and on no others: DynamoDB compares the partition key. */
  records(granted: Partial<Readonly<Record<ItemAction, readonly RecordKind[]>>>): Use {
    // Object.entries of an object with exactly these keys.
    const entries = Object.entries(granted) as [ItemAction, readonly RecordKind[]][];
    const writes = entries.some(([action]) => action !== 'GetItem' && action !== 'Query');
    return {
      variables: { SLUICE_TABLE: this.table.tableName },
      statements: [
        ...entries.map(
          ([action, kinds]) =>
            new PolicyStatement({
              effect: Effect.ALLOW,
              actions: [`dynamodb:${action}`],
              resources: [this.table.tableArn],
              conditions: {
                'ForAllValues:StringLike': {
                  'dynamodb:LeadingKeys': kinds.map((kind) => (kind.endsWith('#') ? `${kind}*` : kind)),
                },
              },
            }),
        ),
        ...(this.#key.through(
          'dynamodb',
          'Decrypt',
          'DescribeKey',
          ...(writes ? (['Encrypt', 'GenerateDataKey'] as const) : []),
        ).statements ?? []),
      ],
    };
  }

  /** The operations of a service, newest first. */
  operationsByService(): Use {
    return {
      statements: tableDefinition.GlobalSecondaryIndexes.map(
        ({ IndexName }) =>
          new PolicyStatement({
            actions: ['dynamodb:Query'],
            resources: [`${this.table.tableArn}/index/${IndexName}`],
          }),
      ),
    };
  }
}
