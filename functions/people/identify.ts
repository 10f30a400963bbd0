import type { Secrets } from '../../adapters/secrets/secrets.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { findPerson, personByMail } from '../../core/approvals/people.ts';
import { isBearer } from '../http/bearer.ts';
import { readSessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** Who asks. Without a user one may look, but start nothing, and is told why. */
export type Caller = Way & ({ readonly user: MailAddress } | Nobody);

/** A `stranger` is known, and not among `people`; of an `unnamed` one nobody knows who it is. */
export interface Nobody {
  readonly user: null;
  readonly who: 'stranger' | 'unnamed';
  readonly because: string;
}

/** In lower case. */
type MailAddress = string;

interface Way {
  /**
   * How they are known. A browser sends its `session` by itself, whoever made it ask: what changes something must come from the
   * console's own page. A `job` is of GitHub Actions: somebody started it, and nobody sits before it.
   */
  readonly via: 'token' | 'session' | 'sign-in' | 'aws' | 'job';
  /** The services for which they may start something; null: for all. */
  readonly services: readonly string[] | null;
}

/** The parts of a request that identify the caller. */
export interface Asking {
  /** Scheme, host and port to which the request came. */
  readonly origin: string;
  header(name: string): string | undefined;
  /** What API Gateway says of the request, its authoriser's findings among it; undefined where there is none before us. */
  readonly gateway: unknown;
}

/** Says who asks; null when that cannot be known. @throws {NotAllowed} for who is known and has no business here. */
export type Identify = (asking: Asking) => Promise<Caller | null>;

/**
 * The holder of the token may name any user: for one machine, and for programs that authenticate people themselves. As at
 * every other door, who is not among `people` may look and change nothing.
 */
export function createTokenHeaderIdentity(options: {
  readonly secrets: Pick<Secrets, 'get'>;
  /** Name of the secret that holds the token. */
  readonly secretName: string;
  readonly people: Configuration['people'];
}): Identify {
  return async ({ header }) => {
    if (!isBearer(header('authorization'), await options.secrets.get(options.secretName))) return null;
    const way = { via: 'token', services: null } as const;
    const name = header('x-sluice-user')?.trim();
    if (!name)
      return {
        ...way,
        user: null,
        who: 'unnamed',
        because: 'The caller is unknown: the header x-sluice-user is missing.',
      };
    return { ...way, ...callerFor(findPerson(options.people, name), name, 'mail, github or signIn') };
  };
}

/** The console's cookie, for requests that bring no token; whoever brings one is known by it alone. */
export function createSessionIdentity(
  sessions: Pick<Sessions, 'verify'>,
  people: Configuration['people'],
  other: Identify,
): Identify {
  return async (asking) => {
    if (asking.header('authorization') !== undefined) return other(asking);
    const value = readSessionCookie(asking);
    const ticket = value === null ? null : await sessions.verify('session', value);
    // Since the session was opened, the configuration may have become another.
    return ticket === null
      ? null
      : { via: 'session', services: null, ...callerFor(personByMail(people, ticket.user), ticket.user, 'mail') };
  };
}

/** The person by the mail address; of somebody who is not in sluice.yaml, what to write there. */
export const callerFor = (
  person: { readonly mail: string } | null,
  name: string,
  key: 'mail' | 'signIn' | 'github' | 'mail, github or signIn',
): { user: string } | Nobody =>
  person === null
    ? {
        user: null,
        who: 'stranger',
        because: `${name} is not among people of sluice.yaml (${key}); only they may change anything. Ask whoever installs Sluice to add you there.`,
      }
    : { user: person.mail };
