import type { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { stripAuthPrefix } from '../../contracts/api/entry-points.ts';
import type { Variables } from './people-app.ts';

type Handler = ReturnType<typeof handle>;

/** Answers API Gateway's events (payload 2.0), through whichever door they came. */
export function handleEvents(app: Hono<{ Variables: Variables }>): Handler {
  const answer = handle(app);
  return (event, context) =>
    answer('rawPath' in event ? { ...event, rawPath: stripAuthPrefix(event.rawPath) } : event, context);
}
