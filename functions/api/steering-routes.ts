import type { Hono } from 'hono';
import { decideOperationSchema, holdVersionSchema, reasonSchema } from '../../contracts/api/steering.ts';
import { decideOperation } from '../../pipeline/approval/decide-signed-in.ts';
import { findService } from '../../pipeline/operation/operation-context.ts';
import { freezeService, holdVersion, releaseHold, unfreezeService } from '../../pipeline/operator/service-controls.ts';
import { unlockService } from '../../pipeline/operator/unlock-service.ts';
import { readOperationAudit, readServiceAudit } from '../../pipeline/view/audit-view.ts';
import { readStart } from '../../pipeline/view/start-view.ts';
import type { ApiDeps } from './deps.ts';
import { type ApiContext, type Variables, withBody } from './with-body.ts';

/** The hands on the pipeline besides starts and aborts (rule 5): decisions, holds, freezes, the lock; and the audit to check them by. */
export function addSteeringRoutes(app: Hono<{ Variables: Variables }>, deps: ApiDeps): void {
  const serviceOf = (context: ApiContext) => findService(deps.configuration, context.req.param('name') ?? '');

  app.get('/api/operations/:id/audit', async (context) =>
    context.json(await readOperationAudit(deps, context.req.param('id'))),
  );
  app.get('/api/services/:name/audit', async (context) =>
    context.json(await readServiceAudit(deps, serviceOf(context))),
  );
  app.get('/api/starts/:execution', async (context) =>
    context.json(await readStart(deps, context.req.param('execution'))),
  );

  app.post('/api/operations/:id/decision', (context) =>
    withBody(context, decideOperationSchema, async (body, actor) =>
      context.json(await decideOperation(deps, { id: context.req.param('id'), actor, ...body })),
    ),
  );
  app.post('/api/services/:name/freeze', (context) =>
    withBody(context, reasonSchema, async ({ reason }, actor) =>
      context.json(await freezeService(deps, { service: serviceOf(context), reason, actor })),
    ),
  );
  app.post('/api/services/:name/unfreeze', (context) =>
    withBody(context, reasonSchema, async ({ reason }, actor) =>
      context.json(await unfreezeService(deps, { service: serviceOf(context), reason, actor })),
    ),
  );
  app.post('/api/services/:name/holds', (context) =>
    withBody(context, holdVersionSchema, async (body, actor) =>
      context.json(await holdVersion(deps, { service: serviceOf(context), actor, ...body })),
    ),
  );
  app.post('/api/services/:name/holds/release', (context) =>
    withBody(context, holdVersionSchema, async (body, actor) =>
      context.json(await releaseHold(deps, { service: serviceOf(context), actor, ...body })),
    ),
  );
  app.post('/api/services/:name/unlock', (context) =>
    withBody(context, reasonSchema, async ({ reason }, actor) =>
      context.json(await unlockService(deps, { service: serviceOf(context), reason, actor })),
    ),
  );
}
