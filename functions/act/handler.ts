import { seconds } from '../../contracts/duration.ts';
import { afterReadingAhead, serviceOfActions } from '../runtime/after-reading-ahead.ts';

/** What begins with the route. Other commands look at something else, or may find nothing to do. */
const routeFirst: ReadonlySet<string> = new Set([
  'prepare-standby',
  'prepare-switch',
  'raise-capacity',
  'set-weight',
  'ensure-target',
]);

/** The Lambda entry point; built on the first call, so that importing this module needs no environment. */
export const handler = afterReadingAhead({
  within: seconds(5),
  routesOf: serviceOfActions(routeFirst),
  async load(clientOf) {
    const [{ createHandler }, { createDeps }] = await Promise.all([import('./create-handler.ts'), import('./deps.ts')]);
    return createHandler(createDeps(process.env, clientOf));
  },
});
