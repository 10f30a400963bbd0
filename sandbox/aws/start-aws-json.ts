import { randomUUID } from 'node:crypto';
import { ZodError } from 'zod';
import { type AccessKeys, authenticateSigV4, type Caller } from './authenticate-sigv4.ts';
import { AwsError, awsJsonError } from './aws-error.ts';
import { type ServiceAnswer, type ServiceRequest, type StandIn, startListener } from './listener.ts';

/** One operation: takes the parsed JSON body, returns the JSON answer, throws `AwsError` for the service's errors. */
export type AwsJsonOperation = (input: unknown, caller: Caller) => unknown;

/**
 * Starts a service that speaks AWS JSON: `POST /` with `x-amz-target: PREFIX.Operation`.
 * A zod error of an operation becomes `invalidInput`, the service's own code for a request that makes no sense.
 */
export function startAwsJson(options: {
  port: number;
  targetPrefix: string;
  protocol: '1.0' | '1.1';
  operations: Readonly<Record<string, AwsJsonOperation>>;
  invalidInput: string;
  keys?: AccessKeys | undefined;
  /** Answers what is no operation; undefined for what it does not know. */
  otherwise?: (request: ServiceRequest) => Promise<ServiceAnswer | undefined>;
  /** How callers are known; by the access key that they name without it. */
  authenticate?: (request: ServiceRequest, keys: AccessKeys | undefined) => Caller;
  /** `GET /store`: what people and tests may look at, as for mail. */
  store?: () => object;
}): Promise<StandIn> {
  const contentType = `application/x-amz-json-${options.protocol}`;
  const answer = async (request: ServiceRequest): Promise<unknown> => {
    const caller = options.authenticate?.(request, options.keys) ?? authenticateSigV4(request.headers, options.keys);
    const [prefix, name = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
    const operation = prefix === options.targetPrefix ? options.operations[name] : undefined;
    if (request.method !== 'POST' || operation === undefined) {
      throw new AwsError('UnknownOperationException', `The sandbox does not know the operation ${name}`);
    }
    return operation(parseBody(request.body), caller);
  };
  return startListener({
    port: options.port,
    handle: async (request) => {
      if (options.store && request.method === 'GET' && request.path === '/store') {
        const headers = { 'content-type': 'application/json' };
        return { status: 200, headers, body: JSON.stringify(options.store()) };
      }
      const other = await options.otherwise?.(request);
      if (other !== undefined) return other;
      try {
        const headers = { 'content-type': contentType, 'x-amzn-requestid': randomUUID() };
        return { status: 200, headers, body: JSON.stringify((await answer(request)) ?? {}) };
      } catch (error) {
        if (error instanceof AwsError) return awsJsonError(error, contentType);
        if (error instanceof ZodError) {
          const message = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
          return awsJsonError(new AwsError(options.invalidInput, message), contentType);
        }
        throw error;
      }
    },
  });
}

function parseBody(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON');
  }
}
