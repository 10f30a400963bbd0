import { isObject, type Json } from '../interpreter/json.ts';
import { type TaskCall, TaskError } from '../journal/task-call.ts';
import { capital, exceptionName, renameKeys, small } from './naming.ts';

export interface AwsSdkOptions {
  /** Where the services are, by the names of `services` below. */
  endpoints: Readonly<Record<string, string | undefined>>;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** A service as Step Functions and its client library know it. */
interface Service {
  library: string;
  client: string;
  /** What the names of its errors begin with: the name that AWS's SDK for Java gives the service. */
  errors: string;
  /** Its API writes fields with a small first letter. */
  isSmall?: true;
  endpoint: string;
}

const service = (endpoint: string, library: string, client: string, errors: string): Service => ({
  endpoint,
  library: `@aws-sdk/client-${library}`,
  client: `${client}Client`,
  errors,
});

/** By the name in a Task's Resource: optimised integrations, then those of the SDK. */
const services: Readonly<Record<string, Service>> = {
  dynamodb: service('dynamodb', 'dynamodb', 'DynamoDB', 'DynamoDB'),
  events: service('events', 'eventbridge', 'EventBridge', 'EventBridge'),
  sns: service('sns', 'sns', 'SNS', 'SNS'),
  'aws-sdk:dynamodb': service('dynamodb', 'dynamodb', 'DynamoDB', 'DynamoDb'),
  'aws-sdk:eventbridge': service('events', 'eventbridge', 'EventBridge', 'EventBridge'),
  'aws-sdk:lambda': service('lambda', 'lambda', 'Lambda', 'Lambda'),
  'aws-sdk:secretsmanager': service('secretsmanager', 'secrets-manager', 'SecretsManager', 'SecretsManager'),
  'aws-sdk:sesv2': service('ses', 'sesv2', 'SESv2', 'SesV2'),
  'aws-sdk:sns': service('sns', 'sns', 'SNS', 'Sns'),
  'aws-sdk:ecr': { ...service('ecr', 'ecr', 'ECR', 'Ecr'), isSmall: true },
  'aws-sdk:eks': { ...service('eks', 'eks', 'EKS', 'Eks'), isSmall: true },
};

interface Client {
  send(command: unknown, options: { abortSignal: AbortSignal }): Promise<Record<string, unknown>>;
}

/** Calls services by their own client libraries. Rejects with TaskError. */
export function createAwsSdkCalls({
  endpoints,
  region,
  credentials,
}: AwsSdkOptions): (call: TaskCall) => Promise<Json> {
  const clients = new Map<string, Client>();
  return async (call) => {
    const { action, arn } = call.resource;
    const known = Object.hasOwn(services, call.resource.service) ? services[call.resource.service] : undefined;
    const endpoint = known && endpoints[known.endpoint];
    const unsupported = new TaskError('States.Runtime', `The resource ${arn} is not supported here.`);
    if (!known || !endpoint) throw unsupported;
    const sdk: Record<string, unknown> = await import(known.library);
    const Command = sdk[`${capital(action)}Command`];
    const Client = sdk[known.client];
    if (typeof Command !== 'function' || typeof Client !== 'function') throw unsupported;
    let client = clients.get(known.client);
    if (!client) {
      // every client of the SDK is constructed with this configuration and has this `send`
      const construct = Client as unknown as new (configuration: object) => Client;
      client = new construct({ endpoint, region, credentials, maxAttempts: 1 });
      clients.set(known.client, client);
    }
    const construct = Command as unknown as new (input: Json) => unknown; // likewise every command
    const request = requestFor(call.resource.service, call.arguments);
    const command = new construct(known.isSmall ? renameKeys(request, small) : request);
    try {
      const { $metadata: _metadata, ...answer } = await client.send(command, { abortSignal: call.signal });
      const result = asJson(answer);
      return checkEntries(call.resource.service, known.isSmall ? renameKeys(result, capital) : result);
    } catch (error) {
      if (!(error instanceof Error) || error instanceof TaskError) throw error;
      throw new TaskError(
        `${known.errors}.${exceptionName(error.name)}`,
        `${error.message} (Service: ${known.errors})`,
      );
    }
  };
}

/** What a service takes as text the optimised integrations also take as JSON. */
function requestFor(name: string, args: Json): Json {
  if (!isObject(args)) return args;
  const text = (value: Json): Json => (typeof value === 'string' ? value : JSON.stringify(value));
  if (name === 'sns' && args.Message !== undefined) return { ...args, Message: text(args.Message) };
  if (name !== 'events' || !Array.isArray(args.Entries)) return args;
  const entries = args.Entries.map((entry) =>
    isObject(entry) && entry.Detail !== undefined ? { ...entry, Detail: text(entry.Detail) } : entry,
  );
  return { ...args, Entries: entries };
}

/** PutEvents answers that an event failed and is no failure itself; as an optimised integration it is one. */
function checkEntries(name: string, result: Json): Json {
  if (name !== 'events' || !isObject(result) || !result.FailedEntryCount) return result;
  throw new TaskError('EventBridge.FailedEntry', JSON.stringify(result));
}

/** Dates as ISO 8601, bytes as the text that they hold. */
const asJson = (answer: Record<string, unknown>): Json =>
  JSON.parse(
    JSON.stringify(answer, (_key, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    ),
  ) as Json; // JSON.parse yields nothing else
