import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Environment } from '../functions/runtime/environment.ts';
import { foreignPageRefusal, isForeignPage } from './aws/foreign-page.ts';
import { closeServer, endpointOf, isLoopbackHost } from './aws/listener.ts';
import type { FunctionName } from './functions.ts';

export interface Front {
  readonly endpoint: string;
  serve(app: Hono): void;
  close(): Promise<void>;
}

/** Mounts the apps of the functions with an HTTP face, and the sandbox's own routes, on one port: what API Gateway is on AWS. */
export async function createFrontApp(environmentOf: (name: FunctionName) => Environment, own: Hono): Promise<Hono> {
  const [github, alertmanager, approvals, read, operate, plan] = await Promise.all([
    Promise.all([import('../functions/github-webhook/app.ts'), import('../functions/github-webhook/deps.ts')]),
    Promise.all([
      import('../functions/alertmanager-webhook/app.ts'),
      import('../functions/alertmanager-webhook/deps.ts'),
    ]),
    Promise.all([import('../functions/approvals/app.ts'), import('../functions/approvals/deps.ts')]),
    Promise.all([import('../functions/api-read/app.ts'), import('../functions/api-read/deps.ts')]),
    Promise.all([import('../functions/api-operate/app.ts'), import('../functions/api-operate/deps.ts')]),
    Promise.all([import('../functions/plan/app.ts'), import('../functions/plan/deps.ts')]),
  ]);
  const app = new Hono();
  app.use(async (context, next) => {
    // Other host names could be a rebound DNS entry in somebody's browser.
    if (!isLoopbackHost(context.req.header('host'))) {
      return context.json(
        { error: { name: 'NotAllowed', message: 'The sandbox answers to loopback host names only.' } },
        403,
      );
    }
    const { method, raw } = context.req;
    if (isForeignPage(method, Object.fromEntries(raw.headers))) {
      return context.json({ error: { name: 'NotAllowed', message: foreignPageRefusal } }, 403);
    }
    return next();
  });
  app.route('/', own);
  app.route('/', github[0].createApp(github[1].createDeps(environmentOf('github-webhook'))));
  app.route('/', alertmanager[0].createApp(alertmanager[1].createDeps(environmentOf('alertmanager-webhook'))));
  app.route('/', approvals[0].createApp(approvals[1].createDeps(environmentOf('approvals'))));
  const looks = read[0].createApp(read[1].createDeps(environmentOf('api-read')));
  const hands = operate[0].createApp(operate[1].createDeps(environmentOf('api-operate')));
  const plans = plan[0].createApp(plan[1].createDeps(environmentOf('plan')));
  app.mount('/', byRoute({ looks: looks.fetch, hands: hands.fetch, plans: plans.fetch }), {
    replaceRequest: (request) => request,
  });
  return app;
}

type Fetch = (request: Request) => Response | Promise<Response>;

/** The control API: what looks goes to one function, plans to another and what changes something to a third, by the routes of the HTTP API on AWS. */
export const byRoute =
  ({ looks, hands, plans }: Readonly<Record<'looks' | 'hands' | 'plans', Fetch>>): Fetch =>
  (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === 'GET' && /^\/api\/services\/[^/]+\/plan$/.test(pathname)) return plans(request);
    // Only where no sign-in service is: a browser's session is the console's own.
    const session = pathname === '/api/session';
    return request.method === 'GET' || request.method === 'HEAD' || session ? looks(request) : hands(request);
  };

/** Listens on loopback at once, since others need the address; answers 503 until it is given an app to serve. */
export async function openFront(port: number): Promise<Front> {
  let current: (request: Request) => Response | Promise<Response> = () =>
    Response.json({ error: { name: 'NotReady', message: 'The sandbox is starting.' } }, { status: 503 });
  const server = await new Promise<Server>((resolve, reject) => {
    const fetch = (request: Request) => current(request);
    // Without TLS options @hono/node-server makes a plain HTTP server.
    const starting = serve({ fetch, port, hostname: '127.0.0.1' }, () => resolve(starting)) as Server;
    starting.once('error', reject);
  });
  return {
    endpoint: endpointOf(server),
    serve: (app) => {
      current = app.fetch;
    },
    close: () => closeServer(server),
  };
}
