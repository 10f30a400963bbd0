import { seconds } from '../../contracts/duration.ts';
import { afterReadingAhead, serviceOf } from '../runtime/after-reading-ahead.ts';

/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler = afterReadingAhead({
  within: seconds(3),
  // Each of its commands begins with the route; only a return that is to be planned first ends without.
  routesOf: serviceOf,
  async load(clientOf) {
    const [{ createHandler }, { createDeps }] = await Promise.all([import('./create-handler.ts'), import('./deps.ts')]);
    return createHandler(createDeps(process.env, clientOf));
  },
});
