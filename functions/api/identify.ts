import { z } from 'zod';
import type { Secrets } from '../../adapters/secrets/secrets.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { findPerson } from '../../core/approvals/people.ts';
import { isBearer } from '../shared/http/bearer.ts';
import { readSessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** Who asks. Without a user one may look, but start nothing. */
export interface Caller {
  /** Mail address, lower case. */
  readonly user: string | null;
  /** A browser sends its session by itself, whoever made it ask: what changes something must come from the console's own page. */
  readonly via: 'token' | 'session';
}

/** What of a request says who asks. */
export interface Asking {
  /** Scheme, host and port to which the request came. */
  readonly origin: string;
  header(name: string): string | undefined;
}

/** Says who asks; null when that cannot be known. */
export type Identify = (asking: Asking) => Promise<Caller | null>;

const mail = z.email();

/** Whoever has the token is believed to be whom they say: for one machine, and for programs that authenticate people themselves. */
export function createTokenHeaderIdentity(options: {
  readonly secrets: Pick<Secrets, 'get'>;
  /** Name of the secret that holds the token. */
  readonly secretName: string;
  readonly people: Configuration['people'];
}): Identify {
  return async ({ header }) => {
    if (!isBearer(header('authorization'), await options.secrets.get(options.secretName))) return null;
    const named = header('x-sluice-user')?.trim();
    if (named === undefined || named === '') return { user: null, via: 'token' };
    const person = findPerson(options.people, named);
    if (person) return { user: person.mail, via: 'token' };
    return mail.safeParse(named).success ? { user: named.toLowerCase(), via: 'token' } : null;
  };
}

/** The console's cookie, for requests that bring no token; whoever brings one is known by it alone. */
export function createSessionIdentity(sessions: Pick<Sessions, 'verify'>, other: Identify): Identify {
  return async (asking) => {
    if (asking.header('authorization') !== undefined) return other(asking);
    const value = readSessionCookie(asking);
    const ticket = value === null ? null : await sessions.verify('session', value);
    return ticket === null ? null : { user: ticket.user, via: 'session' };
  };
}
