import { handle } from 'hono/aws-lambda';
import { createApp } from './app.ts';
import { createDeps } from './deps.ts';

type Handler = ReturnType<typeof handle>;

let bound: Handler | undefined;
/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler: Handler = (event, context) => {
  bound ??= handle(createApp(createDeps(process.env)));
  return bound(event, context);
};
