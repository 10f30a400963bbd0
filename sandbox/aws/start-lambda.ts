import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type AccessKeys, authenticateSigV4 } from './authenticate-sigv4.ts';
import { AwsError, restJsonError } from './aws-error.ts';
import { type InvocationResult, invokeFunction, type RegisteredFunction } from './invoke-function.ts';
import { type ServiceAnswer, type ServiceRequest, type StandIn, startListener } from './listener.ts';

export interface LambdaOptions {
  /** 0 picks a free one. */
  port: number;
  /** By function name; may be filled after the start. */
  functions: ReadonlyMap<string, RegisteredFunction>;
  region?: string;
  accountId?: string;
  keys?: AccessKeys | undefined;
  /** Waits before an asynchronous invocation that failed is repeated (AWS: one minute, then two). Default 1 s and 2 s. */
  retryDelaysMs?: readonly number[];
  /** Told each finished invocation, and each asynchronous one that failed for good. */
  onInvocation?: (invocation: FinishedInvocation) => void;
}

export interface FinishedInvocation {
  readonly functionName: string;
  readonly calledBy: string;
  readonly durationMs: number;
  readonly attempt: number;
  readonly error: { errorType: string; errorMessage: string } | undefined;
}

export interface InvocationStatistics {
  invocations: number;
  errors: number;
  totalMs: number;
}

export interface LambdaStandIn extends StandIn {
  /** Per function name, since the start. */
  statistics(): ReadonlyMap<string, Readonly<InvocationStatistics>>;
}

/** AWS limits: 6 MB for a request-response payload, 1 MB for an asynchronous one. */
const maxPayloadBytes = { RequestResponse: 6_291_456, Event: 1_048_576, DryRun: 6_291_456 } as const;
type InvocationType = keyof typeof maxPayloadBytes;

const invocationPath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const functionPath = /^\/2015-03-31\/functions\/([^/]+)$/;

/** Starts Lambda's Invoke API over functions of this process. A function that timed out goes on running here; on AWS it is killed. */
export async function startLambda(options: LambdaOptions): Promise<LambdaStandIn> {
  const region = options.region ?? 'us-east-1';
  const accountId = options.accountId ?? '123456789012';
  const retryDelaysMs = options.retryDelaysMs ?? [1000, 2000];
  const statistics = new Map<string, InvocationStatistics>();
  const stopping = new AbortController();
  const arnOf = (name: string): string => `arn:aws:lambda:${region}:${accountId}:function:${name}`;

  const find = (encoded: string): { name: string; registered: RegisteredFunction } => {
    const name = functionName(decodeURIComponent(encoded));
    const registered = options.functions.get(name);
    if (registered !== undefined) return { name, registered };
    throw new AwsError('ResourceNotFoundException', `Function not found: ${arnOf(name)}`, 404, { Type: 'User' });
  };

  const run = async (
    name: string,
    registered: RegisteredFunction,
    event: unknown,
    attempt: number,
    calledBy: string,
  ) => {
    const context = { functionName: name, invokedFunctionArn: arnOf(name), awsRequestId: randomUUID() };
    const started = performance.now();
    const result = await invokeFunction(registered, event, context);
    const durationMs = performance.now() - started;
    const entry = statistics.get(name) ?? { invocations: 0, errors: 0, totalMs: 0 };
    statistics.set(name, entry);
    entry.invocations += 1;
    entry.totalMs += durationMs;
    if (result.kind === 'error') entry.errors += 1;
    const error = result.kind === 'error' ? result.error : undefined;
    options.onInvocation?.({ functionName: name, calledBy, durationMs, attempt, error });
    return result;
  };

  const runLater = async (name: string, registered: RegisteredFunction, event: unknown, calledBy: string) => {
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      const result = await run(name, registered, event, attempt, calledBy);
      const wait = retryDelaysMs[attempt - 1];
      if (result.kind === 'value' || wait === undefined) return;
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const handle = async (request: ServiceRequest): Promise<ServiceAnswer> => {
    const caller = authenticateSigV4(request.headers, options.keys);
    const described = functionPath.exec(request.path)?.[1];
    if (request.method === 'GET' && described !== undefined) {
      const { name, registered } = find(described);
      return describeFunction(name, arnOf(name), registered);
    }
    const invoked = invocationPath.exec(request.path)?.[1];
    if (request.method !== 'POST' || invoked === undefined) {
      throw new AwsError(
        'UnknownOperationException',
        `The sandbox does not know ${request.method} ${request.path}`,
        404,
      );
    }
    const type = invocationType(request);
    const { name, registered } = find(invoked);
    const event = parseEvent(request.body, type);
    switch (type) {
      case 'DryRun':
        return { status: 204 };
      case 'Event':
        void runLater(name, registered, event, caller.roleName);
        return { status: 202, headers: { 'x-amzn-requestid': randomUUID() } };
      case 'RequestResponse':
        return answerOf(await run(name, registered, event, 1, caller.roleName));
    }
  };

  const listener = await startListener({
    port: options.port,
    handle: async (request) => {
      try {
        return await handle(request);
      } catch (error) {
        if (error instanceof AwsError) return restJsonError(error);
        throw error;
      }
    },
  });
  return {
    endpoint: listener.endpoint,
    statistics: () => statistics,
    close: async () => {
      stopping.abort();
      await listener.close();
    },
  };
}

/** The name within `name`, `name:qualifier`, `account:function:name` or a whole ARN. */
function functionName(given: string): string {
  const parts = given.split(':');
  const marker = parts.indexOf('function');
  return (marker === -1 ? parts[0] : parts[marker + 1]) ?? given;
}

function invocationType(request: ServiceRequest): InvocationType {
  const given = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (given === 'RequestResponse' || given === 'Event' || given === 'DryRun') return given;
  throw new AwsError('InvalidParameterValueException', `Unknown invocation type ${String(given)}`, 400, {
    Type: 'User',
  });
}

function parseEvent(body: Buffer, type: InvocationType): unknown {
  const limit = maxPayloadBytes[type];
  if (body.length > limit) {
    const message = `${body.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`;
    throw new AwsError('RequestTooLargeException', message, 413, { Type: 'User' });
  }
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString());
  } catch (error) {
    const message = `Could not parse request body into json: ${error instanceof Error ? error.message : ''}`;
    throw new AwsError('InvalidRequestContentException', message, 400, { Type: 'User' });
  }
}

function answerOf(result: InvocationResult): ServiceAnswer {
  const headers = {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    'x-amz-executed-version': '$LATEST',
  };
  if (result.kind === 'value') return { status: 200, headers, body: result.payload };
  return {
    status: 200,
    headers: { ...headers, 'x-amz-function-error': 'Unhandled' },
    body: JSON.stringify(result.error),
  };
}

function describeFunction(name: string, arn: string, registered: RegisteredFunction): ServiceAnswer {
  const Configuration = {
    FunctionName: name,
    FunctionArn: arn,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Timeout: Math.ceil(registered.timeoutMs / 1000),
    MemorySize: 256,
    PackageType: 'Zip',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    Version: '$LATEST',
  };
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ Configuration, Code: {} }),
  };
}
