import type * as z from 'zod';
import { decideBranchSchema } from '../../contracts/api/branch.ts';
import {
  decideOperationSchema,
  holdVersionSchema,
  promoteSchema,
  reasonSchema,
} from '../../contracts/api/operator-actions.ts';
import {
  abortOperationSchema,
  checkHealthSchema,
  startDeploymentSchema,
  startRollbackSchema,
  switchTrafficSchema,
} from '../../contracts/api/requests.ts';
import { environmentNameSchema } from '../../contracts/environment.ts';
import { NotAllowed } from '../../contracts/errors.ts';
import type { Permission } from '../../core/approvals/permissions.ts';
import { decideOperation } from '../../pipeline/approval/decide-signed-in.ts';
import { findService } from '../../pipeline/operation/operation-context.ts';
import { abortOperation } from '../../pipeline/operator/abort-operation.ts';
import { checkHealth } from '../../pipeline/operator/check-health.ts';
import { decideBranch } from '../../pipeline/operator/decide-branch.ts';
import { pauseOperation, promoteOperation } from '../../pipeline/operator/operate-shift.ts';
import { overrideWindow } from '../../pipeline/operator/override-window.ts';
import { refuseObserved } from '../../pipeline/operator/refuse-observed.ts';
import { resumeOperation } from '../../pipeline/operator/resume-operation.ts';
import { freezeService, holdVersion, releaseHold, unfreezeService } from '../../pipeline/operator/service-controls.ts';
import { startDeployment, startRollback } from '../../pipeline/operator/starts.ts';
import { switchTraffic } from '../../pipeline/operator/switch-traffic.ts';
import { unlockService } from '../../pipeline/operator/unlock-service.ts';
import { askingOf } from '../people/asking.ts';
import { demand } from '../people/demand.ts';
import { isFromOwnPage } from '../people/from-own-page.ts';
import { type ApiContext, createPeopleApp, type PeopleApp, refuseTheRest } from '../people/people-app.ts';
import type { ApiOperateDeps } from './deps.ts';
import { withBody } from './with-body.ts';

