import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  Architecture,
  type Code,
  type IFunction,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { hours } from '../../contracts/duration.ts';
import { packagedConfiguration, packagedNodeOptions } from '../bundle-functions.ts';
import type { FunctionName } from '../function-names.ts';
import type { Installation } from '../installation.ts';
import { acknowledge, type Use } from '../use.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { FunctionNetwork } from './function-network.ts';

/** Where Lambda unpacks a function. */
export const taskRoot = '/var/task';

/** The name of a function's role: known beforehand, so that clusters elsewhere can let it in. */
export const roleNameOf = (
  { name, region }: Pick<Installation, 'name' | 'region'>,
  functionName: FunctionName,
): string => `${name}-${functionName}-${region}`;

/** How one function runs; function-sizes.ts has them all. */
export interface FunctionSize {
  readonly purpose: string;
  /** Seconds. Less than the shortest task that calls it, or than API Gateway's 30 s. */
  readonly timeout: number;
  /** MB; processor time comes with it. */
  readonly memory: number;
  /** How many may run at once, and are kept free for it; null: as many as the account has. */
  readonly reserved: number | null;
  /** Who calls: events arrive asynchronously, and what cannot be handled must not vanish. */
  readonly called: 'asynchronously' | 'synchronously';
}

/** How long CloudWatch keeps logs: the values of its enum are days, and the configuration accepts no others. */
export const logRetentionOf = ({ retention }: Pick<Configuration, 'retention'>): RetentionDays =>
  retention.logs / hours(24);

export interface SluiceFunctionProps {
  readonly name: FunctionName;
  /** The installation's name. */
  readonly prefix: string;
  readonly size: FunctionSize;
  readonly code: Code;
  readonly key: EncryptionKey;
  readonly logRetention: RetentionDays;
  readonly uses: readonly Use[];
  /** Where it runs, when it has to reach a cluster. */
  readonly network: FunctionNetwork | null;
}

/** One function with a role of its own, its log, its versions and the alias `live`. */
export class SluiceFunction extends Construct {
  readonly name: FunctionName;
  readonly lambda: LambdaFunction;
  readonly role: Role;
  /** What this installation has just published; the state machines pin it. */
  readonly version: IVersion;
  /** What API Gateway and EventBridge call: always the newest version. */
  readonly live: IFunction;
  /** Where events end that could not be handled; null for functions that answer their caller. */
  readonly deadLetters: Queue | null;

  constructor(scope: Construct, id: string, props: SluiceFunctionProps) {
    super(scope, id);
    const { name, prefix, size, uses, network } = props;
    this.name = name;
    const functionName = `${prefix}-${name}`;
    const log = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.logRetention,
      encryptionKey: props.key.key,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.role = new Role(this, 'Role', {
      roleName: roleNameOf({ name: prefix, region: Stack.of(this).region }, name),
      description: `Sluice, functions/${name}: ${size.purpose}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    this.deadLetters = size.called === 'asynchronously' ? deadLetterQueue(this, 'DeadLetters', functionName) : null;
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName,
      description: size.purpose,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'handler.handler',
      code: props.code,
      timeout: Duration.seconds(size.timeout),
      memorySize: size.memory,
      role: this.role,
      logGroup: log,
      tracing: Tracing.ACTIVE,
      environment: {
        NODE_OPTIONS: packagedNodeOptions,
        SLUICE_CONFIGURATION: `${taskRoot}/${packagedConfiguration}`,
        ...Object.assign({}, ...uses.map(({ variables }) => variables)),
      },
      ...(size.reserved === null ? {} : { reservedConcurrentExecutions: size.reserved }),
      ...(this.deadLetters === null ? {} : { deadLetterQueue: this.deadLetters, retryAttempts: 2 }),
      ...(network === null ? {} : network.placement),
      // Executions under way call the versions with which they began.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    // CDK's own classes and interfaces: their declarations differ in "| undefined" only, which exactOptionalPropertyTypes minds.
    this.version = this.lambda.currentVersion as IVersion;
    this.live = new Alias(this, 'Live', { aliasName: 'live', version: this.version }) as IFunction;
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [log.logGroupArn] }),
    );
    acknowledge(this.role, {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        network === null
          ? 'X-Ray (PutTraceSegments, PutTelemetryRecords) knows no resources.'
          : 'X-Ray knows no resources, and Lambda describes and deletes network interfaces that have no name yet.',
    });
    for (const use of [...uses, ...(network === null ? [] : [network.use])]) this.#grant(use);
  }

  #grant({ statements = [], acknowledged = [] }: Use): void {
    for (const statement of statements) this.role.addToPolicy(statement);
    acknowledge(this.role, ...acknowledged);
  }
}

/** Keeps what could not be handled for two weeks, the longest that SQS does. */
export function deadLetterQueue(scope: Construct, id: string, name: string): Queue {
  const queue = new Queue(scope, id, {
    queueName: `${name}-dead-letters`,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(queue, { id: 'AwsSolutions-SQS3', reason: 'It is a dead-letter queue itself, and an alarm watches it.' });
  return queue;
}
