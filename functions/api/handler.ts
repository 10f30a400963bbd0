import { handle } from 'hono/aws-lambda';
import { behindTheDoor } from '../../contracts/api/doors.ts';
import { createApp } from './app.ts';
import { type ApiDeps, createDeps } from './deps.ts';

type Handler = ReturnType<typeof handle>;

let bound: Handler | undefined;
/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler: Handler = (event, context) => {
  bound ??= handleEvents(createDeps(process.env));
  return bound(event, context);
};

/** Answers API Gateway's events (payload 2.0), through whichever door they came. */
export function handleEvents(deps: ApiDeps): Handler {
  const answer = handle(createApp(deps));
  return (event, context) =>
    answer('rawPath' in event ? { ...event, rawPath: behindTheDoor(event.rawPath) } : event, context);
}
