import { connected } from '../runtime/connected.ts';
import { createDeps } from './deps.ts';
import { createHandler } from './handler.ts';

/** What Lambda calls, built while it initialises. */
export const handler = createHandler(await connected(createDeps(process.env)));
