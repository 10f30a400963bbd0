import { ServiceException } from '@smithy/core/client';
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { Milliseconds } from '../../contracts/duration.ts';
import { SluiceError } from '../../contracts/errors.ts';
import { callDependency, type DependencyCall, describeCause } from './call-dependency.ts';
import { refused, unavailable } from './dependency-errors.ts';

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
export function callAws<T>(call: DependencyCall, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return callDependency(call, async (signal) => {
    try {
      return await work(signal);
    } catch (error) {
      throw translateAwsError(error, call);
    }
  });
}

/**
 * Refused or passing, by the client library's own classification of throttling, transient and server errors (it knows codes such as
 * `ProvisionedThroughputExceededException` and clocks that were put right). Without an answer, and with half of one, it is passing too.
 */
export function translateAwsError(error: unknown, call: { dependency: string; attempted: string }): Error {
  if (error instanceof SluiceError) return error;
  if (!isAnswer(error)) return unavailable({ ...call, reason: describeCause(error), cause: error });
  const status = error.$metadata.httpStatusCode;
  if (isThrottlingError(error) || isTransientError(error) || isServerError(error) || conflicts.includes(error.name)) {
    return unavailable({ ...call, reason: `${status ?? 'no status'} ${error.name}`, cause: error });
  }
  return refused({
    ...call,
    ...(status === undefined ? {} : { status }),
    reason: `${error.name}: ${error.message}`,
    cause: error,
  });
}

/**
 * Two requests met, and AWS asks for another attempt; the client library takes them for refusals.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (If-None-Match)
 */
const conflicts = ['ConditionalRequestConflict', 'OperationAborted'];

/** Whether AWS answered with one of these error codes, as in `ExecutionAlreadyExists`. */
export function isAwsError(error: unknown, ...names: readonly string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}

/** Whether AWS said this: an answer that broke off has a status too, but not whose fault it is. */
const isAnswer = (error: unknown): error is ServiceException & { readonly cause?: Error } =>
  error instanceof ServiceException;
