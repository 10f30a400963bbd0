import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { unauthorized } from './status-error.ts';

/** Who sent a request. */
export interface KubernetesUser {
  user: string;
  groups: string[];
}

/** Says whose token this is; null for one that is not valid. */
export type Authenticate = (token: string) => Promise<KubernetesUser | null> | KubernetesUser | null;

/** Who sent a request without a token, as on any cluster: somebody who may look at its health and its version. */
export const anonymous: KubernetesUser = { user: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The admin token first, then whatever else is plugged in. Errors: 401 Status for an unknown token. */
export function createAuthenticator(adminToken: string, authenticate: Authenticate | undefined) {
  return async (request: IncomingMessage): Promise<KubernetesUser> => {
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return anonymous;
    if (sameText(token, adminToken))
      return { user: 'sluice-admin', groups: ['system:masters', 'system:authenticated'] };
    const user = await authenticate?.(token);
    if (!user) throw unauthorized();
    return { user: user.user, groups: [...new Set([...user.groups, 'system:authenticated'])] };
  };
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/** A page of another site must not reach the server through a name that resolves to loopback (DNS rebinding). */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && loopbackHost.test(host);
}
