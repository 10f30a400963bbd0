import type { handle } from 'hono/aws-lambda';
import { bindAtFirstCall } from '../shared/http/bind-at-first-call.ts';
import { onItsWay } from '../shared/http/on-its-way.ts';
import { createDeps } from './deps.ts';

type Handler = ReturnType<typeof handle>;

/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler: Handler = bindAtFirstCall(async () => {
  const deps = createDeps(process.env);
  // The app asks for it first; when it fails here, the app asks again and says so.
  await onItsWay(deps.secrets.get(deps.secretName));
  const { createApp, handle } = await import('./web.ts');
  return handle(createApp(deps));
});
