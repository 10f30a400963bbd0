import type { Context } from 'hono';
import * as z from 'zod';
import type { ApiError, ApiProblem } from '../../contracts/api/errors.ts';
import { SluiceError, type SluiceErrorName } from '../../contracts/errors.ts';
import type { Log } from '../../pipeline/ports.ts';

type Status = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 500 | 503;

const statusOf: Readonly<Partial<Record<SluiceErrorName, Status>>> = {
  DependencyUnavailable: 503,
  DependencyRefused: 503,
  NotFound: 404,
  WriteConflict: 409,
  LockHeld: 409,
  ServiceFrozen: 409,
  OnlyObserved: 409,
  NotReady: 409,
  InvalidInput: 400,
  NotAllowed: 403,
};

/** What is wrong with outside text, each problem with its path. */
export const problemsOf = (error: z.ZodError): ApiProblem[] =>
  error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: formatPath([...issue.path, key]), message: 'is not a known field' }))
      : [{ path: formatPath(issue.path), message: issue.message }],
  );

const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');

/** `{error: {name, message, problems?}}` with its status. */
export function refuse(context: Context, status: Status, error: ApiError['error']): Response {
  return context.json({ error } satisfies ApiError, status);
}

/** The answer to a body that its schema refuses: every problem with its path. */
export const refuseInvalid = (context: Context, error: z.ZodError): Response =>
  refuse(context, 400, {
    name: 'InvalidInput',
    message: 'The request does not have the expected shape.',
    problems: problemsOf(error),
  });

/** The answer to a body over the limit (in bytes). */
export const refuseTooLarge = (context: Context, limit: number): Response =>
  refuse(context, 413, { name: 'TooLarge', message: `The body is longer than ${limit} bytes.` });

/** The answer to somebody who could not be authenticated: it says nothing of why. */
export const refuseUnknown = (context: Context): Response =>
  refuse(context, 401, { name: 'NotAllowed', message: 'The caller could not be authenticated.' });

/** The answer to a thrown error. What was not expected is logged here and not described to the outside. */
export function answerFault(context: Context, error: unknown, log: Log): Response {
  if (error instanceof z.ZodError) return refuseInvalid(context, error);
  if (error instanceof SluiceError) {
    const status = statusOf[error.name] ?? 500;
    log({ level: status >= 500 ? 'error' : 'info', message: error.message, error: error.name });
    return refuse(context, status, { name: error.name, message: error.message });
  }
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  log({
    level: 'error',
    message: cause,
    error: 'InternalError',
    stack: error instanceof Error ? error.stack : undefined,
  });
  return refuse(context, 500, { name: 'InternalError', message: 'Sluice failed; its log says how.' });
}
