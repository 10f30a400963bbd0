import { etag } from 'hono/etag';
import { listDeliveriesSchema } from '../../contracts/api/deliveries.ts';
import { readOverviewSchema } from '../../contracts/api/overview.ts';
import { listOperationsSchema } from '../../contracts/api/requests.ts';
import { findService } from '../../pipeline/operation/operation-context.ts';
import { readOperationAudit, readServiceAudit } from '../../pipeline/view/audit-view.ts';
import { listDeliveries } from '../../pipeline/view/deliveries-view.ts';
import { listOperations, readOperationView } from '../../pipeline/view/operation-views.ts';
import { readOverview } from '../../pipeline/view/overview.ts';
import { readServiceView } from '../../pipeline/view/service-view.ts';
import { readStart } from '../../pipeline/view/start-view.ts';
import { createPeopleApp, type PeopleApp, refuseTheRest } from '../people/people-app.ts';
import { createConsoleApp } from './console-app.ts';
import type { ApiReadDeps } from './deps.ts';

/** What people, the console and the command line look at (DESIGN §7): it changes nothing and may write nothing. */
export function createApp(deps: ApiReadDeps): PeopleApp {
  const app = createPeopleApp(deps, createConsoleApp(deps));
  const serviceOf = (name: string) => findService(deps.configuration, name);

  app.get('/api/overview', etag(), async (context) => {
    const wanted = readOverviewSchema.parse(context.req.query());
    return context.json(await readOverview(deps, { ...wanted, viewer: context.get('caller').user }));
  });
  app.get('/api/services', async (context) => {
    const services = await Promise.all(deps.configuration.services.map((service) => readServiceView(deps, service)));
    return context.json({ services });
  });
  app.get('/api/services/:name', async (context) =>
    context.json(await readServiceView(deps, serviceOf(context.req.param('name')))),
  );
  app.get('/api/services/:name/audit', async (context) =>
    context.json(await readServiceAudit(deps, serviceOf(context.req.param('name')))),
  );
  app.get('/api/operations', async (context) => {
    const query = listOperationsSchema.parse(context.req.query());
    return context.json({ operations: await listOperations(deps, query) });
  });
  app.get('/api/operations/:id', async (context) =>
    context.json(await readOperationView(deps, context.req.param('id'))),
  );
  app.get('/api/operations/:id/audit', async (context) =>
    context.json(await readOperationAudit(deps, context.req.param('id'))),
  );
  app.get('/api/starts/:execution', async (context) =>
    context.json(await readStart(deps, context.req.param('execution'))),
  );
  app.get('/api/deliveries', async (context) => {
    const { limit } = listDeliveriesSchema.parse(context.req.query());
    return context.json({ deliveries: await listDeliveries(deps, limit) });
  });

  refuseTheRest(app);
  return app;
}
