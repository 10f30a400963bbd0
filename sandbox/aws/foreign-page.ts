import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of another origin sent this request: a browser that runs on this machine reaches every port of it. Any other port of
 * loopback is another origin too. What is left to such a page is a link that somebody follows, since mails and chats have them.
 *
 * Browsers say `Origin: null` for a form of a page with `no-referrer`, as the approval pages have: then only their own word
 * (`Sec-Fetch-Site`, which no script can set) tells such a page from another one.
 */
export function isForeignPage(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  const { host, origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (origin !== undefined && origin !== 'null') return hostOf(origin) !== host;
  if (origin === 'null') return site !== 'same-origin';
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return !(mode === 'navigate' && (method === 'GET' || method === 'HEAD'));
}

/** What such a page is answered with. Without a header of CORS it cannot even read it. */
export const foreignPageRefusal = 'This sandbox takes no requests from pages of another origin.';

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);
