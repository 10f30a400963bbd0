import { Hono } from 'hono';
import type { LambdaContext } from 'hono/aws-lambda';
import { createApp as createOperateApp } from '../../../../functions/api-operate/app.ts';
import type { ApiOperateDeps } from '../../../../functions/api-operate/deps.ts';
import { createApp as createReadApp } from '../../../../functions/api-read/app.ts';
import type { ApiReadDeps } from '../../../../functions/api-read/deps.ts';
import { handleEvents } from '../../../../functions/people/handle-events.ts';
import { byRoute } from '../../../../sandbox/front.ts';

/** What both functions of the control API are built from. */
export type ControlDeps = ApiReadDeps & ApiOperateDeps;

/** Both functions behind one address, as the routes of the HTTP API and the sandbox's front have them. */
export function createControlApi(deps: ControlDeps): Hono {
  const { looks, hands } = { looks: createReadApp(deps), hands: createOperateApp(deps) };
  const fetch = byRoute({ looks: looks.fetch, hands: hands.fetch, plans: looks.fetch });
  return new Hono().mount('/', fetch, { replaceRequest: (request) => request });
}

/** What the function that changes something has routes for. */
export const changingPaths = (deps: ControlDeps): string[] =>
  createOperateApp(deps)
    .routes.filter(({ method }) => method === 'POST')
    .map(({ path }) => path);

/** Answers API Gateway's events with the function that its routes lead to. */
export function answerEvents(deps: ControlDeps, event: unknown): Promise<unknown> {
  // The events are fixtures of payload 2.0, and nobody reads the context.
  const given = event as never;
  const { method } = (event as { requestContext: { http: { method: string } } }).requestContext.http;
  const app = method === 'POST' ? createOperateApp(deps) : createReadApp(deps);
  return handleEvents(app)(given, {} as LambdaContext);
}
