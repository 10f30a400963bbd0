import { type Context, Hono } from 'hono';
import type { z } from 'zod';
import {
  abortOperationSchema,
  checkHealthSchema,
  listOperationsSchema,
  startDeploymentSchema,
  startRollbackSchema,
} from '../../contracts/api/requests.ts';
import { NotAllowed } from '../../contracts/errors.ts';
import { answerFault, refuse, refuseTooLarge, refuseUnknown } from '../shared/http/answers.ts';
import { kibibytes, parseJson, readBody } from '../shared/http/read-body.ts';
import { findService } from '../shared/operation-context.ts';
import { abortOperation } from './abort-operation.ts';
import { checkHealth } from './check-health.ts';
import type { ApiDeps } from './deps.ts';
import { listOperations, readOperationView } from './operation-views.ts';
import { readServiceView } from './service-view.ts';
import { startDeployment, startRollback } from './starts.ts';

const longestBody = kibibytes(64);

type Variables = { user: string | null };
type ApiContext = Context<{ Variables: Variables }>;

/** The API (DESIGN §7). Faults are answered as JSON `{error: {name, message, problems?}}`. */
export function createApp(deps: ApiDeps): Hono<{ Variables: Variables }> {
  const app = new Hono<{ Variables: Variables }>();
  app.onError((error, context) => answerFault(context, error, deps.log));
  app.use('/api/*', async (context, next) => {
    const caller = await deps.identify((name) => context.req.header(name));
    if (caller === null) return refuseUnknown(context);
    context.set('user', caller.user);
    context.header('cache-control', 'no-store');
    return next();
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
  app.get('/api/operations/:id', async (context) =>
    context.json(await readOperationView(deps, context.req.param('id'))),
  );

  app.post('/api/deployments', (context) =>
    withBody(context, startDeploymentSchema, async (body, actor) =>
      context.json(await startDeployment(deps, { ...body, actor, key: idempotencyKey(context) }), 202),
    ),
  );
  app.post('/api/rollbacks', (context) =>
    withBody(context, startRollbackSchema, async (body, actor) =>
      context.json(await startRollback(deps, { ...body, actor, key: idempotencyKey(context) }), 202),
    ),
  );
  app.post('/api/operations/:id/abort', (context) =>
    withBody(context, abortOperationSchema, async ({ reason }, actor) =>
      context.json(await abortOperation(deps, { id: context.req.param('id'), reason, actor }), 202),
    ),
  );
  app.post('/api/services/:name/health-check', (context) =>
    withBody(context, checkHealthSchema, async ({ environment }, actor) => {
      const service = findService(deps.configuration, context.req.param('name'));
      return context.json(await checkHealth(deps, { service, environment, actor }));
    }),
  );

  app.all('/api/*', (context) =>
    refuse(context, 404, { name: 'NotFound', message: `There is no ${context.req.method} ${context.req.path}.` }),
  );
  return app;
}

/** Reads and validates a body, and demands to know who sends it. */
async function withBody<Schema extends z.ZodType>(
  context: ApiContext,
  schema: Schema,
  act: (body: z.output<Schema>, actor: string) => Promise<Response>,
): Promise<Response> {
  const actor = context.get('user');
  if (actor === null) throw new NotAllowed('Say who asks: the header x-sluice-user is missing.');
  const body = await readBody(context.req.raw, longestBody);
  if (body.kind === 'too-large') return refuseTooLarge(context, longestBody);
  const document = parseJson(body.bytes);
  if (document === undefined) {
    return refuse(context, 400, { name: 'InvalidInput', message: 'The body is not JSON.', problems: [] });
  }
  return act(schema.parse(document), actor);
}

const idempotencyKey = (context: ApiContext): string | null =>
  context.req.header('idempotency-key')?.slice(0, 255) ?? null;
