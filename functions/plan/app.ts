import { readPlanSchema } from '../../contracts/api/plan.ts';
import { findService } from '../../pipeline/operation/operation-context.ts';
import { planDeployment } from '../../pipeline/release/plan-deployment.ts';
import { configurationFor, demand } from '../people/demand.ts';
import { createPeopleApp, type PeopleApp, refuseTheRest } from '../people/people-app.ts';
import type { PlanApiDeps } from './deps.ts';

/** What a deployment would be, for whoever may look (DESIGN §5; docs/adr/0048): it starts nothing and may write nothing. */
export function createApp(deps: PlanApiDeps): PeopleApp {
  const app = createPeopleApp(deps);
  app.get('/api/services/:name/plan', async (context) => {
    const caller = context.get('caller');
    // As with other looks: whoever has the token and names nobody is a program, which can change nothing.
    const isProgram = caller.via === 'token' && caller.user === null && caller.who === 'unnamed';
    if (!isProgram) demand(deps.configuration, caller.user, 'look', caller.user === null ? caller.because : undefined);
    const seen = { ...deps, configuration: configurationFor(deps.configuration, caller) };
    const service = findService(seen.configuration, context.req.param('name'));
    const question = readPlanSchema.parse(context.req.query());
    return context.json(await planDeployment(seen, service, { ...question, actor: caller.user }));
  });
  refuseTheRest(app);
  return app;
}
