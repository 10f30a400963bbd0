import { type FunctionName, functionNames } from '../../cdk/function-names.ts';
import { accessKeyIdOf } from '../../sandbox/credentials.ts';
import { accountId, region } from '../../sandbox/installation.ts';

/** A call to AWS as IAM sees it. */
export interface AwsCall {
  /** Which function made it. */
  readonly by: FunctionName;
  /** Like `dynamodb:PutItem`. */
  readonly action: string;
  /** ARN; null: IAM knows it only from a task token, which names the machine. */
  readonly resource: string | null;
  /** What conditions of policies compare. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** A line of a recording (record-aws-calls.mjs). */
export interface Recorded {
  readonly accessKeyId: string;
  /** One for each call of the client library. */
  readonly id: string | null;
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly target: string | null;
  readonly body: string;
}

const callers = new Map(functionNames.map((name) => [accessKeyIdOf(name), name]));
const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${accountId}:${rest}`;

/** Every call of functions in a recording, once, however often it was passed on. */
export function requestsOf(recording: string): { by: FunctionName; recorded: Recorded }[] {
  const requests = new Map<string, { by: FunctionName; recorded: Recorded }>();
  for (const line of recording.split('\n').filter(Boolean)) {
    const recorded: Recorded = JSON.parse(line);
    const by = callers.get(recorded.accessKeyId);
    if (by !== undefined) requests.set(recorded.id ?? line, { by, recorded });
  }
  return [...requests.values()];
}

/** Every different call of functions in a recording; what the sandbox itself does for Step Functions and the like is none. @throws when it holds a call that nobody here knows how to judge. */
export function callsOf(recording: string): AwsCall[] {
  const different = new Map<string, AwsCall>();
  for (const { by, recorded } of requestsOf(recording)) {
    const call = { by, ...judged(recorded) };
    different.set(JSON.stringify(call), call);
  }
  return [...different.values()];
}

function judged({ service, method, path, target, body }: Recorded): Omit<AwsCall, 'by'> {
  const operation = target?.split('.')[1] ?? '';
  const input = body.startsWith('{') ? JSON.parse(body) : {};
  switch (service) {
    case 'dynamodb': {
      const { TableName, IndexName } = input;
      const resource = arn('dynamodb', `table/${TableName}${IndexName === undefined ? '' : `/index/${IndexName}`}`);
      return { action: `dynamodb:${operation}`, resource, context: { 'dynamodb:LeadingKeys': [leadingKey(input)] } };
    }
    case 'states': {
      const resource = input.stateMachineArn ?? input.executionArn ?? null;
      return { action: `states:${operation}`, resource, context: {} };
    }
    case 'secretsmanager':
      return {
        action: `secretsmanager:${operation}`,
        // Secrets Manager ends the name of a secret's ARN with six characters of its own.
        resource: arn('secretsmanager', `secret:${input.SecretId}-a1B2c3`),
        context: {},
      };
    case 'kms': {
      const { alias } = /^alias\/(?<alias>.+)$/.exec(String(input.KeyId))?.groups ?? {};
      return { action: `kms:${operation}`, resource: arn('kms', `key/${alias}`), context: {} };
    }
    case 'ecr':
      // A login is to no repository.
      return {
        action: `ecr:${operation}`,
        resource: input.repositoryName === undefined ? '*' : arn('ecr', `repository/${input.repositoryName}`),
        context: {},
      };
    case 'events': {
      const [bus] = new Set((input.Entries ?? []).map((entry: { EventBusName?: string }) => entry.EventBusName));
      return { action: `events:${operation}`, resource: arn('events', `event-bus/${bus}`), context: {} };
    }
    case 'ses': {
      if (`${method} ${path}` !== 'POST /v2/email/outbound-emails') break;
      const from = String(input.FromEmailAddress);
      const resource = arn('ses', `identity/${from.slice(from.lastIndexOf('@') + 1)}`);
      return { action: 'ses:SendEmail', resource, context: { 'ses:FromAddress': [from] } };
    }
    case 's3': {
      const [, bucketAndKey] = /^\/([^?]+)\?x-id=PutObject$/.exec(path) ?? [];
      if (method !== 'PUT' || bucketAndKey === undefined) break;
      return { action: 's3:PutObject', resource: `arn:aws:s3:::${bucketAndKey}`, context: {} };
    }
    case 'sns': {
      const form = new URLSearchParams(body);
      if (form.get('Action') !== 'Publish') break;
      return { action: 'sns:Publish', resource: form.get('TopicArn'), context: {} };
    }
    case 'eks': {
      const [, name] = /^\/clusters\/([^/?]+)$/.exec(path) ?? [];
      if (method !== 'GET' || name === undefined) break;
      return { action: 'eks:DescribeCluster', resource: arn('eks', `cluster/${name}`), context: {} };
    }
  }
  throw new Error(`Nobody knows which action of IAM this is: ${service} ${method} ${path} ${target}`);
}

/** The partition key of a request, however it is given. */
function leadingKey({
  Key,
  Item,
  KeyConditionExpression,
  ExpressionAttributeValues = {},
  ExpressionAttributeNames = {},
}: {
  Key?: Attributes;
  Item?: Attributes;
  KeyConditionExpression?: string;
  ExpressionAttributeValues?: Attributes;
  ExpressionAttributeNames?: Record<string, string>;
}): string {
  const given = Key?.pk ?? Item?.pk;
  if (given !== undefined) return given.S;
  for (const [, name = '', value = ''] of (KeyConditionExpression ?? '').matchAll(/(#?\w+) = (:\w+)/g)) {
    if (['pk', 'service'].includes(ExpressionAttributeNames[name] ?? name))
      return ExpressionAttributeValues[value]?.S ?? '';
  }
  throw new Error(`A request without a partition key: ${KeyConditionExpression}`);
}

type Attributes = Record<string, { S: string } | undefined>;
