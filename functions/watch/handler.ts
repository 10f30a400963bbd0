import { seconds } from '../../contracts/duration.ts';
import { afterReadingAhead } from '../runtime/after-reading-ahead.ts';

/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler = afterReadingAhead({
  within: seconds(5),
  routesOf: (_, { services }) => services,
  async load(clientOf) {
    const [{ createHandler }, { createDeps }] = await Promise.all([import('./create-handler.ts'), import('./deps.ts')]);
    return createHandler(createDeps(process.env, clientOf));
  },
});
