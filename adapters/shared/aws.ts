import type { Milliseconds } from '../../contracts/duration.ts';
import { SluiceError } from '../../contracts/errors.ts';
import { callNeighbour, describeCause, type NeighbourCall } from './call-neighbour.ts';
import { refused, unavailable } from './neighbour-errors.ts';

/** An access key, as the AWS clients take it. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** What every AWS adapter needs to know about where it talks to. */
export interface AwsOptions {
  readonly region: string;
  /** Another address of the same protocol; AWS's own without it. */
  readonly endpoint?: string;
  /** A key or a function that gives one; the client library's default chain without it. */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  /** Budget of one call, retries included. 5 s without it. */
  readonly within?: Milliseconds;
}

/** Options of any AWS client: one attempt (retries are ours, and bounded), connections kept alive. */
export function awsClientConfig(options: AwsOptions) {
  return {
    region: options.region,
    maxAttempts: 1,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    requestHandler: {
      connectionTimeout: 2_000,
      httpAgent: { keepAlive: true, maxSockets: 25 },
      httpsAgent: { keepAlive: true, maxSockets: 25 },
    },
  };
}

/** One AWS call under a deadline, with the library's errors turned into ours. */
export function callAws<T>(call: NeighbourCall, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return callNeighbour(call, async (signal) => {
    try {
      return await work(signal);
    } catch (error) {
      throw translateAwsError(error, call);
    }
  });
}

const passingNames = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalFailure',
  'InternalServerError',
]);

/** 4xx with AWS's code and message → refused; throttling, 5xx, no status, and half an answer of any status → unavailable. */
export function translateAwsError(error: unknown, call: { neighbour: string; attempted: string }): Error {
  if (error instanceof SluiceError) return error;
  const status = isAnswer(error) ? awsStatus(error) : null;
  const name = error instanceof Error ? error.name : 'Error';
  if (status === null || status >= 500 || status === 429 || passingNames.has(name)) {
    return unavailable({
      ...call,
      reason: status === null ? describeCause(error) : `${status} ${name}`,
      cause: error,
    });
  }
  return refused({ ...call, status, reason: `${name}: ${error instanceof Error ? error.message : ''}`, cause: error });
}

/** Whether AWS answered with one of these error codes, as in `ExecutionAlreadyExists`. */
export function isAwsError(error: unknown, ...names: readonly string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

/** Whether AWS said this: an answer that broke off has a status too, but not whose fault it is. */
const isAnswer = (error: unknown): boolean => error instanceof Error && '$fault' in error;

function awsStatus(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return null;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}
