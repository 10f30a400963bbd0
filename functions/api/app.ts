import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { listDeliveriesSchema } from '../../contracts/api/deliveries.ts';
import { readOverviewSchema } from '../../contracts/api/overview.ts';
import {
  abortOperationSchema,
  checkHealthSchema,
  listOperationsSchema,
  startDeploymentSchema,
  startRollbackSchema,
  switchTrafficSchema,
} from '../../contracts/api/requests.ts';
import { reasonSchema } from '../../contracts/api/steering.ts';
import { NotAllowed } from '../../contracts/errors.ts';
import { findService } from '../../pipeline/operation/operation-context.ts';
import { abortOperation } from '../../pipeline/operator/abort-operation.ts';
import { checkHealth } from '../../pipeline/operator/check-health.ts';
import { resumeOperation } from '../../pipeline/operator/resume-operation.ts';
import { startDeployment, startRollback } from '../../pipeline/operator/starts.ts';
import { switchTraffic } from '../../pipeline/operator/switch-traffic.ts';
import { listDeliveries } from '../../pipeline/view/deliveries-view.ts';
import { listOperations, readOperationView } from '../../pipeline/view/operation-views.ts';
import { readOverview } from '../../pipeline/view/overview.ts';
import { readServiceView } from '../../pipeline/view/service-view.ts';
import { answerFault, refuse, refuseUnknown } from '../http/answers.ts';
import { askingOf } from './asking.ts';
import { createConsoleApp } from './console-app.ts';
import type { ApiDeps } from './deps.ts';
import { isFromOwnPage } from './from-own-page.ts';
import { addSteeringRoutes } from './steering-routes.ts';
import { type ApiContext, type Variables, withBody } from './with-body.ts';

/** The API (DESIGN §7). Faults are answered as JSON `{error: {name, message, problems?}}`. */
export function createApp(deps: ApiDeps): Hono<{ Variables: Variables }> {
  const app = new Hono<{ Variables: Variables }>();
  app.onError((error, context) => answerFault(context, error, deps.log));
  app.route('/', createConsoleApp(deps));
  app.use('/api/*', async (context, next) => {
    const asking = askingOf(context);
    const caller = await deps.identify(asking);
    if (caller === null) return refuseUnknown(context);
    if (caller.via === 'session' && !readsOnly(context) && !isFromOwnPage(asking)) {
      throw new NotAllowed('A signed-in browser changes things from the console’s own page only.');
    }
    if (caller.via === 'job' && !readsOnly(context) && !openToJobs.has(context.req.path)) {
      throw new NotAllowed(
        'A job of GitHub Actions may start deployments and rollbacks, and look; the rest takes a person.',
      );
    }
    context.set('caller', caller);
    context.header('cache-control', 'no-store');
    return next();
  });

  app.get('/api/overview', etag(), async (context) => {
    const wanted = readOverviewSchema.parse(context.req.query());
    return context.json(await readOverview(deps, { ...wanted, viewer: context.get('caller').user }));
  });
  app.get('/api/services', async (context) => {
    const services = await Promise.all(deps.configuration.services.map((service) => readServiceView(deps, service)));
    return context.json({ services });
  });
  app.get('/api/services/:name', async (context) =>
    context.json(await readServiceView(deps, findService(deps.configuration, context.req.param('name')))),
  );
  app.get('/api/operations', async (context) => {
    const query = listOperationsSchema.parse(context.req.query());
    return context.json({ operations: await listOperations(deps, query) });
  });
  app.get('/api/deliveries', async (context) => {
    const { limit } = listDeliveriesSchema.parse(context.req.query());
    return context.json({ deliveries: await listDeliveries(deps, limit) });
  });
  app.get('/api/operations/:id', async (context) =>
    context.json(await readOperationView(deps, context.req.param('id'))),
  );

  app.post('/api/deployments', (context) =>
    withBody(context, startDeploymentSchema, async (body, actor) => {
      refuseOtherServices(context, body.service);
      return context.json(await startDeployment(deps, { ...body, actor, key: idempotencyKey(context) }), 202);
    }),
  );
  app.post('/api/rollbacks', (context) =>
    withBody(context, startRollbackSchema, async (body, actor) => {
      refuseOtherServices(context, body.service);
      return context.json(await startRollback(deps, { ...body, actor, key: idempotencyKey(context) }), 202);
    }),
  );
  app.post('/api/operations/:id/abort', (context) =>
    withBody(context, abortOperationSchema, async ({ reason }, actor) =>
      context.json(await abortOperation(deps, { id: context.req.param('id'), reason, actor }), 202),
    ),
  );
  app.post('/api/operations/:id/resume', (context) =>
    withBody(context, reasonSchema, async ({ reason }, actor) =>
      context.json(await resumeOperation(deps, { id: context.req.param('id'), reason, actor })),
    ),
  );
  app.post('/api/services/:name/traffic', (context) =>
    withBody(context, switchTrafficSchema, async ({ for: stay, ...body }, actor) => {
      const service = findService(deps.configuration, context.req.param('name'));
      const key = idempotencyKey(context);
      return context.json(await switchTraffic(deps, { ...body, for: stay, service, actor, key }), 202);
    }),
  );
  app.post('/api/services/:name/health-check', (context) =>
    withBody(context, checkHealthSchema, async ({ environment }, actor) => {
      const service = findService(deps.configuration, context.req.param('name'));
      return context.json(await checkHealth(deps, { service, environment, actor }));
    }),
  );

  addSteeringRoutes(app, deps);

  app.all('/api/*', (context) =>
    refuse(context, 404, { name: 'NotFound', message: `There is no ${context.req.method} ${context.req.path}.` }),
  );
  return app;
}

/** What a job of GitHub Actions may change. It cannot approve: it would be its own approver. */
const openToJobs: ReadonlySet<string> = new Set(['/api/deployments', '/api/rollbacks']);

function refuseOtherServices(context: ApiContext, service: string): void {
  const { services } = context.get('caller');
  if (services === null || services.includes(service)) return;
  throw new NotAllowed(`From here only ${services.join(', ')} can be deployed and rolled back, not ${service}.`);
}

const readsOnly = ({ req }: ApiContext): boolean => req.method === 'GET' || req.method === 'HEAD';

const idempotencyKey = (context: ApiContext): string | null =>
  context.req.header('idempotency-key')?.slice(0, 255) ?? null;
