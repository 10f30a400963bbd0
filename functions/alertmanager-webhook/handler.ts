import type { HttpAnswer, HttpHandler } from '../http/http-handler.ts';
import { bindAtFirstCall } from '../runtime/bind-at-first-call.ts';
import { onItsWay } from '../runtime/on-its-way.ts';
import { createDeps } from './deps.ts';

/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler: HttpHandler = bindAtFirstCall<Parameters<HttpHandler>, HttpAnswer>(async () => {
  const deps = createDeps(process.env);
  // The app asks for it first; when it fails here, the app asks again and says so.
  await onItsWay(deps.secrets.get(deps.secretName));
  const { createApp, handle } = await import('./web.ts');
  return handle(createApp(deps));
});
