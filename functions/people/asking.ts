import type { Context } from 'hono';
import type { Asking } from './identify.ts';

/** What of a request says who asks. */
export const askingOf = (context: Context): Asking => ({
  origin: new URL(context.req.url).origin,
  header: (name) => context.req.header(name),
  gateway: context.env?.requestContext,
});
