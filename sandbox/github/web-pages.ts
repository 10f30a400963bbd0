import { html } from 'hono/html';
import type { ServiceAnswer, ServiceRequest } from '../aws/listener.ts';
import { dispatch, type Route } from './router.ts';

/** Paths of `html_url`s, and the document of the REST API that each is about. */
const pages: readonly [RegExp, string][] = [
  [/^\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)$/, '/repos/$1/actions/runs/$2'],
  [/^\/([^/]+\/[^/]+)\/commit\/([0-9a-f]{7,40})$/, '/repos/$1/commits/$2'],
  [/^\/([^/]+\/[^/]+)\/compare\/([^/]+)$/, '/repos/$1/compare/$2'],
];

/**
 * A page for a link in a mail, which a browser opens without a token: the document behind it, readable. On github.com these are pages of
 * another server than the API. Undefined for every other request.
 */
export async function webPage(
  routes: readonly Route[],
  request: ServiceRequest,
  login: string,
): Promise<ServiceAnswer | undefined> {
  if (request.method !== 'GET') return undefined;
  const found = pages.find(([path]) => path.test(request.path));
  if (found === undefined) return undefined;
  const answer = await dispatch(routes, { ...request, path: request.path.replace(...found) }, login);
  const document = JSON.stringify(JSON.parse(String(answer.body)), null, 2);
  const body = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${request.path}</title></head>
<body><h1>${request.path}</h1><p>What the GitHub of this sandbox knows of it.</p><pre>${document}</pre></body></html>`;
  return {
    status: answer.status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" },
    body: String(body),
  };
}
