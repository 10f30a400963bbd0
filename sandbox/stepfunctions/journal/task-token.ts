/** A task token names its execution, so that a callback finds it without an index, and an attempt that nobody can guess. */
export const taskToken = (executionArn: string, secret: string): string =>
  Buffer.from(`${executionArn}|${secret}`).toString('base64url');

const parts = (token: string): string[] => Buffer.from(token, 'base64url').toString('utf8').split('|');

/** The ARN of the execution that a token belongs to; undefined for what never was a token. */
export function executionOfToken(token: string): string | undefined {
  const [arn, secret, ...rest] = parts(token);
  return arn?.startsWith('arn:') && secret && rest.length === 0 ? arn : undefined;
}

/** The attempt's own part of the token: a UUID. */
export const attemptOfToken = (token: string): string => parts(token)[1] ?? token;
