import type { Context } from 'hono';
import type { Asking } from './identify.ts';

/** The parts of a request that identify the caller. */
export const askingOf = (context: Context): Asking => ({
  origin: new URL(context.req.url).origin,
  header: (name) => context.req.header(name),
  gateway: context.env?.requestContext,
});