/** What people, the console, the command line and jobs of GitHub Actions ask Sluice to do (DESIGN §7; rule 5). */
export function createApp(deps: ApiOperateDeps): PeopleApp {
  const app = createPeopleApp(deps);
  const serviceOf = (context: ApiContext) => findService(deps.configuration, context.req.param('name') ?? '');
  app.use('/api/*', async (context, next) => {
    const { via } = context.get('caller');
    if (via === 'session' && !isFromOwnPage(askingOf(context))) {
      throw new NotAllowed('A signed-in browser changes things from the console’s own page only.');
    }
    if (via === 'job' && !openToJobs.has(context.req.path)) {
      throw new NotAllowed(
        'A job of GitHub Actions may start deployments and rollbacks, and look; the rest takes a person.',
      );
    }
    return next();
  });
  // An operation of an observed service can be ended, and a service be asked for its health: neither changes anything there.
  for (const part of ['traffic', 'freeze', 'holds', 'branches/:environment']) {
    app.use(`/api/services/:name/${part}`, async (context, next) => {
      if (hasName(context)) refuseObserved(serviceOf(context));
      return next();
    });
  }
  for (const part of ['resume', 'pause', 'promote', 'override-window', 'decision']) {
    app.use(`/api/operations/:id/${part}`, async (context, next) => {
      const operation = hasName(context) ? await deps.store.operations.read(context.req.param('id')) : null;
      if (operation?.kind === 'observation') refuseObserved({ name: operation.service, mode: 'observe' });
      return next();
    });
  }
  /** What a person asks for, if they have the role that it takes. */
  const asked = <Schema extends z.ZodType>(
    context: ApiContext,
    permission: Permission,
    schema: Schema,
    act: (body: z.output<Schema>, actor: string) => Promise<Response>,
  ) =>
    withBody(context, schema, async (body, actor) => {
      demand(deps.configuration, actor, permission);
      return act(body, actor);
    });

  app.post('/api/deployments', (context) =>
    asked(context, 'operate', startDeploymentSchema, async (body, actor) => {
      refuseOtherServices(context, body.service);
      if (body.type === 'hotfix') demand(deps.configuration, actor, 'hotfix');
      if (body.liveIsOlder !== null && context.get('caller').via === 'job') {
        throw new NotAllowed('Only a person can declare that the live release is older, not a job of GitHub Actions.');
      }
      return context.json(await startDeployment(deps, { ...body, actor, key: idempotencyKey(context) }), 202);
    }),
  );
  app.post('/api/rollbacks', (context) =>
    asked(context, 'operate', startRollbackSchema, async (body, actor) => {
      refuseOtherServices(context, body.service);
      return context.json(await startRollback(deps, { ...body, actor, key: idempotencyKey(context) }), 202);
    }),
  );
  app.post('/api/operations/:id/abort', (context) =>
    asked(context, 'operate', abortOperationSchema, async ({ reason }, actor) =>
      context.json(await abortOperation(deps, { id: context.req.param('id'), reason, actor }), 202),
    ),
  );
  app.post('/api/operations/:id/resume', (context) =>
    asked(context, 'operate', reasonSchema, async ({ reason }, actor) =>
      context.json(await resumeOperation(deps, { id: context.req.param('id'), reason, actor })),
    ),
  );
  app.post('/api/operations/:id/pause', (context) =>
    asked(context, 'operate', reasonSchema, async ({ reason }, actor) =>
      context.json(await pauseOperation(deps, { id: context.req.param('id'), reason, actor })),
    ),
  );
  app.post('/api/operations/:id/promote', (context) =>
    asked(context, 'lift', promoteSchema, async (body, actor) =>
      context.json(await promoteOperation(deps, { id: context.req.param('id'), actor, ...body })),
    ),
  );
  app.post('/api/operations/:id/override-window', (context) =>
    asked(context, 'lift', reasonSchema, async ({ reason }, actor) =>
      context.json(await overrideWindow(deps, { id: context.req.param('id'), reason, actor })),
    ),
  );
  app.post('/api/services/:name/traffic', (context) =>
    asked(context, 'operate', switchTrafficSchema, async ({ for: stay, ...body }, actor) => {
      const service = serviceOf(context);
      const key = idempotencyKey(context);
      return context.json(await switchTraffic(deps, { ...body, for: stay, service, actor, key }), 202);
    }),
  );
  app.post('/api/services/:name/health-check', (context) =>
    asked(context, 'operate', checkHealthSchema, async ({ environment }, actor) => {
      const service = serviceOf(context);
      return context.json(await checkHealth(deps, { service, environment, actor }));
    }),
  );

  // Whether the person is an approver is asked there; no other role is needed.
  app.post('/api/operations/:id/decision', (context) =>
    withBody(context, decideOperationSchema, async (body, actor) =>
      context.json(await decideOperation(deps, { id: context.req.param('id'), actor, ...body })),
    ),
  );
  app.post('/api/services/:name/freeze', (context) =>
    asked(context, 'operate', reasonSchema, async ({ reason }, actor) =>
      context.json(await freezeService(deps, { service: serviceOf(context), reason, actor })),
    ),
  );
  app.post('/api/services/:name/unfreeze', (context) =>
    asked(context, 'lift', reasonSchema, async ({ reason }, actor) =>
      context.json(await unfreezeService(deps, { service: serviceOf(context), reason, actor })),
    ),
  );
  app.post('/api/services/:name/holds', (context) =>
    asked(context, 'operate', holdVersionSchema, async (body, actor) =>
      context.json(await holdVersion(deps, { service: serviceOf(context), actor, ...body })),
    ),
  );
  app.post('/api/services/:name/holds/release', (context) =>
    asked(context, 'lift', holdVersionSchema, async (body, actor) =>
      context.json(await releaseHold(deps, { service: serviceOf(context), actor, ...body })),
    ),
  );
  app.post('/api/services/:name/branches/:environment', (context) =>
    asked(context, 'lift', decideBranchSchema, async (body, actor) => {
      const environment = environmentNameSchema.parse(context.req.param('environment'));
      return context.json(await decideBranch(deps, { service: serviceOf(context), environment, actor, ...body }));
    }),
  );
  app.post('/api/services/:name/unlock', (context) =>
    asked(context, 'lift', reasonSchema, async ({ reason }, actor) =>
      context.json(await unlockService(deps, { service: serviceOf(context), reason, actor })),
    ),
  );

  refuseTheRest(app);
  return app;
}

/** Who has none is refused as a stranger, whatever it is about. */
const hasName = (context: ApiContext): boolean => context.get('caller').user !== null;

/** What a job of GitHub Actions may change. It cannot approve: it would be its own approver. */
const openToJobs: ReadonlySet<string> = new Set(['/api/deployments', '/api/rollbacks']);

function refuseOtherServices(context: ApiContext, service: string): void {
  const { services } = context.get('caller');
  if (services === null || services.includes(service)) return;
  throw new NotAllowed(`From here only ${services.join(', ')} can be deployed and rolled back, not ${service}.`);
}

const idempotencyKey = (context: ApiContext): string | null =>
  context.req.header('idempotency-key')?.slice(0, 255) ?? null;
