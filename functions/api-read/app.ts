import { etag } from 'hono/etag';
import { listAuditSchema } from '../../contracts/api/audit-list.ts';
import { listDeliveriesSchema } from '../../contracts/api/deliveries.ts';
import { readMetricsSchema } from '../../contracts/api/metrics.ts';
import { readOverviewSchema } from '../../contracts/api/overview.ts';
import { listOperationsSchema } from '../../contracts/api/requests.ts';
import { environmentNameSchema } from '../../contracts/environment.ts';
import { NotFound } from '../../contracts/errors.ts';
import { needsAPerson } from '../../pipeline/operation/needs-a-person.ts';
import { findService } from '../../pipeline/operation/operation-context.ts';
import { listAudit } from '../../pipeline/view/audit-list.ts';
import { readOperationAudit, readServiceAudit } from '../../pipeline/view/audit-view.ts';
import { readBranchView } from '../../pipeline/view/branch-view.ts';
import { listDeliveries } from '../../pipeline/view/deliveries-view.ts';
import { readDeploymentRecord } from '../../pipeline/view/deployment-record.ts';
import { readGoodVersions } from '../../pipeline/view/good-versions.ts';
import { readMetrics } from '../../pipeline/view/metrics-view.ts';
import { listOperations, readOperationView } from '../../pipeline/view/operation-views.ts';
import { readOverview } from '../../pipeline/view/overview.ts';
import { readReadings } from '../../pipeline/view/readings-view.ts';
import { readServiceView } from '../../pipeline/view/service-view.ts';
import { readStart } from '../../pipeline/view/start-view.ts';
import { readSummary } from '../../pipeline/view/summary.ts';
import { configurationFor, demand } from '../people/demand.ts';
import { type ApiContext, createPeopleApp, type PeopleApp, refuseTheRest } from '../people/people-app.ts';
import { createConsoleApp } from './console-app.ts';
import type { ApiReadDeps } from './deps.ts';
import { exposeMetrics } from './prometheus.ts';

/** What people, the console and the command line look at (DESIGN §7): it changes nothing and may write nothing. */
export function createApp(deps: ApiReadDeps): PeopleApp {
  const app = createPeopleApp(deps, createConsoleApp(deps));
  app.on('ALL', ['/api/*', '/metrics'], async (context, next) => {
    const caller = context.get('caller');
    // A token without a user's name belongs to a program, such as a dashboard of one's own. It can change nothing.
    const isProgram = caller.via === 'token' && caller.user === null && caller.who === 'unnamed';
    if (!isProgram) demand(deps.configuration, caller.user, 'look', caller.user === null ? caller.because : undefined);
    return next();
  });
  /** What the caller sees: a job of GitHub Actions sees its own repository's services. */
  const seen = (context: ApiContext): ApiReadDeps => ({
    ...deps,
    configuration: configurationFor(deps.configuration, context.get('caller')),
  });
  const serviceOf = (context: ApiContext, name: string) => findService(seen(context).configuration, name);
  const operationOf = async (context: ApiContext, id: string): Promise<string> => {
    const { services } = context.get('caller');
    if (services === null) return id;
    const operation = await deps.store.operations.read(id);
    if (operation === null || services.includes(operation.service)) return id;
    throw new NotFound(`There is no operation ${id} of ${services.join(', ')}.`);
  };

  app.get('/api/overview', etag(), async (context) => {
    const wanted = readOverviewSchema.parse(context.req.query());
    if (wanted.operation !== undefined) await operationOf(context, wanted.operation);
    return context.json(await readOverview(seen(context), { ...wanted, viewer: context.get('caller').user }));
  });
  app.get('/api/summary', etag(), async (context) =>
    context.json(await readSummary(seen(context), context.get('caller').user)),
  );
  app.get('/api/services', async (context) => {
    const own = seen(context);
    const services = await Promise.all(own.configuration.services.map((service) => readServiceView(own, service)));
    return context.json({ services });
  });
  app.get('/api/services/:name', async (context) =>
    context.json(await readServiceView(deps, serviceOf(context, context.req.param('name')))),
  );
  app.get('/api/services/:name/good-versions', async (context) =>
    context.json(await readGoodVersions(deps, serviceOf(context, context.req.param('name')))),
  );
  app.get('/api/services/:name/audit', async (context) =>
    context.json(await readServiceAudit(deps, serviceOf(context, context.req.param('name')))),
  );
  app.get('/api/services/:name/branches/:environment', async (context) => {
    const environment = environmentNameSchema.parse(context.req.param('environment'));
    return context.json(await readBranchView(deps, serviceOf(context, context.req.param('name')), environment));
  });
  app.get('/api/operations', async (context) => {
    const query = listOperationsSchema.parse(context.req.query());
    return context.json(await listOperations(seen(context), query));
  });
  app.get('/api/operations/:id', async (context) =>
    context.json(await readOperationView(deps, await operationOf(context, context.req.param('id')))),
  );
  app.get('/api/operations/:id/audit', async (context) =>
    context.json(await readOperationAudit(deps, await operationOf(context, context.req.param('id')))),
  );
  app.get('/api/operations/:id/record', async (context) =>
    context.json(await readDeploymentRecord(deps, await operationOf(context, context.req.param('id')))),
  );
  // It has its own address and ETag: the page looks at it while there are charts to draw, and it is many times as long as the rest.
  app.get('/api/operations/:id/readings', etag(), async (context) =>
    context.json(await readReadings(deps, await operationOf(context, context.req.param('id')))),
  );
  app.get('/api/audit', async (context) =>
    context.json(await listAudit(seen(context), listAuditSchema.parse(context.req.query()))),
  );
  app.get('/api/metrics', async (context) =>
    context.json(await readMetrics(seen(context), readMetricsSchema.parse(context.req.query()))),
  );
  app.get('/metrics', async (context) => {
    const asked = seen(context);
    const [metrics, now] = await Promise.all([
      readMetrics(asked, readMetricsSchema.parse({})),
      Promise.all(
        asked.configuration.services.map(async ({ name: service }) => ({
          service,
          ...(await needsAPerson(asked, service, asked.now())),
        })),
      ),
    ]);
    const { text, contentType } = await exposeMetrics(metrics, now);
    return context.body(text, 200, { 'content-type': contentType });
  });
  app.get('/api/starts/:execution', async (context) =>
    context.json(await readStart(deps, context.req.param('execution'), context.get('caller').services)),
  );
  app.get('/api/deliveries', async (context) => {
    const { limit } = listDeliveriesSchema.parse(context.req.query());
    const { services } = context.get('caller');
    const deliveries = await listDeliveries(deps, limit);
    const own = deliveries.filter(
      ({ service }) => services === null || (service !== null && services.includes(service)),
    );
    return context.json({ deliveries: own });
  });

  refuseTheRest(app);
  return app;
}
