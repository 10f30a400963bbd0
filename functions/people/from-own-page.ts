import type { Asking } from './identify.ts';

/**
 * Whether a browser sent this request from a page of this very origin. `SameSite` alone does not say so: to it every port of a host
 * and every sibling of a domain is the same site. Browsers set both headers themselves, and no page can change them.
 */
export function isFromOwnPage({ origin, header }: Asking): boolean {
  const site = header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  return header('origin') === origin;
}
