import { handle } from 'hono/aws-lambda';
import { connected } from '../runtime/connected.ts';
import { createApp } from './app.ts';
import { createDeps } from './deps.ts';

/** What Lambda calls, built while it initialises. */
export const handler = handle(createApp(await connected(createDeps(process.env))));
