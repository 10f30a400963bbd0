import { z } from 'zod';
import type { Secrets } from '../../adapters/secrets/secrets.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { findPerson } from '../../core/approvals/people.ts';
import { isBearer } from '../shared/http/bearer.ts';

/** Who asks. Without a user one may look, but start nothing. */
export interface Caller {
  /** Mail address, lower case. */
  readonly user: string | null;
}

/** Says who asks, by the request's headers; null when that cannot be known. */
export type Identify = (header: (name: string) => string | undefined) => Promise<Caller | null>;

const mail = z.email();

/** Whoever has the token is believed to be whom they say: for one machine, and for programs that authenticate people themselves. */
export function createTokenHeaderIdentity(options: {
  readonly secrets: Secrets;
  /** Name of the secret that holds the token. */
  readonly secretName: string;
  readonly people: Configuration['people'];
}): Identify {
  return async (header) => {
    if (!isBearer(header('authorization'), await options.secrets.get(options.secretName))) return null;
    const named = header('x-sluice-user')?.trim();
    if (named === undefined || named === '') return { user: null };
    const person = findPerson(options.people, named);
    if (person) return { user: person.mail };
    return mail.safeParse(named).success ? { user: named.toLowerCase() } : null;
  };
}
