import { hashToken, looksLikeToken } from '../../pipeline/approval/link-token.ts';
import type { GatewayEvent, HttpAnswer, HttpHandler } from '../http/http-handler.ts';
import { bindAtFirstCall } from '../runtime/bind-at-first-call.ts';
import { onItsWay } from '../runtime/on-its-way.ts';
import { createDeps } from './deps.ts';
import { findingAhead } from './finding-ahead.ts';

/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler: HttpHandler = bindAtFirstCall<Parameters<HttpHandler>, HttpAnswer>(async (event) => {
  const deps = createDeps(process.env);
  const token = tokenOf(event);
  const approvals = findingAhead(deps.store.approvals);
  // The app asks for the link first; it is loaded while the table looks for it (docs/adr/0016).
  if (looksLikeToken(token)) await onItsWay(approvals.findAhead(hashToken(token)));
  const { createApp, handle } = await import('./web.ts');
  return handle(createApp({ ...deps, store: { ...deps.store, approvals } }));
});

const tokenOf = (event: GatewayEvent): string => {
  const path = 'rawPath' in event ? event.rawPath : '';
  return path.startsWith('/approvals/') ? path.slice('/approvals/'.length) : '';
};
