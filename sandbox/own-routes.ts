import { Hono } from 'hono';
import * as z from 'zod';
import { versionSchema } from '../contracts/version.ts';
import type { DemoPods } from './app/demo-pods.ts';
import type { Load } from './app/load.ts';
import { createDependencyRoutes } from './dependencies/dependency-routes.ts';
import type { FaultBook } from './dependencies/faults.ts';
import type { GitHubStandIn } from './github/start-github.ts';
import type { Router } from './router/router.ts';
import type { SeededService } from './seeded-service.ts';

export interface OwnRoutes {
  readonly pods: DemoPods;
  readonly router: Router;
  /** By the name of the service; none where no traffic is sent. */
  readonly loads: ReadonlyMap<string, Load>;
  readonly github: GitHubStandIn;
  /** The first is meant where none is named. */
  readonly services: readonly SeededService[];
  readonly faults: FaultBook;
}

const faultSchema = z.strictObject({
  service: z.string().optional(),
  version: z.string().min(1),
  errorRate: z.number().min(0).max(1).optional(),
  latencyMs: z.number().min(0).max(60_000).optional(),
  unhealthy: z.boolean().optional(),
  crashing: z.boolean().optional(),
});

const releaseSchema = z.strictObject({
  service: z.string().optional(),
  version: versionSchema,
  metrics: z.record(z.string(), z.number()).optional(),
  author: z.strictObject({ login: z.string().min(1), mail: z.string().optional() }).optional(),
  reversible: z.boolean().optional(),
  branch: z.string().min(1).optional(),
  from: z.string().min(1).optional(),
});

/** What only the sandbox has: faults, a CI that builds on demand, its load's counts, and the pages that were sent. */
export function createOwnRoutes({ pods, router, loads, github, services, faults }: OwnRoutes): Hono {
  const app = new Hono();
  const pages: unknown[] = [];
  const find = (name: string | undefined) => services.find((service) => service.name === (name ?? services[0]?.name));

  app.route('/', createDependencyRoutes(faults));

  app.get('/api/sandbox/faults', (context) => context.json(pods.listFaults()));
  app.post('/api/sandbox/faults', async (context) => {
    const parsed = faultSchema.safeParse(await context.req.json().catch(() => null));
    if (!parsed.success) return context.json(invalid(parsed.error), 400);
    const { service } = parsed.data;
    if (service !== undefined && find(service) === undefined) return context.json(unknownService(services), 400);
    return context.json(pods.setFault(parsed.data));
  });
  app.post('/api/sandbox/releases', async (context) => {
    const parsed = releaseSchema.safeParse(await context.req.json().catch(() => null));
    if (!parsed.success) return context.json(invalid(parsed.error), 400);
    const { version, metrics, author, reversible, branch, from } = parsed.data;
    const service = find(parsed.data.service);
    if (service === undefined) return context.json(unknownService(services), 400);
    const release = {
      version,
      ...(metrics ? { metrics } : {}),
      ...(branch ? { branch } : {}),
      ...(from ? { from } : {}),
      ...(reversible === undefined ? {} : { reversible }),
      ...(author ? { author: { login: author.login, ...(author.mail ? { mail: author.mail } : {}) } } : {}),
    };
    return context.json(await github.publishRelease(release, service.repository), 201);
  });
  app.get('/api/sandbox/load', (context) => {
    const service = find(context.req.query('service'));
    if (service === undefined) return context.json(unknownService(services), 400);
    return context.json(loads.get(service.name)?.stats() ?? null);
  });
  app.get('/api/sandbox/traffic', (context) => context.json(router.totals()));
  app.get('/api/sandbox/pages', (context) => context.json(pages));
  app.post('/api/sandbox/pages', async (context) => {
    pages.push({ at: new Date().toISOString(), page: await context.req.json().catch(() => null) });
    if (pages.length > 100) pages.shift();
    return context.body(null, 204);
  });
  return app;
}

const unknownService = (services: readonly SeededService[]) => ({
  error: {
    name: 'InvalidInput',
    message: `The sandbox has no such service; it has ${services.map(({ name }) => name).join(', ')}.`,
  },
});

const invalid = (error: z.ZodError) => ({
  error: {
    name: 'InvalidInput',
    message: 'The body has problems.',
    problems: error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  },
});
