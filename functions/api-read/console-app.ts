import { readFile } from 'node:fs/promises';
import { type Context, Hono } from 'hono';
import { etag } from 'hono/etag';
import { type ApiSession, signInSchema } from '../../contracts/api/session.ts';
import { NotAllowed } from '../../contracts/errors.ts';
import { formatInstant } from '../../contracts/instant.ts';
import { answerFault, refuse, refuseTooLarge, refuseUnknown } from '../http/answers.ts';
import { kibibytes, parseJson, readBody } from '../http/read-body.ts';
import { askingOf } from '../people/asking.ts';
import { isFromOwnPage } from '../people/from-own-page.ts';
import type { Identify } from '../people/identify.ts';
import { sessionCookie } from '../people/session-cookie.ts';
import type { Sessions } from '../people/sessions.ts';
import { consoleHeaders } from './console-headers.ts';
import type { ApiReadDeps } from './deps.ts';

const longestBody = kibibytes(4);

type ConsoleDeps = Pick<ApiReadDeps, 'identify' | 'sessions' | 'signIn' | 'consoleFiles' | 'commandLine' | 'log'>;

/** The console's page and the command line, which anybody may have, and the session, without which they show nothing. */
export function createConsoleApp(deps: ConsoleDeps): Hono {
  const app = new Hono();
  const headers = consoleHeaders(deps.signIn);
  app.onError((error, context) => answerFault(context, error, deps.log));

  if (deps.sessions !== null) addSessions(app, deps.identify, deps.sessions);
  app.get('/', etag(), (context) => sendFile(context, 'index.html'));
  app.get('/console/sign-in.json', etag(), (context) => context.json(deps.signIn, 200, headers));
  app.get('/console/:file', etag(), (context) => sendFile(context, context.req.param('file')));

  // By those who have no checkout, as a job of GitHub Actions: it is of the same version as what it asks.
  app.get('/download/sluice.tgz', async (context) => {
    if (deps.commandLine === null) {
      const message =
        'This Sluice serves no command line. In a checkout, ./sluice is it, and npm run pack:cli packs it.';
      return refuse(context, 404, { name: 'NotFound', message });
    }
    const bytes = new Uint8Array(await readFile(deps.commandLine));
    return context.body(bytes, 200, { 'content-type': 'application/gzip', 'cache-control': 'no-cache' });
  });

  function sendFile(context: Context, name: string): Response {
    const file = deps.consoleFiles.get(name);
    if (file === undefined)
      return refuse(context, 404, { name: 'NotFound', message: `There is no ${context.req.path}.` });
    return context.body(file.bytes, 200, { ...headers, 'content-type': file.type, etag: file.etag });
  }
  return app;
}

/** Sessions of Sluice's own, for browsers whom no sign-in service knows. */
function addSessions(app: Hono, identify: Identify, sessions: Sessions): void {
  // A link is exchanged for a session at once, and the address without it is what stays in the browser's bar and history.
  app.get('/', async (context, next) => {
    const key = context.req.query('key');
    if (key === undefined) return next();
    const ticket = await sessions.verify('link', key);
    context.header('cache-control', 'no-store');
    context.header('referrer-policy', 'no-referrer');
    if (ticket === null) return context.redirect('/#link-over', 303);
    await openSession(context, ticket.user);
    return context.redirect('/', 303);
  });

  app.post('/api/session', async (context) => {
    context.header('cache-control', 'no-store');
    const asking = askingOf(context);
    if (!isFromOwnPage(asking)) throw new NotAllowed('A session is opened by the console’s own page only.');
    const body = await readBody(context.req.raw, longestBody);
    if (body.kind === 'too-large') return refuseTooLarge(context, longestBody);
    const { token, user } = signInSchema.parse(parseJson(body.bytes));
    const shown: Record<string, string> = { authorization: `Bearer ${token}`, 'x-sluice-user': user };
    const caller = await identify({ ...asking, header: (name) => shown[name] });
    if (caller === null) return refuseUnknown(context);
    if (caller.user === null)
      throw new NotAllowed(`${user} is not among people of sluice.yaml: only they can sign in.`);
    return context.json(await openSession(context, caller.user));
  });
  app.delete('/api/session', (context) => {
    const asking = askingOf(context);
    if (!isFromOwnPage(asking)) throw new NotAllowed('A session is ended by the console’s own page only.');
    context.header('set-cookie', sessionCookie(asking.origin, null));
    return context.body(null, 204);
  });

  async function openSession(context: Context, user: string): Promise<ApiSession> {
    const { value, ticket } = await sessions.issue('session', user);
    context.header('set-cookie', sessionCookie(askingOf(context).origin, value));
    return { user: ticket.user, until: formatInstant(ticket.until) };
  }
}
