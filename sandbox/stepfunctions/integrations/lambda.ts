import { setTimeout } from 'node:timers/promises';
import type { InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { isObject, type Json, type JsonObject } from '../interpreter/json.ts';
import { type CallTask, type TaskCall, TaskError } from '../journal/task-call.ts';

export interface LambdaOptions {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** Longest run of a function, in ms (Lambda quota: 15 minutes), and a little for the way. */
const longestInvocation = 905_000;
const redeliverForMs = 10_000;
const redeliverEveryMs = 50;

/** Invokes functions by Lambda's own API, through one client with connections kept alive. */
export function createLambdaCalls({ endpoint, region, credentials }: LambdaOptions): {
  call: CallTask;
  warm(): Promise<void>;
} {
  let loading: Promise<{ client: LambdaClient; sdk: typeof import('@aws-sdk/client-lambda') }> | undefined;
  const load = () => {
    loading ??= import('@aws-sdk/client-lambda').then((sdk) => ({
      sdk,
      client: new sdk.LambdaClient({
        endpoint,
        region,
        credentials,
        maxAttempts: 1, // retrying is the state machine's business
        requestHandler: { requestTimeout: longestInvocation, httpAgent: { keepAlive: true, maxSockets: 500 } },
      }),
    }));
    return loading;
  };
  return {
    warm: async () => void (await load()),
    call: async (call) => {
      const { client, sdk } = await load();
      const isDirect = call.resource.service === 'lambda-function';
      const { FunctionName, Payload, ...others } = isDirect
        ? { FunctionName: call.resource.action, Payload: call.arguments }
        : argumentsOf(call);
      const command = new sdk.InvokeCommand({
        ...others,
        FunctionName: String(FunctionName ?? ''),
        ...(Payload === undefined ? {} : { Payload: Buffer.from(JSON.stringify(Payload)) }),
      });
      const answer = await deliver(() => client.send(command, { abortSignal: call.signal }), call.signal);
      const payload = payloadOf(answer);
      if (answer.FunctionError !== undefined) throw functionError(payload);
      return isDirect ? payload : describe(answer, payload);
    },
  };
}

/**
 * Sends a request. Where nobody listens yet, as while the sandbox starts, it is sent again for some seconds: what was not
 * delivered had no effect.
 */
async function deliver(send: () => Promise<InvokeCommandOutput>, signal: AbortSignal): Promise<InvokeCommandOutput> {
  for (let waited = 0; ; waited += redeliverEveryMs) {
    try {
      return await send();
    } catch (error) {
      const isRefused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
      if (!isRefused || waited >= redeliverForMs || signal.aborted) throw asTaskError(error);
      await setTimeout(redeliverEveryMs);
    }
  }
}

function asTaskError(error: unknown): TaskError {
  if (!(error instanceof Error)) return new TaskError('Lambda.Unknown', String(error));
  const answered = '$metadata' in error && isRecord(error.$metadata) && 'httpStatusCode' in error.$metadata;
  return new TaskError(answered ? `Lambda.${error.name}` : 'Lambda.SdkClientException', error.message);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function argumentsOf({ arguments: args }: TaskCall): JsonObject {
  if (isObject(args) && typeof args.FunctionName === 'string') return args;
  throw new TaskError(
    'States.Runtime',
    "The arguments of lambda:invoke must be an object with the field 'FunctionName'.",
  );
}

function payloadOf(answer: InvokeCommandOutput): Json {
  const text = answer.Payload ? Buffer.from(answer.Payload).toString('utf8') : '';
  if (text === '') return {};
  try {
    return JSON.parse(text) as Json; // JSON.parse yields nothing else
  } catch {
    return text;
  }
}

/** A function's own error: its type is the error name, its whole description the cause. */
function functionError(payload: Json): TaskError {
  const type = isObject(payload) ? payload.errorType : undefined;
  return new TaskError(typeof type === 'string' && type !== '' ? type : 'Lambda.Unknown', JSON.stringify(payload));
}

function describe(answer: InvokeCommandOutput, payload: Json): JsonObject {
  const requestId = answer.$metadata.requestId ?? '';
  return {
    ExecutedVersion: answer.ExecutedVersion ?? '$LATEST',
    Payload: payload,
    SdkHttpMetadata: {
      AllHttpHeaders: { 'x-amzn-RequestId': [requestId] },
      HttpHeaders: { 'x-amzn-RequestId': requestId },
      HttpStatusCode: answer.$metadata.httpStatusCode ?? 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: answer.StatusCode ?? 200,
  };
}
