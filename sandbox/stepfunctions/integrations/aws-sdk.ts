import type { ActionContext } from '../api/action.ts';
import { ApiError } from '../api/api-error.ts';
import { actions } from '../api/handle-request.ts';
import { Parameters } from '../api/parameters.ts';
import { isObject, type Json } from '../interpreter/json.ts';
import { type TaskCall, TaskError } from '../journal/task-call.ts';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const small = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function renameKeys(value: Json, rename: (key: string) => string): Json {
  if (Array.isArray(value)) return value.map((element) => renameKeys(element, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [rename(key), renameKeys(member, rename)]));
}

/** AWS's SDK for Java, which Step Functions uses, lets every error's name end so. */
export const exceptionName = (name: string): string => (name.endsWith('Exception') ? name : `${name}Exception`);

/** `aws-sdk:sfn:*`, answered in process by the API's own actions. */
export async function callSfn(context: ActionContext, call: TaskCall): Promise<Json> {
  const name = capital(call.resource.action);
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) throw new TaskError('States.Runtime', `The resource ${call.resource.arn} is not supported.`);
  // the definition and the payloads are text; Step Functions turns JSON given for them into text
  const args = isObject(call.arguments) ? call.arguments : {};
  const texts = Object.entries(args).map(([key, value]): [string, Json] => [
    small(key),
    ['Input', 'Output', 'Definition'].includes(key) && typeof value !== 'string' ? JSON.stringify(value) : value,
  ]);
  try {
    return renameKeys(await action(context, new Parameters(JSON.stringify(Object.fromEntries(texts)))), capital);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new TaskError(
      `Sfn.${exceptionName(error.type)}`,
      `${error.message} (Service: Sfn, Status Code: ${error.status}, Request ID: ${call.token.slice(-36)}) (SDK Attempt Count: 1)`,
    );
  }
}

/** Another AWS service by its client library, if the library is installed and an endpoint is configured. */
export interface GenericOptions {
  endpoints: Readonly<Record<string, string | undefined>>;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

interface GenericClient {
  send(command: unknown, options: { abortSignal: AbortSignal }): Promise<Record<string, unknown>>;
}

const clients = new Map<string, GenericClient>();

const libraries: Readonly<Record<string, { library: string; prefix: string; errors: string }>> = {
  dynamodb: { library: '@aws-sdk/client-dynamodb', prefix: 'DynamoDB', errors: 'DynamoDB' },
  'aws-sdk:dynamodb': { library: '@aws-sdk/client-dynamodb', prefix: 'DynamoDB', errors: 'DynamoDb' },
  events: { library: '@aws-sdk/client-eventbridge', prefix: 'EventBridge', errors: 'EventBridge' },
  'aws-sdk:eventbridge': { library: '@aws-sdk/client-eventbridge', prefix: 'EventBridge', errors: 'EventBridge' },
};

export async function callGeneric(options: GenericOptions, call: TaskCall): Promise<Json> {
  const { service, action, arn } = call.resource;
  const known = libraries[service];
  const endpoint = options.endpoints[service.replace('aws-sdk:', '')];
  if (!known || !endpoint) throw new TaskError('States.Runtime', `The resource ${arn} is not supported here.`);
  const sdk: Record<string, unknown> = await import(known.library);
  const Command = sdk[`${capital(action)}Command`];
  const Client = sdk[`${known.prefix}Client`];
  if (typeof Command !== 'function' || typeof Client !== 'function') {
    throw new TaskError('States.Runtime', `The resource ${arn} is not supported here.`);
  }
  const key = `${known.prefix} ${endpoint} ${options.credentials.accessKeyId}`;
  let client = clients.get(key);
  if (!client) {
    // every client of the SDK is constructed with this configuration and has this `send`
    const construct = Client as unknown as new (configuration: object) => GenericClient;
    client = new construct({ endpoint, region: options.region, credentials: options.credentials, maxAttempts: 1 });
    clients.set(key, client);
  }
  try {
    const construct = Command as unknown as new (input: Json) => unknown; // likewise every command
    const { $metadata: _metadata, ...result } = await client.send(new construct(call.arguments), {
      abortSignal: call.signal,
    });
    return JSON.parse(JSON.stringify(result)) as Json; // JSON.parse yields nothing else
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new TaskError(`${known.errors}.${exceptionName(error.name)}`, `${error.message} (Service: ${known.errors})`);
  }
}
