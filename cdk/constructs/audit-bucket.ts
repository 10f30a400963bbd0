import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { anchorPrefix } from '../../adapters/anchor/anchors.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { acknowledge, type Use, wideResource } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';

type AnchorConfiguration = NonNullable<Configuration['audit']['anchor']>;

/**
 * Where the heads of audits are anchored: whatever is put there is locked by the bucket's own default retention, so that no function
 * needs a right on retentions and none can forget it. Kept when the stack goes.
 */
export class AuditBucket extends Construct {
  /** By which the functions know it, and no reference: taking `audit.anchor` out must not wait for the stack that uses it. */
  readonly #name: string;
  readonly #key: EncryptionKey;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly name: string; readonly key: EncryptionKey; readonly anchor: AnchorConfiguration },
  ) {
    super(scope, id);
    const { name, key, anchor } = props;
    const { account, region } = Stack.of(this);
    this.#key = key;
    const retention = Duration.millis(anchor.retention);
    this.#name = `${name}-audit-${account}-${region}`;
    const bucket = new Bucket(this, 'Bucket', {
      bucketName: this.#name,
      encryption: BucketEncryption.KMS,
      encryptionKey: key.key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention:
        anchor.mode === 'compliance'
          ? ObjectLockRetention.compliance(retention)
          : ObjectLockRetention.governance(retention),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledge(bucket, {
      id: 'AwsSolutions-S1',
      reason:
        'It holds hashes that nobody can change, and a log of who read them would be a second bucket to keep; who wants to know turns on CloudTrail’s data events.',
    });
    new CfnOutput(this, 'Name', {
      value: this.#name,
      description: 'Where the heads of audits are anchored, for `sluice audit verify`.',
    });
  }

  /** Which it is, for who tells it to others, and no right to it. */
  known(): Use {
    return { variables: { SLUICE_AUDIT_BUCKET: this.#name } };
  }

  /** Puts anchors, and nothing else: neither reads nor removes them. */
  anchor(): Use {
    const anchors = `arn:${Stack.of(this).partition}:s3:::${this.#name}/${anchorPrefix}*`;
    return {
      ...this.known(),
      statements: [
        new PolicyStatement({ actions: ['s3:PutObject'], resources: [anchors] }),
        ...(this.#key.through('s3', 'GenerateDataKey').statements ?? []),
      ],
      acknowledged: [
        wideResource(this, anchors, 'One object for each operation, below a prefix that has nothing else.'),
      ],
    };
  }
}
