import { handle } from 'hono/aws-lambda';
import { behindTheDoor } from '../../contracts/api/doors.ts';
import { createApp } from './app.ts';
import type { ApiDeps } from './deps.ts';

type Handler = ReturnType<typeof handle>;

/** Answers API Gateway's events (payload 2.0), through whichever door they came. */
export function handleEvents(deps: ApiDeps): Handler {
  const answer = handle(createApp(deps));
  return (event, context) =>
    answer('rawPath' in event ? { ...event, rawPath: behindTheDoor(event.rawPath) } : event, context);
}
