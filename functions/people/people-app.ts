import { type Context, Hono } from 'hono';
import type { Log } from '../../pipeline/ports.ts';
import { answerFault, refuse, refuseUnknown } from '../http/answers.ts';
import { askingOf } from './asking.ts';
import type { Caller, Identify } from './identify.ts';

export type Variables = { caller: Caller };
export type ApiContext = Context<{ Variables: Variables }>;
export type PeopleApp = Hono<{ Variables: Variables }>;

/**
 * An app to which only known callers come: who asks is the context's `caller`. Faults are answered as JSON `{error: {name, message,
 * problems?}}`. `open`: what anybody may ask besides.
 */
export function createPeopleApp(deps: { readonly identify: Identify; readonly log: Log }, open?: Hono): PeopleApp {
  const app: PeopleApp = new Hono();
  app.onError((error, context) => answerFault(context, error, deps.log));
  if (open !== undefined) app.route('/', open);
  app.on('ALL', ['/api/*', '/metrics'], async (context, next) => {
    const caller = await deps.identify(askingOf(context));
    if (caller === null) return refuseUnknown(context);
    context.set('caller', caller);
    context.header('cache-control', 'no-store');
    return next();
  });
  return app;
}

/** The last route of an app: what it does not have. */
export function refuseTheRest(app: PeopleApp): void {
  app.all('/api/*', (context) =>
    refuse(context, 404, { name: 'NotFound', message: `There is no ${context.req.method} ${context.req.path}.` }),
  );
}
