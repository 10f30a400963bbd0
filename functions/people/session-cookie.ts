import { parse, serialize } from 'hono/utils/cookie';
import { sessionLength } from './sessions.ts';

interface Received {
  readonly origin: string;
  header(name: string): string | undefined;
}

/**
 * Over HTTPS the prefix binds the cookie to this very host. Without, on one machine, cookies are shared by all ports of a host, so
 * the name carries the port: two sandboxes do not sign each other out.
 */
function nameFor(origin: string): string {
  const { protocol, port } = new URL(origin);
  return protocol === 'https:' ? '__Host-sluice' : `sluice-${port || '80'}`;
}

/** The session that a request brings; null when it brings none. */
export function readSessionCookie({ origin, header }: Received): string | null {
  const name = nameFor(origin);
  return parse(header('cookie') ?? '', name)[name] ?? null;
}

/** The `Set-Cookie` that gives a browser its session, or with null takes it away: no script reads it, no other site sends it. */
export function sessionCookie(origin: string, value: string | null): string {
  return serialize(nameFor(origin), value ?? '', {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: origin.startsWith('https:'),
    maxAge: value === null ? 0 : sessionLength / 1_000,
  });
}
