import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Use } from '../use.ts';

/** The customer-managed key of everything that Sluice keeps: table, secrets, logs, pages. */
export class EncryptionKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: { readonly name: string }) {
    super(scope, id);
    const { account, region, partition, urlSuffix } = Stack.of(this);
    this.key = new Key(this, 'Key', {
      alias: `alias/${props.name}`,
      description: 'What Sluice keeps: its table, secrets, logs and pages.',
      enableKeyRotation: true,
      // Without the key, the audit could not be read again.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogGroups',
        principals: [new ServicePrincipal(`logs.${region}.${urlSuffix}`)],
        // As CloudWatch Logs documents it.
        actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: {
          ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
        },
      }),
    );
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsToTopic',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // AWS documents no condition that CloudWatch fulfils here, and a page must not fail for one. Whose alarms publish, the topic says.
        resources: ['*'],
      }),
    );
  }

  /** The key, but only through one service, for what that service keeps for the caller. */
  through(service: 'dynamodb' | 'secretsmanager' | 'sns' | 's3', ...actions: readonly KeyAction[]): Use {
    const { region, urlSuffix } = Stack.of(this);
    return {
      statements: [
        new PolicyStatement({
          actions: actions.map((action) => `kms:${action}`),
          resources: [this.key.keyArn],
          conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.${urlSuffix}` } },
        }),
      ],
    };
  }
}

type KeyAction = 'Decrypt' | 'Encrypt' | 'GenerateDataKey' | 'DescribeKey';
