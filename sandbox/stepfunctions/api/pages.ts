import { ApiError } from './api-error.ts';

/** A page of `list`; the token holds where the next one begins. */
export function page<T>(
  list: readonly T[],
  size: number,
  token: string | undefined,
): { items: T[]; nextToken?: string } {
  const from = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isInteger(from) || from < 0) throw new ApiError('InvalidToken', `Invalid Token: 'Invalid token'`);
  const to = from + size;
  const items = list.slice(from, to);
  return to < list.length ? { items, nextToken: Buffer.from(String(to)).toString('base64url') } : { items };
}
