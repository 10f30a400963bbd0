import { handleEvents } from '../people/handle-events.ts';
import { connected } from '../runtime/connected.ts';
import { createApp } from './app.ts';
import { createDeps } from './deps.ts';

/** What Lambda calls, built while it initialises. */
export const handler = handleEvents(createApp(await connected(createDeps(process.env))));
