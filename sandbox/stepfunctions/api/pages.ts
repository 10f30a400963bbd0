import { ApiError } from './api-error.ts';
import type { Parameters } from './parameters.ts';

/**
 * A page of up to `maxResults` (1,000; 100 by default) of a list. The token names the last item shown, so that what is added
 * in front of it meanwhile neither repeats nor skips any; `keyOf` says by what an item is known.
 */
export function pageOf<T>(
  list: readonly T[],
  parameters: Parameters,
  keyOf: (item: T) => string,
): { items: T[]; nextToken?: string } {
  const size = parameters.pageSize('maxResults', 1000, 100);
  const token = parameters.optionalString('nextToken');
  const from = token === undefined ? 0 : 1 + list.findIndex((item) => tokenOf(keyOf(item)) === token);
  if (token !== undefined && from === 0) throw new ApiError('InvalidToken', `Invalid Token: 'Invalid token'`);
  const items = list.slice(from, from + size);
  const last = items.at(-1);
  return last !== undefined && from + size < list.length ? { items, nextToken: tokenOf(keyOf(last)) } : { items };
}

const tokenOf = (key: string): string => Buffer.from(key).toString('base64url');
