import { seconds } from '../../contracts/duration.ts';
import { afterReadingAhead, serviceOfActions } from '../runtime/after-reading-ahead.ts';

/** What begins with the route, as far as the cluster goes. Other commands ask for something else of it. */
const routeFirst: ReadonlySet<string> = new Set([
  'observe-live',
  'recheck',
  'judge',
  'bake',
  'await-decision',
  'keep-split',
  'post-validate',
  'verify-return',
  'plan-rollback',
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
