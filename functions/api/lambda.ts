import { connected } from '../runtime/connected.ts';
import { createDeps } from './deps.ts';
import { handleEvents } from './handle-events.ts';

/** What Lambda calls, built while it initialises. */
export const handler = handleEvents(await connected(createDeps(process.env)));
